"""The pipeline inside the test's own process, against a real cluster, with every request on record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from kubectl_gitops.cluster import ConnectOptions
from kubectl_gitops.cluster.transport import Transport
from kubectl_gitops.core.exit_codes import exit_code
from kubectl_gitops.core.objects import Key
from kubectl_gitops.core.plan import Consent, Mode
from kubectl_gitops.core.reports import Action, ApplyReport, DriftReport
from kubectl_gitops.pipeline.deploy import deploy
from kubectl_gitops.pipeline.drift import drift
from kubectl_gitops.pipeline.request import Selection, SourceRequest, TargetRequest, WriteRequest
from tests.harness import Cluster, RepoBuilder


class Sent(NamedTuple):
    method: str
    target: str


class Quiet:
    """Progress that keeps the notes."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def written(self, key: Key, action: Action, message: str = "") -> None:
        pass

    def waiting(self, objects: Sequence[Any]) -> None:
        pass

    def note(self, text: str) -> None:
        self.notes.append(text)


@dataclass
class Pipeline:
    """Runs drift and apply on the folder ``app`` of the repository. ``sent`` has the requests of the last run."""

    repo: RepoBuilder
    cluster: Cluster
    cache: Path
    sent: list[Sent] = field(default_factory=list)
    progress: Quiet = field(default_factory=Quiet)

    @property
    def request(self) -> TargetRequest:
        connect = ConnectOptions(kubeconfig=str(self.cluster.kubeconfig), cache=self.cache)
        return TargetRequest(SourceRequest(str(self.repo.path / "app"), cache=self.cache), connect, name="shop")

    def drift(self, *words: str, selector: str = "", sample: float = 0.0) -> DriftReport:
        self.sent.clear()
        (report,) = drift(self.request, Selection(selector, words), lambda _: None, sample=sample)
        return report

    def apply(self, mode: Mode = Mode.APPLY, **write: Any) -> ApplyReport:
        self.sent.clear()
        write = {"consent": Consent(), "wait": False, **write}
        (report,) = deploy(self.request, WriteRequest(mode, **write), self.progress)
        return report

    def applied(self, **write: Any) -> ApplyReport:
        report = self.apply(**write)
        assert exit_code(report) == 0, report
        return report

    @property
    def asked(self) -> list[str]:
        """The names of the objects of which the server was asked what an apply would make."""
        return sorted(one.target.partition("?")[0].rpartition("/")[2] for one in self.sent if one.method == "PATCH")


@pytest.fixture
def pipeline(repo: RepoBuilder, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    made = Pipeline(repo, cluster, tmp_path / "cache")
    real = Transport._send

    def recording(self: Transport, method: str, target: str, *rest: Any, **more: Any) -> Any:
        made.sent.append(Sent(method, target))
        return real(self, method, target, *rest, **more)

    monkeypatch.setattr(Transport, "_send", recording)
    return made


def states(report: DriftReport) -> Mapping[str, str]:
    """The state of each object that is not in sync, by ``Kind/name``."""
    return {f"{one.object.kind}/{one.object.name}": str(one.state) for one in report.objects}


def actions(report: ApplyReport) -> Mapping[str, str]:
    """The action of each object, by ``Kind/name``."""
    return {f"{one.object.kind}/{one.object.name}": str(one.action) for one in report.objects}
