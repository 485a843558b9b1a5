import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_gitops.core.objects import Manifest, key_of
from kubectl_gitops.errors import SourceError
from kubectl_gitops.manifests import ManifestError, Skipped, check_unique, read

OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"


def value_of(text: str) -> object:
    """What ``value: TEXT`` is read as."""
    (manifest,) = read(f"{OBJECT}value: {text}\n".encode(), "a.yaml").manifests
    return manifest.body["value"]


def problem(data: str | bytes, file: str = "a.yaml") -> ManifestError:
    with pytest.raises(ManifestError) as caught:
        read(data.encode() if isinstance(data, str) else data, file)
    return caught.value


def test_documents_and_their_lines() -> None:
    text = f"# first\n---\n# comment\n\n{OBJECT}---\n\n---  # nothing\n# only a comment\n---\n{OBJECT}"
    contents = read(text.encode(), "folder/a.yaml", "kustomize")
    assert [manifest.place for manifest in contents.manifests] == ["folder/a.yaml:5", "folder/a.yaml:14"]
    assert contents.manifests[0] == Manifest(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}, "folder/a.yaml", 5, "kustomize"
    )
    assert contents.skipped == ()


@pytest.mark.parametrize(
    "text", ["", "\n", "---\n", "# a\n", "---\n---\n", "~", "null\n", "\ufeff", "---\n# a\n---\nnull\n", "--- #a"]
)
def test_nothing_declared(text: str) -> None:
    contents = read(text.encode(), "a.yaml")
    assert (contents.manifests, contents.skipped) == ((), ())


@pytest.mark.parametrize("change", [("", ""), ("\n", "\r\n"), ("apiVersion", "\ufeffapiVersion")])
def test_line_ends_and_byte_order_mark(change: tuple[str, str]) -> None:
    text = (OBJECT + "text: |\n  a\n  b").replace(*change)
    assert read(text.encode(), "a.yaml").manifests[0].body["text"] == "a\nb\n"


def test_a_document_that_is_no_object_is_skipped() -> None:
    contents = read(f"values: 1\n---\n{{}}\n---\n{OBJECT}".encode(), "a.yaml")
    assert len(contents.manifests) == 1
    assert [(skipped.file, skipped.line) for skipped in contents.skipped] == [("a.yaml", 1), ("a.yaml", 3)]
    assert isinstance(contents.skipped[0], Skipped)


LIST = """\
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: a}
-
  # a comment
  apiVersion: v1
  kind: ConfigMapList
  items:
  - metadata: {name: b}
"""


def test_lists_count_as_their_items() -> None:
    manifests = read(LIST.encode(), "a.yaml").manifests
    assert [(key_of(m.body).name, m.line, m.body["kind"]) for m in manifests] == [
        ("a", 4, "ConfigMap"),
        ("b", 12, "ConfigMap"),
    ]
    assert read(b"kind: List\napiVersion: v1\nitems: []\n", "a.yaml").manifests == ()


def test_lists_in_json() -> None:
    whole = json.loads(json.dumps({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "smile": "\U0001f600"}
        for name in "ab"]}))  # fmt: skip
    manifests = read(json.dumps(whole, indent=1).encode(), "a.json").manifests
    assert [m.line for m in manifests] == [6, 14]
    assert [m.line for m in read(json.dumps(whole).encode(), "a.json").manifests] == [1, 1]


@pytest.mark.parametrize("between", ["", "\n", " \n\n", "\n---\n"])
def test_json_streams(between: str) -> None:
    one = '{"apiVersion": "v1", "kind": "ConfigMap",\n "metadata": {"name": "NAME"}, "big": 18446744073709551615}'
    text = " \n" + between.join(one.replace("NAME", name) for name in "ab")
    manifests = read(text.encode(), "a.json").manifests
    assert [m.body["metadata"]["name"] for m in manifests] == ["a", "b"]
    assert manifests[0].line == 2
    assert isinstance(manifests[1].body["big"], float)


def test_json_values_are_those_of_go() -> None:
    text = '{"apiVersion":"v1","kind":"A","metadata":{"name":"a"},"v":[1.0,1e3,1.5,"\\ud800","\\ud83d\\ude00",-0]}'
    values = read(text.encode(), "a.json").manifests[0].body["v"]
    assert values == [1, 1000, 1.5, "\ufffd", "\U0001f600", 0]
    assert [type(value) for value in values[:2]] == [int, int]


def test_a_flow_mapping_is_no_json() -> None:
    text = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}"
    assert len(read(text.encode(), "a.yaml").manifests) == 1


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a: 1\na: 2\n", "2:1", "given before"),
        ("a: 1\n---\nb:\n  c: 1\n  'c': 2\n", "5:3", "given before"),
        ("1: a\n'1': b\n", "2:1", "given before"),
        ("kind: A\n", "1:1", "apiVersion is missing"),
        ("# x\napiVersion: v1\n", "2:1", "kind is missing"),
        ("apiVersion: v1\nkind: ''\n", "2:1", "kind is missing"),
        ("apiVersion: v1\nkind: A\n", "1:1", "metadata.name is missing"),
        ("apiVersion: v1\nkind: A\nmetadata: {}\n", "3:1", "metadata.name is missing"),
        ("apiVersion: v1\nkind: A\nmetadata: x\n", "3:1", "metadata is no mapping"),
        ("apiVersion: v1\nkind: A\nmetadata:\n  generateName: a-\n", "4:3", "generateName"),
        ("apiVersion: v1\nkind: A\nmetadata:\n  name: 1\n", "4:3", "quote it"),
        ("apiVersion: v1\nkind: A\nmetadata: {name: a, namespace: on}\n", "3:21", "quote it"),
        ("apiVersion: 1\nkind: A\n", "1:1", "quote it"),
        ("apiVersion: v1\nkind: [A]\n", "2:1", "quote it"),
        ("apiVersion: v1\nkind: List\n", "1:1", "needs items"),
        ("apiVersion: v1\nkind: List\nitems:\n- 1\n", "4:3", "no Kubernetes object"),
        ("apiVersion: v1\nkind: List\nitems:\n- a: 1\n", "4:3", "apiVersion is missing"),
        ("# a\ntext\n", "2:1", "no Kubernetes object"),
        ("- a\n", "1:1", "no Kubernetes object"),
        ("--- a: b\n", "1:4", "only a comment"),
        ("a: 1\n----\n", "2:4", "only a comment"),
        ("a: 1\n...\nb: 2\n", "3:1", ""),
        ("a: 1\n...\n--- \n--- 1\n", "4:4", "only a comment"),
        ("%YAML 1.1\n---\na: 1\n", "2:1", "not valid YAML"),
        ("a:\n\tb: 1\n", "2:1", "tabs"),
        ("a: b: c\n", "1:5", "not valid YAML"),
        ("a: [1\n", "2:1", "not valid YAML"),
        ("a: *b\n", "1:4", "not valid YAML"),
        ("a: &a [*a]\n", "1:4", "contains itself"),
        ("a: &a\n  <<: *a\n", "1:4", "contains itself"),
        ("a: .nan\n", "1:4", "NaN"),
        ("a: -.inf\n", "1:4", "NaN"),
        ("~: a\n", "1:1", "key"),
        ("? [a]\n: b\n", "1:3", "key"),
        ("a: !!int x\n", "1:4", "tagged"),
        ("a: !!binary '*'\n", "1:4", "base64"),
        ("a: 1\n<<: {a: 2}\n", "2:5", "put << first"),
        ("<<: 1\n", "1:5", "mapping"),
        ("!!merge <<: 1\n", "1:13", "mapping"),
        ("a: 'x\n", "2:1", "not valid YAML"),
        ("a: b\x00\n", "1:5", "control character"),
        ("a: b\n\ufeffc: d\n", "2:1", "byte order mark"),
    ],
)
def test_problems_have_a_place(text: str, place: str, words: str) -> None:
    error = problem(text)
    assert str(error).startswith(f"a.yaml:{place}: ")
    assert words in error.message
    assert isinstance(error, SourceError)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ('{"a": 1,\n "b": }', "2:7", "not valid JSON"),
        ('{"a": 1,\n "a": 2}', "1:1", "twice"),
        ('{"a": NaN}', "1:1", "NaN"),
        ('{"a": 1e400}', "1:1", "too large"),
        ('{"apiVersion": "v1"}', "1:2", "kind"),
        ('{}\n{}\n{"a": 1}\nx', "4:1", "not valid JSON"),
    ],
)
def test_problems_in_json(text: str, place: str, words: str) -> None:
    error = problem(text, "a.json")
    assert str(error).startswith(f"a.json:{place}: ")
    assert words in error.message


def test_bytes_that_are_no_text() -> None:
    assert str(problem(b"a: 1\nb: \xff\n")).startswith("a.yaml:2:4: ")


DEEP = ["a: [" * 250, "[" * 5000, "- " * 5000, '{"a":' * 900, '{"a":' * 100_000, "{" * 5000]


@pytest.mark.parametrize("text", DEEP)
@pytest.mark.parametrize("file", ["a.yaml", "a.json"])
def test_deep_nesting(text: str, file: str) -> None:
    closing = "".join({"[": "]", "{": "}"}.get(sign, "") for sign in reversed(text))
    problem(text + "1" + closing, file)


def test_alias_bomb() -> None:
    levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]\n" for n in range(1, 12))
    assert "far too many" in problem(f"{OBJECT}l0: &l0 x\n{levels}").message


def test_aliases_and_merges_within_reason() -> None:
    text = f"{OBJECT}base: &b {{x: 1, w: 2}}\nuse: {{<<: [*b, {{x: 9, z: 3}}], w: 5}}\nsame: *b\n"
    body = read(text.encode(), "a.yaml").manifests[0].body
    assert body["use"] == {"x": 1, "z": 3, "w": 5}
    assert body["same"] == body["base"]
    assert body["same"] is not body["base"]


@pytest.mark.parametrize("text", ["stringData: *hunter2\n", "a: 'hunter2\n", "hunter2\n", "a: b\nhunter2\n",
                                  "a: @hunter2\n", "a: !!int hunter2\n", "a: \"\\hunter2\"\n", "--- hunter2\n",
                                  "!hunter2!a b\n", "{\"a\": hunter2"])  # fmt: skip
def test_errors_never_quote_the_document(text: str) -> None:
    assert "hunter2" not in str(problem(text))


def test_unique() -> None:
    first, second = (Manifest({}, f"{name}.yaml", 3) for name in "ab")
    key = key_of({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "n"}})
    check_unique([(key, first), (key._replace(name="b"), second)])
    with pytest.raises(ManifestError, match=r"^b.yaml:3:1: ConfigMap n/a is declared before at a.yaml:3"):
        check_unique([(key, first), (key, second)])


FRAGMENTS = [
    "a", "b: ", "- ", "\n", "\n  ", "[", "]", "{", "}", ", ", "&a ", "*a", "<<: ", "!!int ", "'", '"', "|\n",
    "---\n", "...\n", "\t", "\\", "1", "~", "!", "#", "\ufeff", "kind: List\n", "items:\n", "%",
]  # fmt: skip
SHREDS = st.lists(st.sampled_from(FRAGMENTS)).map("".join)


@given(st.binary() | (st.text() | SHREDS).map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(ManifestError):
        read(data, "a.yaml")
