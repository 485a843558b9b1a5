import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from kubectl_gitops.errors import SourceError
from kubectl_gitops.gitrepo import Repository, open_source
from kubectl_gitops.manifests import ManifestError, read
from kubectl_gitops.render import Rendered, RenderOptions, render
from tests.conftest import ORIGINAL_ENVIRONMENT
from tests.harness import RepoBuilder, succeed

ROOT = Path(__file__).parents[2]
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {}}}\n"
WEB = """\
apiVersion: v1
kind: Service
metadata: {name: web}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  annotations: {team: shop}
spec:
  template:
    spec:
      containers: [{name: web, image: "web:1"}]
"""


@pytest.fixture(scope="session")
def helm() -> str:
    """The folder of the helm that scripts/control-plane builds."""
    done = subprocess.run(
        [ROOT / "scripts" / "control-plane"], env=ORIGINAL_ENVIRONMENT, capture_output=True, text=True, check=False
    )
    if done.returncode == 3:
        pytest.skip(done.stderr)
    return done.stdout.splitlines()[-1]


@pytest.fixture
def with_helm(helm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", helm + os.pathsep + os.environ["PATH"])


def opened(repo: RepoBuilder) -> Repository:
    return open_source(str(repo.path), repo.path.parent / "cache")


def rendered(repo: RepoBuilder, path: str = "", options: RenderOptions | None = None, disk: bool = False) -> Rendered:
    repository = opened(repo)
    if disk:
        return render(repository, None, path, options)
    repo.commit()
    return render(repository, repository.resolve(), path, options)


def names(found: Rendered) -> list[str]:
    return [manifest.body["metadata"]["name"] for manifest in found.manifests]


def places(found: Rendered) -> list[str]:
    return [f"{manifest.body['kind']} {manifest.place}" for manifest in found.manifests]


def write_maps(repo: RepoBuilder, *paths: str) -> None:
    for path in paths:
        repo.write(path, CONFIG_MAP.format(path.replace("/", "-").lower().rpartition(".")[0]))


def write_kustomization(repo: RepoBuilder, folder: str, resources: Sequence[str], more: str = "") -> None:
    repo.write(f"{folder}/kustomization.yaml", f"resources: [{', '.join(resources)}]\n{more}")


@pytest.mark.parametrize("disk", [False, True])
def test_plain_files(repo: RepoBuilder, disk: bool) -> None:
    write_maps(repo, "envs/b.yaml", "envs/a/x.yml", "envs/.hidden/z.yaml", "other/o.yaml")
    repo.write("envs/c.json", '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}')
    repo.write("envs/values.yaml", "replicas: 1\n")
    repo.write("envs/readme.md", "kind: nothing")
    repo.write("envs/.pre-commit-config.yaml", "repos: []\n")
    found = rendered(repo, "envs", disk=disk)
    assert names(found) == ["envs-a-x", "envs-b", "c"]
    assert places(found) == ["ConfigMap envs/a/x.yml:1", "ConfigMap envs/b.yaml:1", "ConfigMap envs/c.json:1"]
    assert found.renderer == ""
    assert [one.file for one in found.skipped] == ["envs/.pre-commit-config.yaml", "envs/values.yaml"]


def test_our_own_file_is_no_manifest(repo: RepoBuilder) -> None:
    write_maps(repo, "a.yaml")
    repo.write("gitops.yaml", "apiVersion: kubectl-gitops/v1\nkind: GitOps\n")
    repo.write("sub/gitops.yaml", "apiVersion: kubectl-gitops/v1\nkind: GitOps\n")
    assert names(rendered(repo)) == ["a"]


def test_a_revision_is_read_and_never_the_working_tree(repo: RepoBuilder) -> None:
    write_maps(repo, "k/a.yaml", "p/a.yaml")
    write_kustomization(repo, "k", ["a.yaml"])
    repo.commit()
    repository = opened(repo)
    head = repository.resolve()
    write_maps(repo, "p/b.yaml")
    repo.write("k/kustomization.yaml", "broken: [")
    repo.write("p/a.yaml", "broken: [")
    assert names(render(repository, head, "")) == ["p-a", "k-a"]
    assert repo.git("status", "--porcelain").splitlines() == [" M k/kustomization.yaml", " M p/a.yaml", "?? p/b.yaml"]
    with pytest.raises(SourceError):
        render(repository, None, "")


def test_bad_manifests_say_where(repo: RepoBuilder) -> None:
    repo.write("a.yaml", "kind: x\nmetadata: {name: y}\n")
    with pytest.raises(ManifestError, match=r"^a\.yaml:1"):
        rendered(repo)
    with pytest.raises(SourceError, match="no folder 'nope' at revision"):
        rendered(repo, "nope")


def test_an_overlay_is_what_kustomize_builds(repo: RepoBuilder) -> None:
    repo.write("base/web.yaml", WEB)
    write_kustomization(
        repo, "base", ["web.yaml"],
        "configMapGenerator:\n- {name: settings, literals: [a=1]}\nsecretGenerator:\n- {name: s, literals: [p=x]}\n",
    )  # fmt: skip
    write_kustomization(
        repo, "envs/prod", ["../../base", "own.yaml"],
        "namespace: shop\nnamePrefix: prod-\nlabels: [{pairs: {env: prod}}]\n"
        "patches:\n- patch: |\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: web}\n"
        "    spec: {replicas: 3}\n",
    )  # fmt: skip
    write_maps(repo, "envs/prod/own.yaml")
    found = rendered(repo, "envs/prod")
    printed = succeed(["kubectl", "kustomize", repo.path / "envs/prod"], repo.path)
    assert [one.body for one in found.manifests] == [one.body for one in read(printed.encode(), "x").manifests]
    assert sorted(places(found)) == [
        "ConfigMap base/kustomization.yaml:1",
        "ConfigMap envs/prod/own.yaml:1",
        "Deployment base/web.yaml:5",
        "Secret base/kustomization.yaml:1",
        "Service base/web.yaml:1",
    ]
    assert {one.renderer for one in found.manifests} == {"kustomize"}
    assert found.renderer.startswith("kustomize v5.")
    assert repo.git("status", "--porcelain") == ""
    on_disk = rendered(repo, "envs/prod", disk=True)
    assert [one.body for one in on_disk.manifests] == [one.body for one in found.manifests]
    assert {one.place for one in on_disk.manifests} == {"envs/prod/kustomization.yaml:1"}
    assert repo.git("status", "--porcelain") == ""


@pytest.mark.parametrize(
    "kustomization",
    [
        '{"resources": ["web.yaml"]}',
        "resources: [web.yaml]\nbuildMetadata: [managedByLabel]\n",
        "resources: [web.yaml]\nbuildMetadata: [originAnnotations]\n",
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- web.yaml",
        "resources: [web.yaml]\ncommonAnnotations: {a: 'yes'}\n...\n",
        "---\nresources: [web.yaml]\n# the end",
    ],
)
def test_every_style_of_kustomization(repo: RepoBuilder, kustomization: str) -> None:
    repo.write("k/web.yaml", WEB)
    repo.write("k/Kustomization", kustomization)
    found = rendered(repo, "k")
    printed = succeed(["kubectl", "kustomize", repo.path / "k"], repo.path)
    assert [one.body for one in found.manifests] == [one.body for one in read(printed.encode(), "x").manifests]


def test_nested_kustomizations_and_plain_files_together(repo: RepoBuilder) -> None:
    write_maps(repo, "apps/plain/x.yaml", "apps/shop/base/a.yaml", "apps/shop/base/sub/unused.yaml", "apps/own/b.yaml")
    write_kustomization(repo, "apps/shop/base", ["a.yaml"])
    write_kustomization(repo, "apps/shop/prod", ["../base"], "namePrefix: prod-\n")
    write_kustomization(repo, "apps/own", ["b.yaml"])
    found = rendered(repo, "apps")
    assert names(found) == ["apps-plain-x", "apps-own-b", "prod-apps-shop-base-a"]
    assert found.manifests[2].file == "apps/shop/base/a.yaml"


def test_kustomize_failure(repo: RepoBuilder) -> None:
    write_kustomization(repo, "k", ["missing.yaml"])
    with pytest.raises(SourceError, match=r"^k/kustomization.yaml: kustomize can't build it: .*missing.yaml") as raised:
        rendered(repo, "k")
    assert "/tmp" not in str(raised.value)
    assert "\n" not in str(raised.value)
    assert "E1" not in str(raised.value)[:60]


def test_a_failure_names_a_link_that_was_left_out(repo: RepoBuilder, tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text(CONFIG_MAP.format("stolen"))
    write_kustomization(repo, "k", ["link.yaml"])
    (repo.path / "k/link.yaml").symlink_to(tmp_path / "secret.yaml")
    with pytest.raises(SourceError, match=r"k/link\.yaml is a symbolic link out of the repository"):
        rendered(repo, "k")
    with pytest.raises(SourceError, match=r"k/link\.yaml: a symbolic link leads out of the repository"):
        rendered(repo, "k", disk=True)


@pytest.mark.parametrize(
    ("file", "text", "more"),
    [
        ("s.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata:\n  p: hunter2-pw\n x: hunter2-pw\n", ""),
        ("s.yaml", "apiVersion: v1\nkind: Secret\nmetadata: [hunter2-pw]\n", ""),
        ("s.env", "hunter2-pw\n", "secretGenerator:\n- {name: s, envs: [s.env], literals: [hunter2-pw]}\n"),
        ("s.yaml", "", "secretGenerator:\n- {name: s, literals: [a=hunter2-pw, a=hunter2-pw]}\n"),
        (
            "s.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n",
            'patches:\n- patch: "kind: Secret\\nmetadata: {name: s}\\nstringData: {a: hunter2-pw}\\n : x"\n',
        ),
        (
            "s.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: b}\n",
            "patches:\n- target: {kind: Secret}\n"
            '  patch: \'[{"op": "test", "path": "/stringData/a", "value": "hunter2-pw"}]\'\n',
        ),
    ],
)  # fmt: skip
def test_failures_never_tell_secrets(repo: RepoBuilder, file: str, text: str, more: str) -> None:
    repo.write(f"k/{file}", text)
    write_kustomization(repo, "k", ["s.yaml"] if file == "s.yaml" and text else [], more)
    with pytest.raises(SourceError) as raised:
        rendered(repo, "k")
    assert "hunter2" not in str(raised.value)


def test_missing_renderers(repo: RepoBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_kustomization(repo, "k", [])
    repo.write("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n")
    git = shutil.which("git")
    assert git is not None
    repo.commit()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").symlink_to(git)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    repository = opened(repo)
    with pytest.raises(SourceError, match="neither kustomize nor kubectl is on the PATH"):
        render(repository, repository.resolve(), "k")
    with pytest.raises(SourceError, match="helm is not on the PATH"):
        render(repository, repository.resolve(), "c")


CHART = {
    "Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
    "values.yaml": "replicas: 1\npassword: hunter2-pw\n",
    "crds/crd.yaml": (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: foos.example.com}\n"
    ),
    "templates/web.yaml": (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Release.Name }}-web\n"
        "  namespace: {{ .Release.Namespace }}\nspec: {replicas: {{ .Values.replicas }}}\n"
        "---\n# nothing here\n---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\n"
    ),
    "templates/job.yaml": (
        "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: migrate\n"
        "  annotations: {helm.sh/hook: 'pre-install,pre-upgrade'}\n"
    ),
    "templates/NOTES.txt": "thank you",
    "charts/sub/Chart.yaml": "apiVersion: v2\nname: sub\nversion: 1.0.0\n",
    "charts/sub/templates/cm.yaml": CONFIG_MAP.format("sub"),
}


def write_chart(repo: RepoBuilder, folder: str) -> None:
    for name, text in CHART.items():
        repo.write(f"{folder}/{name}", text)


@pytest.mark.usefixtures("with_helm")
@pytest.mark.parametrize("disk", [False, True])
def test_chart(repo: RepoBuilder, disk: bool) -> None:
    write_chart(repo, "charts/shop")
    repo.write("values/prod.yaml", "replicas: 5\n")
    found = rendered(repo, "charts/shop", RenderOptions("rel", "ns", ("values/prod.yaml",)), disk=disk)
    assert sorted(places(found)) == [
        "ConfigMap charts/shop/charts/sub/templates/cm.yaml:1",
        "CustomResourceDefinition charts/shop/crds/crd.yaml:1",
        "Deployment charts/shop/templates/web.yaml:1",
        "Service charts/shop/templates/web.yaml:1",
    ]
    deployment = next(one.body for one in found.manifests if one.body["kind"] == "Deployment")
    assert deployment["metadata"] == {"name": "rel-web", "namespace": "ns"}
    assert deployment["spec"] == {"replicas": 5}
    assert found.hooks == ("Job migrate (pre-install,pre-upgrade)",)
    assert found.renderer.startswith("helm v4.")


@pytest.mark.usefixtures("with_helm")
def test_charts_kustomizations_and_files_together(repo: RepoBuilder) -> None:
    write_chart(repo, "apps/shop")
    write_kustomization(repo, "apps/k", ["a.yaml"])
    write_maps(repo, "apps/k/a.yaml", "apps/p.yaml")
    found = rendered(repo, "apps")
    assert names(found)[:2] == ["apps-p", "apps-k-a"]
    assert "shop-web" in names(found)
    assert [word.split()[0] for word in found.renderer.split(", ")] == ["kustomize", "helm"]
    write_chart(repo, "apps/shop2")
    assert "shop-web" in names(rendered(repo, "apps", RenderOptions("rel")))
    with pytest.raises(SourceError, match="there are several charts"):
        rendered(repo, "apps", RenderOptions(values=("v.yaml",)))


@pytest.mark.usefixtures("with_helm")
def test_chart_failures(repo: RepoBuilder) -> None:
    write_chart(repo, "c")
    with pytest.raises(SourceError, match=r"no values file 'values\.yaml' .* did you mean c/values.yaml"):
        rendered(repo, "c", RenderOptions(values=("values.yaml",)))
    repo.write("c/templates/bad.yaml", '{{ fail (printf "%s is bad" .Values.password) }}')
    with pytest.raises(SourceError, match=r"helm can't render the chart: .*is bad") as raised:
        rendered(repo, "c")
    assert "hunter2" not in str(raised.value)
    repo.write("c/templates/bad.yaml", "kind: x\n")
    with pytest.raises(SourceError, match=r"c/templates/bad\.yaml: helm prints an object that can't be read"):
        rendered(repo, "c")
    repo.write("c/templates/bad.yaml", "a: b\n")
    # The hook is listed among what is left out.
    assert [one.file for one in rendered(repo, "c").skipped] == ["c/templates/bad.yaml", "c/templates/job.yaml"]
    repo.write(
        "c/Chart.yaml", CHART["Chart.yaml"] + "dependencies:\n- {name: db, version: 1.0.0, repository: https://x}\n"
    )
    with pytest.raises(SourceError, match="run `helm dependency build` there and commit"):
        rendered(repo, "c")
