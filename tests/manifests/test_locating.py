import pytest

from kubectl_gitops.core.path import Item, Member, Path
from kubectl_gitops.manifests import Place, locate, read

TEXT = """\
# comment
apiVersion: v1
kind: Service
metadata:
  name: web
---
apiVersion: v1
kind: List
items:
- apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: web
    finalizers: [x, "y"]
    annotations:
      "example.com/a": b
  spec:
    template: &t
      containers:
      - name: web
        image: web:1
        ports:
        - containerPort: 80
        - containerPort: 80
          protocol: UDP
        args:
        - |
          one
          two

      # after
      - {name: two, image: "x"}
    other: *t
    merged:
      <<: *t
"""
WEB = Item((("name", "web"),))
TEMPLATE: Path = ("spec", "template", "containers")


def port(protocol: str) -> Path:
    return (*TEMPLATE, WEB, "ports", Item((("containerPort", 80), ("protocol", protocol))))


@pytest.mark.parametrize(
    ("path", "start", "key_end", "end", "exact"),
    [
        ((), (10, 3), 4, (32, 13), True),
        (("kind",), (11, 3), 7, (11, 19), True),
        (("metadata",), (12, 3), 11, (16, 25), True),
        (("metadata", "annotations", "example.com/a"), (16, 7), 22, (16, 25), True),
        (("metadata", "annotations", "missing"), (15, 5), 16, (16, 25), False),
        (("metadata", "finalizers", Member("y")), (14, 21), 24, (14, 24), True),
        (("metadata", "finalizers", Member("z")), (14, 5), 15, (14, 25), False),
        (("metadata", "finalizers", 0), (14, 18), 19, (14, 19), True),
        ((*TEMPLATE, WEB), (20, 9), 13, (29, 14), True),
        ((*TEMPLATE, WEB, "image"), (21, 9), 14, (21, 21), True),
        ((*TEMPLATE, WEB, "args"), (26, 9), 13, (29, 14), True),
        ((*TEMPLATE, WEB, "args", 0), (27, 11), 12, (29, 14), True),
        ((*TEMPLATE, 1, "image"), (32, 21), 26, (32, 31), True),
        (port("TCP"), (23, 11), 24, (23, 28), True),
        (port("UDP"), (24, 11), 24, (25, 24), True),
        (("spec", "other"), (33, 5), 10, (33, 10), True),
        (("spec", "other", "containers", WEB, "image"), (21, 9), 14, (21, 21), True),
        (("spec", "merged", "containers", WEB, "image"), (21, 9), 14, (21, 21), True),
        (("nothing", "at", "all"), (10, 3), 4, (33, 10), False),
    ],
)
def test_fields(path: Path, start: tuple[int, int], key_end: int, end: tuple[int, int], exact: bool) -> None:
    place = locate(TEXT.encode(), 10, path)
    assert place is not None
    assert ((place.line, place.column), place.key_end_column, place.exact) == (start, key_end, exact)
    if path not in ((), ("nothing", "at", "all")):
        assert (place.end_line, place.end_column) == end


def test_every_manifest_is_found_by_its_line() -> None:
    for manifest in read(TEXT.encode(), "a.yaml").manifests:
        place = locate(TEXT.encode(), manifest.line, ("metadata", "name"))
        assert place is not None
        assert place.exact


def test_no_such_object() -> None:
    assert locate(TEXT.encode(), 5, ("kind",)) is None
    assert locate(b"a: [", 1, ("a",)) is None
    assert locate(b"a: &a {<<: *a}", 1, ("a", "b")) is None
    assert locate(b"", 1, ()) is None


def test_json() -> None:
    text = '{"apiVersion": "v1",\n\t"kind": "A", "smile": "\\ud83d\\ude00", "x": {"y": [1]}} {"z": 1}'
    assert locate(text.encode(), 1, ("x", "y")) == Place(2, 46, 2, 54, 49, True)


def test_several_objects_on_one_line() -> None:
    item = '{"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}}'
    text = f'{{"kind": "List", "apiVersion": "v1", "items": [{item}, {item}]}}'
    place = locate(text.encode(), 1, ("kind",))
    assert place is not None
    assert (place.line, place.column, place.exact) == (1, 2, False)
    only = locate(text.replace(f", {item}", "").encode(), 1, ("metadata", "name"))
    assert only is not None
    assert only.exact
