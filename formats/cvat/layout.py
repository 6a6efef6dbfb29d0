"""Where CVAT's XML files lie: a lone one, a ``.zip`` as CVAT exports it, or a folder of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from formats import archives
from formats.errors import FormatError
from formats.format import Match

__all__ = ["IMAGE", "NAME", "ROOT", "Source", "found", "sniff"]

NAME = "annotations.xml"
HEAD = 1 << 20
"""Bytes that tell images from tracks: the classes of a project come first."""
ROOT = re.compile(rb"<annotations[\s>]")
IMAGE = re.compile(rb"<image\s+[^>]*\b(?:id|name)=")
"""A picture; other tools leave out its id."""
_VIDEO = re.compile(rb"<track\s+[^>]*\blabel=|<mode>\s*interpolation\s*</mode>")


@dataclass(frozen=True, slots=True)
class Source:
    """One XML file; `member` is its name in a ``.zip``, "" for a file of its own."""

    path: Path
    member: str = ""

    @property
    def name(self) -> str:
        """The place for messages."""
        return f"{self.path}/{self.member}" if self.member else str(self.path)

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The bytes; FormatError where they cannot be read."""
        with archives.reading(self.name):
            if not self.member:
                with self.path.open("rb") as stream:
                    yield stream
                return
            with archives.opened(self.path) as archive, archive.open(self.member) as stream:
                yield stream  # type: ignore[misc]


def found(path: Path) -> list[Source]:
    """The files of a data set, by name; FormatError where there is none."""
    if path.is_dir():
        files = _in_folder(path)
        sources = [source for file in files for source in _of_file(file)]
    else:
        sources = _of_file(path)
    if not sources:
        raise FormatError("no XML file of CVAT", where=path)
    return sources


def _in_folder(path: Path) -> list[Path]:
    """XML and zip files of a folder, else those of the folders in it."""
    for pattern in (f"{NAME}", "*.xml", "*.zip", f"*/{NAME}", "*/*.xml"):
        files = sorted(file for file in path.glob(pattern) if file.is_file())
        if files:
            return files
    return []


def _of_file(path: Path) -> list[Source]:
    if path.suffix.lower() != ".zip":
        return [Source(path)]
    with archives.opened(path) as archive:
        names = sorted(name for name in archive.namelist() if name.lower().endswith(".xml"))
    return [Source(path, name) for name in names]


def sniff(path: Path) -> Match | None:
    """A claim on CVAT's XML of a video: one with tracks, or of a task that interpolates."""
    if not path.is_dir() and path.suffix.lower() not in (".xml", ".zip"):
        return None
    try:
        sources = found(path)
        with sources[0].open() as stream:
            head = stream.read(HEAD)
    except FormatError:
        return None
    if not ROOT.search(head) or IMAGE.search(head) or not _VIDEO.search(head):
        return None
    layout = "CVAT for video" + ("" if len(sources) == 1 else f", {len(sources)} files")
    return Match(layout, 0.95 if len(sources) == 1 else 0.9)
