"""From a command line to targets, and from a target to its desired objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from kubectl_gitops import config as gitops_yaml
from kubectl_gitops.cluster import ConnectOptions, context_namespace, current_context
from kubectl_gitops.core import ignore
from kubectl_gitops.core.objects import Manifest
from kubectl_gitops.core.reports import Ignored
from kubectl_gitops.core.targets import Config, Target, choose_targets, inventory_name
from kubectl_gitops.errors import UsageError
from kubectl_gitops.gitrepo import Commit, Repository, is_url, open_source
from kubectl_gitops.manifests import Skipped
from kubectl_gitops.pipeline.request import TargetRequest
from kubectl_gitops.render import RenderOptions, render


@dataclass(frozen=True)
class Aim:
    """One target of one command: which objects, and where they belong.

    ``commit`` is None when the files on disk are read. ``path`` is relative to the repository's root, "" for the root
    itself; ``inventory`` is the name of the ConfigMap. ``arguments`` select the same on a command line.
    """

    repository: Repository
    identity: str
    commit: Commit | None
    config: Config
    target: Target
    path: str
    name: str
    inventory: str
    namespace: str
    connect: ConnectOptions
    arguments: str
    warnings: tuple[str, ...] = ()

    def expired_rules(self) -> tuple[Ignored, ...]:
        """The ignore rules of ``gitops.yaml`` that stopped working, for the report."""
        today = datetime.now(UTC).date()
        return tuple(
            Ignored(None, rule.text, rule.title, rule.reason, str(rule.expires or ""), expired=True)
            for rule in self.config.ignore
            if rule in ignore.expired([rule], today)
        )


@dataclass(frozen=True, slots=True)
class Source:
    """What a revision (or the files on disk) declares. ``renderer`` is "" for plain files."""

    manifests: tuple[Manifest, ...]
    renderer: str
    skipped: tuple[Skipped, ...]


def split_words(words: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """``[SOURCE] [KIND/NAME]...`` taken apart. The first word is the source if it is a folder or a Git URL.

    Raises UsageError for a word that is neither.
    """
    source, resources = ".", words
    if words and (Path(words[0]).exists() or is_url(words[0])):
        source, resources = words[0], words[1:]
    for word in resources:
        kind, slash, name = word.partition("/")
        if not (kind and slash and name) or "/" in name:
            raise UsageError(f"{word!r} is neither a folder that exists, nor a Git URL, nor KIND/NAME")
    return source, resources


def aims(request: TargetRequest) -> Iterator[Aim]:
    """The targets that a command line means. Raises SourceError, UsageError, ConnectionFailed (kubeconfig)."""
    asked = request.source
    repository = open_source(asked.source, asked.cache, asked.fetch)
    head = None if asked.worktree else repository.resolve(asked.rev or "HEAD")
    config = _config(repository, head)
    flags = request.connect
    for target in choose_targets(
        config,
        request.targets,
        all_targets=request.all_targets,
        current_context=current_context(flags),
        source_subpath=repository.subpath if asked.path is None else asked.path.strip("/"),
        connection_flag=bool(flags.context or flags.cluster),
    ):
        commit = head
        if head is not None and target.ref and not asked.rev:
            commit = repository.remote_tip(target.ref, asked.fetch)
            if commit.id != head.id:
                config, target = _at_ref(repository, commit, target)
        yield _aim(request, repository, commit, config, target)


def _aim(request: TargetRequest, repository: Repository, commit: Commit | None, config: Config, target: Target) -> Aim:
    path = target.path if request.source.path is None or target.name else request.source.path.strip("/")
    connect = replace(request.connect, context=target.context) if target.context else request.connect
    default_name = repository.default_name(path)
    namespace = target.namespace or request.namespace or context_namespace(connect) or "default"
    arguments = [request.source.source] if request.source.source != "." else []
    arguments += [f"-t {target.name}"] if target.name else []
    warnings: list[str] = []
    if commit is not None and not request.source.rev and repository.dirty(path):
        warnings.append("the working tree has changes that are not committed; they are not part of this")
    return Aim(
        repository,
        repository.identity(),
        commit,
        config,
        target,
        path,
        request.name or config.name or default_name,
        inventory_name(config, target, default_name, request.name),
        namespace,
        connect,
        " ".join(arguments),
        tuple(warnings),
    )


def _config(repository: Repository, commit: Commit | None) -> Config:
    tree = repository.worktree() if commit is None else repository.snapshot(commit.id)
    if not tree.has_file(gitops_yaml.FILE_NAME):
        return Config()
    return gitops_yaml.load(tree.read(gitops_yaml.FILE_NAME))


def _at_ref(repository: Repository, commit: Commit, target: Target) -> tuple[Config, Target]:
    """The target as the revision that is deployed declares it."""
    config = _config(repository, commit)
    for other in config.targets:
        if other.name == target.name:
            return config, other
    raise UsageError(f"the target {target.name} is not declared at {target.ref} ({commit.id[:12]}); push gitops.yaml")


def load(aim: Aim, commit: Commit | None, path: str) -> Source:
    """Read and render one revision of the aim's source. Raises SourceError and ManifestError."""
    target = aim.target
    options = RenderOptions(target.release or target.name or aim.name, aim.namespace, target.values, aim.connect.cache)
    rendered = render(aim.repository, commit, path, options)
    return Source(rendered.manifests, rendered.renderer, rendered.skipped)
