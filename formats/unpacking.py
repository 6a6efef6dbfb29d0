"""Data sets in a ``.zip``, as CVAT, Roboflow and Label Studio export them, unpacked to be read.

The files lie in a temporary folder for as long as the data set is in use. Names that lead out of
it, bombs, encrypted and damaged archives are refused; messages name the archive, not the folder.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from formats import archives, files
from formats.dataset import Chunk, Dataset
from formats.errors import FormatError, PrelabelError
from formats.format import Format
from formats.losses import Losses
from formats.pictures import is_picture

__all__ = ["Unpacked", "is_needed", "is_packed", "is_temporary", "read", "unpacked"]

ASIDE = ("__MACOSX/", ".DS_Store")
"""What systems put into archives beside the files."""
UTF8 = 0x800
"""The flag of a member whose name says that it is UTF-8."""
DEEPEST = 4
"""Folders that hold nothing but one folder."""
_FOLDERS: set[str] = set()
"""Temporary folders that are in use."""


def is_packed(path: Path) -> bool:
    """Whether a path is an archive to be unpacked."""
    return path.suffix.lower() == ".zip" and path.is_file()


def is_temporary(path: Path) -> bool:
    """Whether a file lies in an unpacked archive, so that it will not stay."""
    return bool(_FOLDERS) and any(str(parent) in _FOLDERS for parent in path.parents)


def is_needed(path: Path, format_: Format) -> bool:
    """Whether a path is an archive that its format does not read as it is, or one with pictures."""
    if not is_packed(path):
        return False
    if format_.sniff is None or format_.sniff(path) is None:
        return True
    with archives.opened(path) as archive:
        return any(is_picture(name) for name in archive.namelist())


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Unpacked:
    """The files of an archive, below `folder`, which goes when nobody holds this any more."""

    archive: Path
    folder: Path

    def places(self) -> list[Path]:
        """Where a data set may be: the folder, one that is alone in it, a label file alone."""
        found = [self.folder]
        while len(found) <= DEEPEST and len(inner := list(found[-1].iterdir())) == 1:
            found.append(inner[0])
            if not inner[0].is_dir():
                return found
        labels = [p for p in found[-1].iterdir() if p.is_file() and not is_picture(p)]
        return [*found, *(labels if len(labels) == 1 else ())]

    def named(self, text: str) -> str:
        """A message with the archive in the place of the folder."""
        return text.replace(str(self.folder), str(self.archive))

    @contextmanager
    def told(self) -> Iterator[None]:
        """Errors that name the archive."""
        try:
            yield
        except PrelabelError as error:
            texts = map(self.named, (error.what, error.where, error.hint))
            raise type(error)(*texts) from error

    def held(self, dataset: Dataset) -> Dataset:
        """The data set, which keeps the files, and whose reports name the archive."""

        def chunks() -> Iterator[Chunk]:
            with self.told():
                yield from dataset.chunks()
            self._rename(dataset.losses)

        self._rename(dataset.losses)
        return replace(dataset, chunks=chunks)

    def _rename(self, losses: Losses) -> None:
        for loss in (*losses.by_kind.values(), *losses.warnings.values()):
            loss.example = self.named(loss.example)
        losses.notes[:] = map(self.named, losses.notes)


def unpacked(path: Path, *, pictures: bool = True) -> Unpacked:
    """The files of an archive; without `pictures` those are there by name alone, to look around."""
    folder = Path(tempfile.mkdtemp(prefix="prelabel-")).resolve()
    place = folder / path.stem
    _FOLDERS.add(str(folder))
    found = Unpacked(path, place)
    weakref.finalize(found, _remove, folder)
    place.mkdir()
    with archives.opened(path) as archive:
        for member in archive.infolist():
            if not member.is_dir() and not _aside(member.filename):
                _put(archive, member, place, pictures=pictures)
    return found


def read(path: Path, format_: Format, options: Any) -> Dataset:
    """The data set in an archive: at the place that its format claims, else at the top."""
    found = unpacked(path)
    places = found.places()
    claimed = (place for place in places if format_.sniff is not None and format_.sniff(place))
    with found.told():
        if format_.read is None:
            raise FormatError(f"the format {format_.name} can only be written", where=path)
        return found.held(format_.read(next(claimed, places[0]), options))


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    _FOLDERS.discard(str(folder))


def _aside(name: str) -> bool:
    return name.startswith(ASIDE) or name.endswith(ASIDE)


def _put(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path, *, pictures: bool
) -> None:
    where = f"{archive.filename}/{member.filename}"
    name = files.safe(_name(member), where).replace("\\", "/")
    target = folder / name
    with archives.reading(where):
        target.parent.mkdir(parents=True, exist_ok=True)
        if not pictures and is_picture(name):
            target.touch()
            return
        with archive.open(member) as source, target.open("wb") as stream:
            shutil.copyfileobj(source, stream, files.PIECE)


def _name(member: zipfile.ZipInfo) -> str:
    """The name of a member: many tools write UTF-8 without saying so."""
    if member.flag_bits & UTF8:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return member.filename
