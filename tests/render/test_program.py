import subprocess
import sys
import time
from pathlib import Path

import pytest

from kubectl_gitops.render import program
from kubectl_gitops.render.program import RendererError, reason, run
from kubectl_gitops.render.redaction import redact, secret_values


def test_a_renderer_that_hangs_is_ended_with_what_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "SECONDS", 1)
    mark = tmp_path / "pid"
    started = time.monotonic()
    with pytest.raises(RendererError, match="k: it took longer than 1 s"):
        run(["sh", "-c", f"sleep 100 & echo $! > {mark}; wait"], "k", frozenset)
    assert time.monotonic() - started < 20
    command = ["ps", "-o", "stat=", "-p", mark.read_text().strip()]
    state = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    assert state in ("", "Z", "Zs", "ZN")


def test_failure_and_output() -> None:
    assert run([sys.executable, "-c", "print('x')"], "k", frozenset) == b"x\n"
    script = "import sys; sys.exit('Error: /tmp/x/a.yaml says hunter2')"
    with pytest.raises(RendererError, match=r"^k: a\.yaml says <secret>$"):
        run([sys.executable, "-c", script], "k", lambda: frozenset({"hunter2"}), hide=("/tmp/x/",))


@pytest.mark.parametrize(
    ("stderr", "told"),
    [
        ("", "it gave no reason"),
        ("WARNING: x\n\nError: y\n\nUse --debug flag\n", "y"),
        ('E1123 21:35:35.428205   24616 run.go:72] "command failed" err="can\'t \\"a\\"\\nb"\n', "can't \"a\" b"),
        ("a\nb\nc\nd\n", "a; b; c"),
        ("cannot unmarshal !!str `hunter2...` into map", "cannot unmarshal `<secret>` into map"),
        ("can't parse the patch from [kind: Secret\na: hunter2]\nx", "can't parse the patch from […]"),
    ],
)  # fmt: skip
def test_reasons(stderr: str, told: str) -> None:
    assert reason(stderr, frozenset()) == told


def test_long_reasons_are_cut() -> None:
    assert len(reason("x" * 5000, frozenset())) == 500


def values_of(**files: str) -> frozenset[str]:
    named = {name.replace("_", "."): text for name, text in files.items()}

    def read(name: str) -> bytes:
        return named[name].encode()

    return secret_values(list(named), read)


def test_which_values_are_secret() -> None:
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: plain}\ndata: {a: aHVudGVyMg==}\n"
    secret += "stringData: {b: 'l1-x\n\n  l2-x'}\n"
    found = values_of(s_yaml=secret)
    assert {"aHVudGVyMg==", "hunter2", "l1-x", "l2-x"} <= found
    assert not {"v1", "Secret", "plain", "a"} & found
    assert {"hunter2", "aHVudGVyMg=="} <= values_of(k_yaml="secretGenerator: [{literals: ['a=hunter2']}]")
    assert "hunter2" in values_of(s_yaml="kind: Secret\ndata:\n a: hunter2\n  b: [\n")
    assert "hunter2" in values_of(values_yaml="db: {adminPassword: hunter2, host: h}")
    assert "h" not in values_of(values_yaml="db: {adminPassword: hunter2, host: h}")
    assert values_of(cm_yaml="kind: ConfigMap\ndata: {a: x}") == frozenset()
    assert "hunter2" in values_of(prod_env="A=hunter2\n")


def test_short_values_are_hidden_as_words_only() -> None:
    assert redact("a bad a=ab", frozenset({"a", "ab"})) == "<secret> bad <secret>=<secret>"
