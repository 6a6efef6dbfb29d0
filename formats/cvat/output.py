"""The text of an XML file, written as it is made: into a file, or a ``.zip`` as CVAT exports it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path

from formats import archives, files
from formats.cvat.layout import NAME

__all__ = ["pack", "put"]


def put(path: Path, lines: Iterable[str]) -> None:
    """A new file of some text."""
    with files.create(path) as stream:
        stream.writelines(line.encode() for line in lines)


def pack(archive: zipfile.ZipFile, lines: Iterable[str]) -> None:
    """The one XML file of an archive, deflated."""
    with archive.open(archives.entry(NAME, zipfile.ZIP_DEFLATED), "w") as stream:
        for line in lines:
            stream.write(line.encode())
