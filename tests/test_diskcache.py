import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kubectl_gitops import diskcache


def test_what_was_written_is_read(tmp_path: Path) -> None:
    file = tmp_path / "new" / "folder" / "a.json"
    assert diskcache.read(file) is None
    diskcache.write(file, {"a": [1, "ä"]})
    assert diskcache.read(file) == {"a": [1, "ä"]}
    assert [path.name for path in file.parent.iterdir()] == ["a.json"]
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", [b"", b'{"a":', b"\xff\xfe"])
def test_a_damaged_file_counts_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.json").write_bytes(content)
    assert diskcache.read(tmp_path / "a.json") is None


def test_a_place_that_can_not_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    diskcache.write(tmp_path / "file" / "a.json", {})
    assert diskcache.read(tmp_path / "file" / "a.json") is None


def test_readers_never_see_a_part(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    contents = [["x" * 100_000], ["y" * 200_000]]
    diskcache.write(file, contents[0])
    done = threading.Event()

    def write() -> None:
        for number in range(50):
            diskcache.write(file, contents[number % 2])
        done.set()

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    while not done.is_set():
        assert diskcache.read(file) in contents
    for writer in writers:
        writer.join()


def test_the_longest_unread_go_first(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    for age, name in enumerate("abc"):
        diskcache.write(folder / name, "x" * 98)
        os.utime(folder / name, (1000 - age, 1000 - age))
    diskcache.read(folder / "c")
    diskcache.trim(folder, 250)
    assert sorted(path.name for path in folder.iterdir()) == ["a", "c"]
    diskcache.trim(tmp_path / "missing", 0)


def test_what_can_not_be_marked_as_recent_is_read_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a disk that is mounted for reading only."""
    diskcache.write(tmp_path / "a.json", [1])

    def refuse(_file: Path) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "utime", refuse)
    assert diskcache.read(tmp_path / "a.json") == [1]


def test_trimming_goes_on_where_others_trim_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "cache"
    for name in "abcd":
        diskcache.write(folder / name, "x" * 98)
    real = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path.name == "a":
            raise PermissionError
        real(path)
        if path.name == "b":
            raise FileNotFoundError

    monkeypatch.setattr(Path, "unlink", refuse)
    diskcache.trim(folder, 0)
    assert [path.name for path in folder.iterdir()] == ["a"]


def test_many_threads_trim_and_write(tmp_path: Path) -> None:
    folder = tmp_path / "cache"

    def work(number: int) -> None:
        for step in range(60):
            diskcache.write(folder / f"{number}-{step % 7}", "x" * 500)
            diskcache.trim(folder, 3000)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    diskcache.trim(folder, 3000)
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 3000
