"""What a reader does with a mutant: it reads it whole, or refuses it with a FormatError.

Run as a program with two numbers it examines the mutants from the first to the second and writes
each number before it begins; ``--all`` goes on after a fault and lists all of them.
"""

from __future__ import annotations

import collections
import resource
import shutil
import signal
import sys
import tempfile
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import numpy as np

import formats
from formats.errors import FormatError
from formats.native_lines import encode_header, encode_item
from mutants.making import mutant, placed

SECONDS = 10.0
"""Of processor time for one set of a few kilobytes."""
MEMORY = 1 << 30
"""Bytes of address space beside what the process has when it begins."""


class Hang(BaseException):
    """A reader took longer than SECONDS."""


@contextmanager
def timed() -> Iterator[None]:
    """A Hang, if what is inside takes too long."""

    def stop(_: int, frame: FrameType | None) -> None:
        raise Hang("".join(traceback.format_stack(frame)[-3:]))

    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def limit() -> None:
    """Give the process a little more memory than it has, and no more."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def examine(path: Path, format_: str) -> bool:
    """Whether a set could be read; anything but a FormatError that names a place raises."""
    with timed():
        return _read(path, format_) is None


def _read(path: Path, format_: str) -> FormatError | None:
    """Read all of a set, and write each item as the native format does; the refusal."""
    try:
        if path.exists():
            formats.claims(path)
        dataset = formats.read(path, format_)
        items = list(dataset.items)
    except FormatError as error:
        _check(error, path)
        return error
    with suppress(FormatError):  # nested more deeply than Python writes
        encode_header(dataset)
        for item in items:
            encode_item(item)
    return None


def _check(error: FormatError, path: Path) -> None:
    """Whether a refusal says where, in one line."""
    told = str(error)
    assert "\n" not in told, told
    assert path.name in error.where, f"no place: {told!r}"


def run(number: int, folder: Path) -> bool:
    """Examine the mutant of a number in a folder that is emptied afterwards."""
    place = folder / "m"
    try:
        seed = mutant(number)
        return examine(placed(seed, place), seed.format)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _key(error: BaseException) -> str:
    """The fault and where it was raised, as one line."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if "/formats/" in f.filename or "/geometry/" in f.filename]
    place = [f"{Path(f.filename).parent.name}/{Path(f.filename).name}:{f.lineno}" for f in own[-3:]]
    return f"{' > '.join(place)} {type(error).__name__}: {error!s:.200}"


def main(first: int, last: int, *flags: str) -> None:
    """Write each number, and at the end how many mutants could be read."""
    warnings.simplefilter("error")
    np.seterr(all="ignore")
    mutant(first)
    limit()
    read, faults = 0, collections.Counter[str]()
    shared = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=shared) as folder:
        for number in range(first, last):
            if not flags:
                print(number, flush=True)
            try:
                read += run(number, Path(folder))
            except (Exception, Hang) as error:
                if not flags:
                    raise
                key = _key(error)
                faults[key] += 1
                if faults[key] == 1:
                    print(number, mutant(number).name, key, flush=True)
    for key, count in faults.most_common():
        print(count, key)
    print("read", read, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
