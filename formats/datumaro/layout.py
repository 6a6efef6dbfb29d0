"""Where Datumaro's files lie, and which split each of them is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from formats import splits
from formats.errors import FormatError
from formats.format import Match

__all__ = ["DEFAULT", "FOLDER", "File", "found", "sniff", "split_of"]

FOLDER = "annotations"
DEFAULT = "default"
"""Datumaro's word for no subset."""
HEAD = 1 << 20
_CATEGORIES = re.compile(rb'"categories"\s*:\s*\{')
_OWN = re.compile(rb'"(?:dm_format_version|items)"\s*:')


@dataclass(frozen=True, slots=True)
class File:
    """One file: its split ("" for none) and the folder above ``annotations``, else its own."""

    path: Path
    split: str
    root: Path


def found(path: Path) -> list[File]:
    """The files of a data set, by name; FormatError where there is none."""
    if not path.is_dir():
        return [_file(path)]
    for folder in (path / FOLDER, path):
        files = [_file(file) for file in sorted(folder.glob("*.json")) if _sounds(file)]
        if files:
            return files
    raise FormatError("no file of Datumaro", where=path, hint=f"looked for {FOLDER}/*.json")


def _file(path: Path) -> File:
    within = path.parent.name == FOLDER
    return File(path, split_of(path), path.parent.parent if within else path.parent)


def split_of(path: Path) -> str:
    """The split of a file: its name in a data set's folder; a lone one's where it sounds so."""
    told = path.parent.name == FOLDER or splits.known(path.stem)
    return path.stem if told and path.stem != DEFAULT else ""


def _sounds(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD)
    except OSError:
        return False
    if not head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return False
    return bool(_CATEGORIES.search(head) and _OWN.search(head))


def sniff(path: Path) -> Match | None:
    """A claim on a file of Datumaro, or on a folder with some."""
    if path.is_file():
        return Match("a file of Datumaro", 0.95) if _sounds(path) else None
    if not path.is_dir():
        return None
    try:
        files = found(path)
    except FormatError:
        return None
    return Match(f"{len(files)} file{'s' * (len(files) > 1)} of Datumaro", 0.95)
