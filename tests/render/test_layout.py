import pytest

from kubectl_gitops.manifests import ManifestError
from kubectl_gitops.render.layout import Layout, layout


def laid_out(files: dict[str, str], path: str = "") -> Layout:
    return layout(list(files), path, lambda file: files[file].encode())


def test_plain_files_only() -> None:
    found = laid_out({"b.yaml": "", "a/x.yml": "", "c.json": "", "d.txt": "", "e.yaml.tpl": ""})
    assert found == Layout(("a/x.yml", "b.yaml", "c.json"), (), ())


@pytest.mark.parametrize("name", ["kustomization.yaml", "kustomization.yml", "Kustomization"])
def test_a_kustomization_at_the_path_is_all(name: str) -> None:
    files = {f"p/{name}": "", "p/a.yaml": "", "p/sub/kustomization.yaml": "", "p/Chart.yaml": ""}
    assert laid_out(files, "p") == Layout((), (f"p/{name}",), ())


def test_a_chart_at_the_path_is_all() -> None:
    files = {"p/Chart.yaml": "", "p/values.yaml": "", "p/charts/x/Chart.yaml": "", "p/k/kustomization.yaml": ""}
    assert laid_out(files, "p") == Layout((), (), ("p",))


def test_nested_ones_are_taken_as_a_whole() -> None:
    files = {
        "p.yaml": "",
        "k/kustomization.yaml": "resources: [a.yaml]",
        "k/a.yaml": "",
        "k/sub/b.yaml": "",
        "k/charts/x/Chart.yaml": "",
        "k/other/kustomization.yaml": "",
        "c/Chart.yaml": "",
        "c/templates/t.yaml": "",
        "c/ci/kustomization.yaml": "",
        "kk/a.yaml": "",
    }
    assert laid_out(files) == Layout(("kk/a.yaml", "p.yaml"), ("k/kustomization.yaml",), ("c",))


@pytest.mark.parametrize("key", ["resources", "components", "bases"])
def test_referenced_ones_are_not_built_by_themselves(key: str) -> None:
    files = {
        "app/kustomization.yaml": "resources: [https://example.com/x]",
        "app/overlays/prod/kustomization.yaml": f"{key}: [../../]",
        "app/overlays/dev/kustomization.yaml": f"{key}: [../.././]",
    }
    assert laid_out(files).kustomizations == (
        "app/overlays/dev/kustomization.yaml",
        "app/overlays/prod/kustomization.yaml",
    )


def test_components_are_never_built_by_themselves() -> None:
    files = {"c/kustomization.yaml": "kind: Component", "k/kustomization.yaml": ""}
    assert laid_out(files).kustomizations == ("k/kustomization.yaml",)


def test_a_circle_is_left_to_kustomize() -> None:
    files = {"a/kustomization.yaml": "resources: [../b]", "b/kustomization.yaml": "resources: [../a]"}
    assert laid_out(files).kustomizations == ("a/kustomization.yaml",)
    assert laid_out({"a/kustomization.yaml": "resources: ['.']"}).kustomizations == ("a/kustomization.yaml",)


def test_a_kustomization_that_is_no_yaml() -> None:
    with pytest.raises(ManifestError, match=r"^a/kustomization\.yaml:2:1: "):
        laid_out({"a/kustomization.yaml": "a: 'x"})
