import subprocess
import sys
from pathlib import Path

import pytest

from kubectl_gitops.completion import complete
from kubectl_gitops.main import COMMANDS


def candidates(*words: str) -> list[str]:
    return [line.split("\t")[0] for line in complete(words)]


@pytest.mark.parametrize("words", [(), ("",)])
def test_commands_come_first(words: tuple[str, ...]) -> None:
    assert candidates(*words) == [*COMMANDS, ":4"]


def test_candidates_have_descriptions() -> None:
    name, description = complete(["dri"])[0].split("\t")
    assert name == "drift"
    assert description


def test_flags_of_a_command() -> None:
    assert "--output" in candidates("drift", "--out")


def test_values_of_a_flag() -> None:
    assert "json" in candidates("drift", "--output", "j")


def test_source_and_files_are_left_to_the_shell() -> None:
    assert candidates("drift", "") == [":0"]
    assert candidates("drift", "--kubeconfig", "") == [":0"]


@pytest.mark.parametrize("words", [("no-such-command", "x"), ("drift", "--no-such-flag")])
def test_wrong_words_have_no_candidates(words: tuple[str, ...]) -> None:
    assert candidates(*words) == [":4"]


def test_installed_program_answers() -> None:
    program = Path(sys.executable).with_name("kubectl_complete-gitops")
    done = subprocess.run([program, "dri"], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0].startswith("drift\t")
    assert done.stdout.endswith("\n:4\n")
    assert done.stderr == ""
