"""Files and folders, written whole or not at all, and names that stay inside their folder.

A writer fills a staging folder beside the target, which takes the target's name at the end, so a
reader sees the old data set or the new one and an interrupted run leaves the old one::

    with files.staged(target, overwrite=options.overwrite) as folder:
        files.put(folder / "labels" / "a.txt", b"...")
"""

from __future__ import annotations

import codecs
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from formats import rehearsal
from formats.errors import FormatError

__all__ = [
    "below",
    "check",
    "create",
    "encoding",
    "inside",
    "is_file",
    "is_folder",
    "lines",
    "pointer",
    "put",
    "read",
    "replaced",
    "safe",
    "staged",
]

PIECE = 1 << 20
SHOWN = 200
"""Characters of a name that a message shows."""
LONGEST = 1 << 28
"""Characters of a line."""
BOM = b"\xef\xbb\xbf"
MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
_PLAIN = re.compile(r"\w[\w .-]*(?:/\w[\w .-]*)*")
"""Most names: no part of them is empty or begins with a dot."""
_DRIVE = re.compile(r"[A-Za-z]:")


def is_file(path: Path) -> bool:
    """Whether a name from a file leads to a file; one that no file can have does not.

    `Path.is_file` raises for names that are too long.
    """
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path) -> bool:
    """As `is_file`, for folders."""
    return os.path.isdir(path)  # noqa: PTH112


@contextmanager
def staged(target: Path, *, overwrite: bool = False, keep: Iterable[Path] = ()) -> Iterator[Path]:
    """An empty folder that becomes `target` when the block ends without an error.

    A target that exists and is not an empty folder is refused before the block runs, unless
    `overwrite`; then the whole old folder goes. `keep` names paths (the source of a conversion)
    that must not lie in it. Faults of the disk are raised as FormatError. In a `rehearsal` the
    folder is a temporary one that never becomes `target`.
    """
    _refuse(target, overwrite, keep)
    if rehearsal.is_running():
        with _told(target), tempfile.TemporaryDirectory() as place:
            yield Path(place)
        return
    folder = _beside(target)
    with _told(target):
        folder.mkdir(parents=True)
        try:
            yield folder
            _swap(folder, target)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


@contextmanager
def replaced(target: Path, *, overwrite: bool = False, keep: Iterable[Path] = ()) -> Iterator[Path]:
    """The path of a file to write, which becomes `target` when the block ends without an error.

    Refuses an existing target as `staged` does; `keep` as there.
    """
    _refuse(target, overwrite, keep)
    if rehearsal.is_running():
        with _told(target), tempfile.TemporaryDirectory() as folder:
            yield Path(folder, target.name)
        return
    path = _beside(target)
    with _told(target):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield path
            path.replace(target)
        except BaseException:
            path.unlink(missing_ok=True)
            raise


@contextmanager
def _told(target: Path) -> Iterator[None]:
    """Faults of the disk as one line about the target."""
    try:
        yield
    except OSError as error:
        if isinstance(error, FormatError):
            raise
        raise FormatError(f"cannot write: {error.strerror or error}", where=target) from error


def _refuse(target: Path, overwrite: bool, keep: Iterable[Path]) -> None:
    there = os.path.lexists(target)
    empty = target.is_dir() and not target.is_symlink() and not any(target.iterdir())
    if there and not empty and not overwrite:
        raise FormatError("the target exists", where=target, hint="--overwrite replaces it")
    for path in keep:
        if there and path.resolve().is_relative_to(target.resolve()):
            raise FormatError(f"the source {path} lies in the target", where=target)


def _beside(target: Path) -> Path:
    target = target.absolute()
    return target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")


def _swap(folder: Path, target: Path) -> None:
    """Give the finished folder its name; the old one is moved aside first, then removed."""
    if not os.path.lexists(target):
        folder.rename(target)
        return
    old = _beside(target).with_suffix(".old")
    target.rename(old)
    try:
        folder.rename(target)
    except BaseException:
        old.rename(target)
        raise
    if old.is_dir() and not old.is_symlink():
        shutil.rmtree(old, ignore_errors=True)
    else:
        old.unlink()


def create(path: Path) -> BinaryIO:
    """A new file to write bytes to; its folders are made, an old file is emptied."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("wb")


def put(path: Path, data: bytes) -> None:
    """A new file of some bytes, as by `create`."""
    with create(path) as stream:
        stream.write(data)


def read(path: Path) -> bytes:
    """The bytes of a file without a UTF-8 byte order mark; FormatError names the file."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FormatError(f"cannot read: {error.strerror or error}", where=path) from error
    return data.removeprefix(BOM)


def encoding(data: bytes) -> str:
    """What a text is written in by its byte order mark, where that is not UTF-8's."""
    return next((name for mark, name in MARKS.items() if data.startswith(mark)), "")


def check(data: bytes, path: Path) -> None:
    """FormatError names the first byte that is not UTF-8 and its line; `data` is not copied."""
    if data.isascii():
        return
    if other := encoding(data):
        raise FormatError(f"{other} text, expected UTF-8", where=path)
    decoder, whole = codecs.getincrementaldecoder("utf-8")(), memoryview(data)
    for start in range(0, len(data), PIECE):
        stop, begun = start + PIECE, len(decoder.getstate()[0])
        try:
            decoder.decode(whole[start:stop], final=stop >= len(data))
        except UnicodeDecodeError as error:
            byte = start - begun + error.start
            line = data.count(b"\n", 0, byte) + 1
            raise FormatError(f"byte {byte} is not UTF-8", where=f"{path}:{line}") from error


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a UTF-8 file with their numbers from 1, without line ends.

    Unlike `str.splitlines`, other marks that Unicode knows for line ends are part of the line.
    """
    try:
        with path.open(encoding="utf-8-sig") as stream:
            number = 0
            while line := stream.readline(LONGEST):
                number += 1
                if len(line) == LONGEST:
                    raise FormatError("a line too long to be read", where=f"{path}:{number}")
                yield number, line.removesuffix("\n")
    except OSError as error:
        raise FormatError(f"cannot read: {error.strerror or error}", where=path) from error
    except UnicodeDecodeError as error:
        check(read(path), path)
        raise FormatError("not UTF-8", where=path) from error


def pointer(path: object, *keys: object) -> str:
    """The place of a value in a JSON file: ``file.json#/images/3/file_name``."""
    return f"{path}#" + "".join(f"/{key}" for key in keys)


def is_plain(name: str) -> bool:
    """Whether a name is one of those without anything that `safe` has to look at."""
    return _PLAIN.fullmatch(name) is not None


def safe(name: str, where: object = "") -> str:
    """The relative name of a picture, as it stands, if it stays inside a folder it is joined to.

    FormatError for an absolute name, a drive letter, a ``..``, a NUL or an empty name; ``\\``
    counts as a separator too, because other systems take it for one.
    """
    if is_plain(name):
        return name
    if not name.strip():
        raise FormatError("an empty name, expected that of a file", where=where)
    parts = name.replace("\\", "/").split("/")
    bad = not name.strip("/\\. ") or parts[0] == "" or ".." in parts or "\0" in name
    if bad or _DRIVE.match(name):
        short = repr(name if len(name) <= SHOWN else f"{name[:SHOWN]}...")
        raise FormatError(f"the name {short} leaves the data set's folder", where=where)
    return name


def below(root: Path, deepest: int = 1 << 16) -> Iterator[str]:
    """The files below a folder, relative to it, with ``/``, by name.

    Those of hidden folders, and of folders more than `deepest` inside each other, are left out.
    """
    for place, folders, names in os.walk(root):
        folder = os.path.relpath(place, root).replace(os.sep, "/")
        depth = 0 if folder == "." else folder.count("/") + 1
        folders[:] = sorted(f for f in folders if not f.startswith(".") and depth < deepest)
        lead = "" if folder == "." else f"{folder}/"
        yield from (f"{lead}{name}" for name in sorted(names))


def inside(folder: Path, name: str, where: object = "") -> Path:
    """`folder` / `name`; FormatError where the name or a symbolic link leads out of the folder."""
    path = folder / safe(name, where)
    if not path.resolve().is_relative_to(folder.resolve()):
        raise FormatError(f"the name {name!r} leaves the folder {folder}", where=where)
    return path
