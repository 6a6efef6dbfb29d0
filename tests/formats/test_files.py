"""Writing whole or not at all; names that stay inside."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from formats import files
from formats.errors import FormatError


def tree(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*"))


def fill(target: Path, text: str = "new", **options: object) -> None:
    with files.staged(target, **options) as folder:  # type: ignore[arg-type]
        stream = files.create(folder / "deep" / "a.txt")
        stream.write(text.encode())
        stream.close()


def test_a_folder_appears_whole(tmp_path: Path) -> None:
    fill(tmp_path / "x" / "out")
    assert tree(tmp_path) == ["x", "x/out", "x/out/deep", "x/out/deep/a.txt"]


def broken(target: Path, fault: BaseException, old: str = "", overwrite: bool = False) -> None:
    """A block that writes a file and then fails; the old folder stands all the while."""
    with files.staged(target, overwrite=overwrite) as folder:
        files.create(folder / "b").close()
        assert not old or (target / "deep/a.txt").read_text() == old
        raise fault


def broken_file(target: Path, fault: BaseException) -> None:
    with files.replaced(target) as path:
        path.write_text("half")
        raise fault


def test_nothing_is_left_of_a_block_that_fails(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        broken(tmp_path / "out", KeyboardInterrupt())
    with pytest.raises(ZeroDivisionError):
        broken_file(tmp_path / "f.json", ZeroDivisionError())
    assert tree(tmp_path) == []


def test_the_old_folder_stands_until_the_new_one_is_whole(tmp_path: Path) -> None:
    fill(tmp_path / "out", "old")
    with pytest.raises(ZeroDivisionError):
        broken(tmp_path / "out", ZeroDivisionError(), "old", overwrite=True)
    assert tree(tmp_path / "out") == ["deep", "deep/a.txt"]
    fill(tmp_path / "out", "new", overwrite=True)
    assert (tmp_path / "out/deep/a.txt").read_text() == "new"
    assert tree(tmp_path) == ["out", "out/deep", "out/deep/a.txt"]


def test_a_target_that_is_there_is_refused_before_the_block(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    fill(tmp_path / "out")
    for target in (tmp_path / "out", tmp_path / "out/deep/a.txt"):
        with pytest.raises(FormatError, match=r"the target exists.*--overwrite"):
            fill(target)
    with (
        pytest.raises(FormatError, match="the target exists"),
        files.replaced(tmp_path / "out/deep/a.txt"),
    ):
        pytest.fail("the block ran")


def test_a_dangling_link_counts_as_a_target(tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FormatError, match="the target exists"):
        fill(tmp_path / "out")
    fill(tmp_path / "out", overwrite=True)
    assert not (tmp_path / "out").is_symlink()
    assert not (tmp_path / "nowhere").exists()


def test_the_source_is_never_overwritten(tmp_path: Path) -> None:
    fill(tmp_path / "data", "source")
    with pytest.raises(FormatError, match="lies in the target"):
        fill(tmp_path / "data", overwrite=True, keep=[tmp_path / "data" / "deep"])
    assert (tmp_path / "data/deep/a.txt").read_text() == "source"


def test_faults_of_the_disk_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(FormatError, match="cannot write: Not a directory"):
        fill(tmp_path / "file" / "out")
    full = OSError(28, os.strerror(28))
    with pytest.raises(FormatError, match="cannot write: No space left"):
        broken(tmp_path / "out", full)


def test_files_are_emptied_and_modes_are_usual(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("long old text")
    with files.create(tmp_path / "a") as stream:
        stream.write(b"new")
    assert (tmp_path / "a").read_text() == "new"
    (tmp_path / "plain").mkdir()
    fill(tmp_path / "out")
    assert (tmp_path / "out").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_reading_takes_the_byte_order_mark_off_and_numbers_lines(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbfone\r\ntwo\n\nfour")
    assert list(files.lines(tmp_path / "a")) == [(1, "one"), (2, "two"), (3, ""), (4, "four")]
    (tmp_path / "b").write_bytes(b"ok\xff")
    with pytest.raises(FormatError, match="byte 2 is not UTF-8"):
        list(files.lines(tmp_path / "b"))
    with pytest.raises(FormatError, match="cannot read: No such file"):
        files.read(tmp_path / "c")


BAD = [".", "/", "/a", "..", "a/..", "a/../../b", "C:\\a", "c:a", "\\a", "a\\..\\b", "a\0b"]


@pytest.mark.parametrize("name", BAD)
def test_unsafe_names(name: str) -> None:
    with pytest.raises(FormatError, match=r"here: the name .* leaves"):
        files.safe(name, "here")


@pytest.mark.parametrize("name", ["", " "])
def test_empty_names(name: str) -> None:
    with pytest.raises(FormatError, match="here: an empty name, expected that of a file"):
        files.safe(name, "here")


@pytest.mark.parametrize("name", ["a", "a/b.jpg", "./a", "..a", "a..b/c..", "...", "ab:c", "ä b"])
def test_safe_names_stand_as_they_are(name: str, tmp_path: Path) -> None:
    if name != "...":
        assert files.safe(name) == name
        assert files.inside(tmp_path, name) == tmp_path / name


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link").symlink_to(tmp_path)
    with pytest.raises(FormatError, match="leaves the folder"):
        files.inside(tmp_path / "in", "link/x.txt")
    assert files.inside(tmp_path / "in", "deep/x.txt") == tmp_path / "in/deep/x.txt"


def test_places_in_json_files() -> None:
    assert files.pointer("a.json", "images", 3) == "a.json#/images/3"


def test_files_below_a_folder_come_by_name_without_hidden_and_deep_ones(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.txt", "a/b/c.txt", ".git/x.txt", "a.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert list(files.below(tmp_path)) == ["a.txt", "b.txt", "a/z.txt", "a/b/c.txt"]
    assert list(files.below(tmp_path, 1)) == ["a.txt", "b.txt", "a/z.txt"]
