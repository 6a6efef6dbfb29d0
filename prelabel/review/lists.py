"""The lanes as lists of pictures, one path a line, in the order of correction."""

from __future__ import annotations

from pathlib import Path

from prelabel.errors import JobError
from prelabel.review.lanes import LANES
from prelabel.review.record import Review

__all__ = ["write"]


def write(review: Review, folder: Path) -> list[Path]:
    """Write ``accept.txt``, ``check.txt`` and ``draw.txt``; a path as the data set has it.

    JobError where a file cannot be written.
    """
    written = []
    for lane in LANES:
        lines = "".join(f"{entry.path}\n" for entry in review.entries if entry.lane == lane)
        path = folder / f"{lane}.txt"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(lines, encoding="utf-8", errors="surrogateescape", newline="\n")
        except OSError as error:
            raise JobError(f"cannot be written: {error.strerror}", where=path) from error
        written.append(path)
    return written
