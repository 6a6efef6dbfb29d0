"""The journal: append-only, whole or cut, last line counts."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from prelabel import appendfile
from prelabel.errors import JobError
from prelabel.journal import Journal, Record

HEADER = b'{"labels":[]}\n'


def record(path: str, mark: int = 0, failure: str = "") -> Record:
    extra = {"sha256": f"{mark:064x}", **({"failure": failure} if failure else {})}
    line = json.dumps({"path": path, "mark": mark, "extra": extra}).encode() + b"\n"
    return Record(path, f"{mark:064x}", line, failure)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def begun(path: Path, *records: Record) -> Path:
    with Journal(path) as journal:
        journal.begin(HEADER)
        for one in records:
            journal.append([one])
    return path


def marks(path: Path) -> dict[str, int]:
    """What the journal says of each picture when it is opened again."""
    with Journal(path) as journal:
        return {p: json.loads(next(journal.lines([p])))["mark"] for p in journal.entries}


def test_what_was_appended_is_found_again(path: Path) -> None:
    begun(path, record("a.jpg", 1), record("ä/b.jpg", 2, "broken"))
    with Journal(path) as journal:
        assert journal.header == HEADER
        assert list(journal.entries) == ["a.jpg", "ä/b.jpg"]
        assert [e.failed for e in journal.entries.values()] == [False, True]
        assert journal.entries["a.jpg"].sha256 == f"{1:064x}"


def test_a_new_journal_is_empty(path: Path) -> None:
    with Journal(path) as journal:
        assert (journal.header, journal.entries) == (b"", {})


def test_the_last_line_of_a_picture_counts(path: Path) -> None:
    begun(path, record("a.jpg", 1, "broken"), record("b.jpg", 2), record("a.jpg", 3))
    assert marks(path) == {"a.jpg": 3, "b.jpg": 2}
    with Journal(path) as journal:
        assert not journal.entries["a.jpg"].failed


def test_cut_at_any_byte_it_goes_on_from_the_last_whole_line(path: Path) -> None:
    whole = begun(path, record("a.jpg", 1), record("b.jpg", 2)).read_bytes()
    ends = [i + 1 for i, byte in enumerate(whole) if byte == ord("\n")]
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        with Journal(path) as journal:
            lines = sum(end <= cut for end in ends)
            assert bool(journal.header) == (lines > 0)
            assert list(journal.entries) == ["a.jpg", "b.jpg"][: max(lines - 1, 0)]
            if not journal.header:
                journal.begin(HEADER)
            both = (record("a.jpg", 1), record("b.jpg", 2))
            journal.append([r for r in both if r.path not in journal.entries])
        assert path.read_bytes() == whole


def test_a_damaged_line_does_not_count(path: Path) -> None:
    begun(path, record("a.jpg", 1), record("b.jpg", 2), record("c.jpg", 3))
    path.write_bytes(path.read_bytes().replace(b'"b.jpg"', b'"b.\xff\x00g'))
    assert marks(path) == {"a.jpg": 1, "c.jpg": 3}


def test_rewritten_it_is_what_an_uninterrupted_job_writes(path: Path, tmp_path: Path) -> None:
    straight = begun(tmp_path / "straight", record("a.jpg", 1), record("b.jpg", 2))
    begun(path, record("gone.jpg", 9), record("b.jpg", 7, "x"), record("a.jpg", 1))
    with Journal(path) as journal:
        journal.append([record("b.jpg", 2)])
        journal.rewrite(HEADER, ["a.jpg", "b.jpg"])
        assert path.read_bytes() == straight.read_bytes()
        journal.append([record("c.jpg", 3)])
    assert marks(path) == {"a.jpg": 1, "b.jpg": 2, "c.jpg": 3}


def test_in_order_it_is_not_rewritten(path: Path) -> None:
    begun(path, record("a.jpg", 1), record("b.jpg", 2))
    inode = path.stat().st_ino
    with Journal(path) as journal:
        journal.rewrite(HEADER, ["a.jpg", "b.jpg"])
        assert path.stat().st_ino == inode
        journal.rewrite(b'{"labels":["x"]}\n', ["a.jpg", "b.jpg"])
    assert path.stat().st_ino != inode
    assert path.read_bytes().startswith(b'{"labels":["x"]}\n{"path": "a.jpg"')


def test_a_full_disk_keeps_what_was_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun(path, record("a.jpg", 1))
    whole = path.read_bytes()
    pwrite = os.pwrite

    def half(file: int, data: memoryview, offset: int) -> int:
        if len(data) < 40:
            raise OSError(errno.ENOSPC, "No space left on device")
        return pwrite(file, data[: len(data) // 2], offset)

    with Journal(path) as journal:
        monkeypatch.setattr(appendfile.os, "pwrite", half)
        with pytest.raises(JobError, match=r"No space left on device.*--resume"):
            journal.append([record("b.jpg", 2)])
        monkeypatch.undo()
        assert "b.jpg" not in journal.entries
        assert path.read_bytes() == whole
        journal.append([record("c.jpg", 3)])
    assert marks(path) == {"a.jpg": 1, "c.jpg": 3}


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(JobError, match="cannot be written: Not a directory"):
        Journal(tmp_path / "file" / "journal.jsonl")
