"""Where VIA's files lie, and what they are recognised by."""

from __future__ import annotations

import re
from pathlib import Path

from formats import files, split_files
from formats.errors import FormatError
from formats.format import Match
from formats.split_files import File
from formats.via.document import HEADER

__all__ = ["NAME", "found", "sniff"]

NAME = "via_project.json"
"""What the file is called in a target that is a folder."""
HEAD = 1 << 16
_PROJECT = re.compile(rb'"_via_img_metadata"\s*:')
_PICTURE = re.compile(
    rb'^\{\s*"[^"]*"\s*:\s*\{(?=.{0,4000}"filename"\s*:)(?=.{0,4000}"regions"\s*:)'
    rb'(?=.*"(?:file_attributes|shape_attributes)"\s*:)',
    re.DOTALL,
)
_THIRD = re.compile(rb'"vid_list"\s*:')
_COLUMNS = re.compile(rb"^#?" + ",".join(HEADER).encode())


def found(path: Path) -> list[File]:
    """A lone file, or those of a folder: in it, else in the folders in it."""
    if path.is_file():
        return [File(path)]
    listed = split_files.here(path, _is_one) or list(split_files.below(path, _is_one))
    if not listed:
        raise FormatError("no file of VIA in the folder or in those in it", where=path)
    return listed


def _is_one(path: Path) -> bool:
    return bool(_layout(path))


def _layout(path: Path) -> str:
    """What a file looks like, "" for none of VIA's."""
    if path.suffix.lower() not in (".json", ".csv") or not path.is_file():
        return ""
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD).removeprefix(files.BOM).lstrip()
            stream.seek(max(0, path.stat().st_size - HEAD))
            both = head + stream.read()
    except OSError:
        return ""
    if path.suffix.lower() == ".csv":
        return "annotations of VIA as CSV" if _COLUMNS.match(head) else ""
    if not head.startswith(b"{"):
        return ""
    if _PROJECT.search(both):
        return "a project of VIA 2"
    if _THIRD.search(both) and b'"metadata"' in both and b'"attribute"' in both:
        return "a project of VIA 3"
    return "annotations of VIA" if _PICTURE.match(head) else ""


def sniff(path: Path) -> Match | None:
    """A claim on a file, or on a folder that holds some."""
    if path.is_file():
        layout = _layout(path)
        return Match(layout, 0.95) if layout else None
    try:
        listed = found(path)
    except (FormatError, OSError):
        return None
    return Match(f"{_layout(listed[0].path)}, {len(listed)} in the folder", 0.9)
