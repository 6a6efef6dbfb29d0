"""One process per folder: an exclusive lock that dies with its process."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prelabel.errors import JobError

__all__ = ["LOCK", "exclusive", "made"]

LOCK = ".lock"
"""Name of the lock file; it holds the process id and is gone after an orderly end."""


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Hold the folder for this process alone; JobError names the process that has it."""
    path = folder / LOCK
    descriptor = _acquire(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def made(folder: Path) -> Path:
    """The folder, made where it is not there; JobError where the disk does not allow it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise JobError(f"cannot be made: {error.strerror}", where=folder) from error
    return folder


def _acquire(path: Path) -> int:
    """The descriptor of the locked file. A file that its last owner removed is tried anew."""
    while True:
        descriptor = _open(path)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            raise _busy(path) from error
        if _is_at(path, descriptor):
            _sign(descriptor)
            return descriptor
        os.close(descriptor)


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise JobError(f"cannot be written to: {error.strerror}", where=path.parent) from error


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _sign(descriptor: int) -> None:
    """Write the process id for others to read; a full disk is no reason not to hold the lock."""
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
    except OSError:
        return


def _busy(path: Path) -> JobError:
    try:
        owner = path.read_text().strip()
    except OSError:
        owner = ""
    whom = f"process {owner}" if owner.isdigit() else "another process"
    return JobError(f"{whom} is at work in this folder", where=path.parent)
