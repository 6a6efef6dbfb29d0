"""Where Create ML's files lie, and what they are recognised by."""

from __future__ import annotations

import re
from pathlib import Path

from formats import files, split_files
from formats.errors import FormatError
from formats.format import Match
from formats.split_files import File

__all__ = ["CLASSES", "NAME", "found", "sniff"]

NAME = "_annotations.createml.json"
"""What a file is called in a folder of pictures; Create ML takes any name."""
CLASSES = "classes.txt"
HEAD = 1 << 16
_ENTRY = re.compile(rb'^\[\s*\{(?=[^{}\[]*"(?:image|imagefilename)"\s*:)|^\[\s*\{\s*"annotations?"')
_BOX = re.compile(rb'"coordinates"\s*:\s*\{')
_NAMED = re.compile(rb'"(?:image|imagefilename)"\s*:\s*"')
_LIST = re.compile(rb'"annotations?"\s*:\s*\[')


def found(path: Path) -> list[File]:
    """A lone file, or those of a folder: in it, and in the folders in it."""
    if path.is_file():
        return [File(path)]
    listed = [*split_files.here(path, _sounds), *split_files.below(path, _sounds)]
    if not listed:
        raise FormatError("no file of Create ML in the folder or in those in it", where=path)
    return listed


def _sounds(path: Path) -> bool:
    """Whether a file is a list of pictures with boxes; an empty list only by its name."""
    if path.suffix.lower() != ".json":
        return False
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD).removeprefix(files.BOM).lstrip()
    except OSError:
        return False
    if head.strip() == b"[]":
        return path.name == NAME
    if not _ENTRY.match(head) or not _NAMED.search(head):
        return False
    return bool(_BOX.search(head) or _LIST.search(head))


def sniff(path: Path) -> Match | None:
    """A claim on a file, or on a folder that holds some."""
    if path.is_file():
        told = _sounds(path)
        return Match("a list of Create ML", 0.9) if told else None
    try:
        listed = found(path)
    except (FormatError, OSError):
        return None
    named = all(file.path.name == NAME for file in listed)
    return Match(f"{len(listed)} lists of Create ML", 0.95 if named else 0.85)
