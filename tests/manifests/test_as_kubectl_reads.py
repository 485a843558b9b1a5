"""The same text through the real kubectl, which needs no server to label what it reads."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kubectl_gitops.manifests import ManifestError, composing, read
from tests.harness import run_program

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on the PATH")

SCALARS = [
    "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE", "n", "N", "no", "No", "NO",
    "off", "Off", "OFF", "false", "False", "FALSE", "yEs", "tRUE", "~", "null", "Null", "NULL", "nULL",
    "0", "-0", "+1", "00", "08", "09.5", "0777", "-0777", "0o17", "0O17", "-0o17", "0o8", "0x1F", "0X1f",
    "-0x1f", "0x", "0xg", "0b101", "0B101", "-0b1", "0b2", "0b-1", "0b+1", "1_000", "1__0", "1_", "_1",
    "0x_f", "1_0.5", ".3_2", "._1", "1e3", "1E3", "1e+3", "1e-3", "1.5e3", "1e", "1.", ".5", "-.5",
    "+.5", ".", "-.", "1.0", "1.50", "-0.0", "1e15", "1e18", "1e19", "1e21", "1e-7", "1e400", "-1e400",
    "1e-400", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
    "-9223372036854775809", "18446744073709551615", "18446744073709551616", "0xffffffffffffffff",
    "0xfffffffffffffffff", "0777777777777777777777777", "123456789012345678901234567890", "2001-01-01",
    "2001-01-01T00:00:00Z", "12:30:45", "190:20:30", "1:2", "1.2.3.4", "1.2.3", "500m", "1Gi", "=", "<<",
    "-", "1,000", "1e3m", "", "''", '"1"', "'y'", "|\n  1", "|-\n  text\n  more", "|+\n  a\n\n",
    ">\n  a\n  b\n\n  c", ">-\n  a", "|2\n    a", "!!str 1", "!!int '3'", "!!float 1", "!!bool yes",
    "!!null ''", "!!binary aGk=", "!!binary /w==", "!foo bar", "! 12", "!!timestamp 2001-01-01", "!!str",
    "!!set {a, b}", "!!map {a: b}", "!!seq [a]", "a b\n  c", "'a\n\n  b'", '"a\\\n  b"',
    '"\\u0041\\t\\x41\\e\\0\\_\\N\\L\\U0001F600"', "a # b", "a#b", "'it''s'", "[a, b,]", "{a: 1, b: }",
    "{a, b: [c]}", '{"a":1}', "[a: b]", "[[], {}, ]", "\n- a\n-\n- - b\n  - c", "\n  a:\n  - b\n  -\tc",
    "&x 1", "&x\n  a: *x", "é😀", '"\\ud83d"', "a\tb", "\t1", "{? a : b}", "\n  ? a\n  : b", "@a", "`a`",
    "%a", "a: b", "- a", "[a", "'a", "*missing", "!!int x", "!!bool 1", "!!null x", ".inf", "-.Inf",
    "+.INF", ".nan", ".NaN", "\\", "\"\\q\"",
]  # fmt: skip
KEYS = [
    "y", "1", "01", "0x10", "1.5", "1e3", "1e6", "123456.75", "1e-5", ".inf", "-.inf", ".nan", "-0.0",
    "null", "~", "''", "'y'", "2001-01-01", "18446744073709551615", "9223372036854775807", "1_0", "[a]",
    "{a: b}", "!!str 1", "!!float 1", "? y", "*a", "a b", "'<<'", "16777217.0", "1e39", "0.1",
]  # fmt: skip
LAYOUTS = {
    "separators with comments": "HEAD--- # comment\nOTHER---\n---\t\n# nothing\n--- \n",
    "CRLF": "HEADtext: |\n  a\n  b\n".replace("\n", "\r\n"),
    "byte order mark": "\ufeffHEAD",
    "no line end": "HEADtext: |\n  a",
    "no line end, kept": "HEADtext: |+\n  a\n\n  ",
    "document end": "HEAD...\n---\nOTHER...\n",
    "document end with a comment": "HEAD...\n# comment\n",
    "merge": "HEADbase: &b {x: 1, w: [2]}\nuse:\n  <<: *b\n  x: 3\n",
    "merge of several": "HEADa: &a {x: 1}\nb: &b {x: 2, w: 3}\nuse: {<<: [*a, *b, {w: 4, z: 5}]}\n",
    "merge of merges": "HEADa: &a {x: 1}\nb: &b {<<: *a, w: 3}\nuse: {<<: *b}\n",
    "only a document's end": "HEAD---\n...\n",
    "JSON and a separator on one line": "JSON---\nJSON\n",
    "an alias as key": "HEADa: &a text\n*a : 1\n",
    "indented": "  apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\n",
    "sequences at their key's indent": "HEADlist:\n- a\n- b:\n  - c\n",
    "flow over lines": "HEADa: {b: 1,\n  c: [2,\n 3]}\n",
    "comments everywhere": "# a\nHEAD  # b\na: # c\n  # d\n  b: 1 # e\n# f\n",
    "JSON": '{"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}, "v": [1.0, 1e3, 18446744073709551615]}',
    "JSON stream": 'JSON\nJSON JSON',
    "JSON with halves of a pair": '{"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}, "v": "\\ud83d"}',
    "JSON after a separator": "---\nJSON\n",
    "list": "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: a}\n",
    "typed list": "apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: a}\n- {metadata: {name: b}}\n",
    "alias to another document": "HEADa: &a 1\n---\nHEADb: *a\n",
    "text after a separator": "HEAD--- text\n",
    "four dashes": "HEAD----\n",
    "directive": "%YAML 1.1\n---\nHEAD",
    "tab as indentation": "HEADa:\n\tb: 1\n",
    "tab after a dash": "HEADa:\n-\tb\n",
    "control character": "HEADa: b\x07\n",
    "NUL": "HEADa: b\x00\n",
    "a value inside itself": "HEADa: &a [*a]\n",
    "merge of a scalar": "HEAD<<: 1\n",
    "bad indentation": "HEAD a: 1\n",
}  # fmt: skip
HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"
JSON = '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}'

STRICTER = {
    "equal keys": ("HEADa: 1\na: 2\n", "kubectl silently takes the last"),
    "equal keys once they are text": ("HEADv:\n  1: a\n  '1': b\n", "kubectl takes either, by chance"),
    "merge after its keys": ("HEADv:\n  x: 1\n  <<: {x: 2}\n", "kubectl lets << win; YAML says the key wins"),
    "text after the document's end": ("HEAD...\nb: 1\n", "kubectl silently drops it"),
    "a directive amid a document": ("HEAD%YAML 1.1\nb: 1\n", "kubectl silently drops all that follows"),
    "an anchor given again": ("HEADa: &a 1\nc: &a 2\nd: *a\n", "PyYAML takes each name once"),
    "byte order mark on a later line": ("HEAD\ufeffb: 1\n", "to kubectl it is part of the key"),
    "bytes that are not UTF-8": ('{"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}, "v": "\udcff"}',
                                 "kubectl replaces them in JSON"),
}  # fmt: skip
LAXER = {
    "escaped slash": ('HEADa: "\\/"\n', "YAML 1.2 has this escape, as JSON does; go-yaml doesn't know it"),
}


def filled(text: str) -> str:
    return text.replace("HEAD", HEAD).replace("JSON", JSON).replace("OTHER", HEAD.replace("name: a", "name: b"))


def ours(text: str) -> list[Any] | None:
    try:
        return [manifest.body for manifest in read(os.fsencode(text), "a.yaml").manifests]
    except ManifestError:
        return None


def kubectl(text: str, folder: Path) -> list[Any] | None:
    """What kubectl reads, None where it refuses. The label that it is told to set is taken off again."""
    (folder / "a.yaml").write_bytes(os.fsencode(text))
    result = run_program(["kubectl", "label", "--local", "-f", "a.yaml", "t=t", "-o", "json"], folder)
    if result.code:
        return None
    documents: list[Any] = []
    rest = result.out.strip()
    while rest:
        document, end = json.JSONDecoder(parse_int=whole).raw_decode(rest)
        del document["metadata"]["labels"]
        documents.append(document)
        rest = rest[end:].strip()
    return documents


def whole(digits: str) -> int | float:
    return int(digits) if -(2**63) <= int(digits) < 2**63 else float(digits)


def typed(value: Any) -> Any:
    """With types beside the values: to Python ``1 == True == 1.0``."""
    match value:
        case dict():
            return {name: typed(item) for name, item in value.items()}
        case list():
            return [typed(item) for item in value]
    return type(value), value


def test_many_scalars_and_keys_at_once(tmp_path: Path) -> None:
    texts = [f"{HEAD}value: {text}\n" for text in SCALARS] + [f"{HEAD}value:\n  {text}: a\n" for text in KEYS]
    accepted = [text for text in texts if ours(text) is not None]
    assert len(accepted) > 150
    together = kubectl("---\n".join(accepted), tmp_path)
    assert together is not None
    for text, expected in zip(accepted, together, strict=True):
        assert typed(ours(text)) == typed([expected]), text
    for text in texts:
        assert text in accepted or kubectl(text, tmp_path) is None, text


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts(name: str, tmp_path: Path) -> None:
    text = filled(LAYOUTS[name])
    assert typed(ours(text)) == typed(kubectl(text, tmp_path))


@pytest.mark.parametrize("name", STRICTER)
def test_what_kubectl_would_accept(name: str, tmp_path: Path) -> None:
    text = filled(STRICTER[name][0])
    assert ours(text) is None, STRICTER[name][1]
    assert kubectl(text, tmp_path) is not None, STRICTER[name][1]


@pytest.mark.parametrize("name", LAXER)
def test_what_kubectl_would_refuse(name: str, tmp_path: Path) -> None:
    text = filled(LAXER[name][0])
    assert ours(text) is not None, LAXER[name][1]
    assert kubectl(text, tmp_path) is None, LAXER[name][1]


@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.text("0123456789_.+-eExXoObBaf", min_size=1, max_size=8), min_size=300, max_size=300))
def test_numbers_of_any_form(tmp_path: Path, words: list[str]) -> None:
    texts = [text for word in words if ours(text := f"{HEAD}v: {word}\n") is not None]
    together = kubectl("---\n".join(texts), tmp_path)
    assert together is not None
    for text, expected in zip(texts, together, strict=True):
        assert typed(ours(text)) == typed([expected]), text


def test_the_same_without_libyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"{HEAD}value: {text}\n" for text in SCALARS] + [filled(text) for text in LAYOUTS.values()]
    expected = [typed(ours(text)) for text in texts]
    monkeypatch.setattr(composing, "composer", composing.PurePython)
    for text, value in zip(texts, expected, strict=True):
        # PyYAML's own scanner takes fewer tabs between words: it refuses, which is safe.
        assert typed(ours(text)) == value or ("\t" in text and ours(text) is None), text
