"""The folder that a job writes to: begun, taken up again, or refused."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from formats import FORMATS
from prelabel import locks
from prelabel.errors import JobError
from prelabel.journal import JOURNAL

__all__ = ["PREVIEW", "clear", "held", "remove", "sweep"]

PREVIEW = "preview"
"""Folder of the overlay pictures and their page."""


@contextmanager
def held(out: Path, *, resume: bool, overwrite: bool) -> Iterator[None]:
    """Make the folder and hold it for this process; JobError where it may not be used.

    A folder with something in it is taken only to go on with the job that left it there
    (`resume`), or to write over it (`overwrite`).
    """
    made = not out.exists()
    _make(out)
    try:
        with locks.exclusive(out):
            _refuse(out, resume, overwrite)
            yield
    finally:
        if made and out.is_dir() and not any(out.iterdir()):
            out.rmdir()


def clear(out: Path) -> None:
    """Remove what an earlier job wrote: journal, outputs, previews. Other files stay."""
    for name in (JOURNAL, PREVIEW, *FORMATS):
        remove(out / name)


def remove(path: Path) -> None:
    """Remove a file, a link or a folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def sweep(out: Path) -> None:
    """Remove what a killed process left half-written."""
    for path in [*out.glob(".*.partial"), *out.glob(".*.old")]:
        remove(path)


def _make(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise JobError("is a file, expected a folder to write to", where=out) from error
    except OSError as error:
        raise JobError(f"cannot be made: {error.strerror}", where=out) from error


def _refuse(out: Path, resume: bool, overwrite: bool) -> None:
    if overwrite or not _occupied(out):
        return
    if not resume:
        raise JobError(
            "the folder is not empty",
            where=out,
            hint="--resume goes on with the job in it, --overwrite begins anew",
        )
    if not (out / JOURNAL).is_file():
        raise JobError(
            f"the folder has no {JOURNAL} to go on with",
            where=out,
            hint="take another --out, or --overwrite",
        )


def _occupied(out: Path) -> bool:
    ours = {locks.LOCK}
    return any(path.name not in ours for path in out.iterdir())
