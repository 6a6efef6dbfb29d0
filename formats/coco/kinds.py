"""What a COCO file tells of its pictures: objects, nothing, segments of panoptic maps, captions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

__all__ = ["ASIDE", "best", "of"]

Kind = Literal["objects", "info", "panoptic", "captions"]
ORDER: tuple[Kind, ...] = ("objects", "info", "panoptic", "captions")
"""Of several kinds in one folder, the first is read."""
ASIDE: tuple[Kind, ...] = ("info", "panoptic", "captions")
EDGE = 1 << 16
PIECE = 1 << 22
LONGEST = 64
_CAPTION = re.compile(rb'"caption"\s*:')
_OBJECT = re.compile(rb'"category_id"\s*:')
_LIST = re.compile(rb'"annotations"\s*:\s*\[')


def best(files: Sequence[Path]) -> list[Path]:
    """Those of the first kind that there is; a file alone is not looked into."""
    if len(files) < 2:
        return list(files)
    found = {file: of(file) for file in files}
    chosen = next(kind for kind in ORDER if kind in found.values())
    return [file for file in files if found[file] == chosen]


def of(path: Path) -> Kind:
    """The kind of a file, by its first and last bytes and by whether it has annotations at all."""
    try:
        with path.open("rb") as stream:
            edges = stream.read(EDGE)
            stream.seek(max(0, path.stat().st_size - EDGE))
            edges += stream.read()
    except OSError:
        return "objects"
    if b'"segments_info"' in edges:
        return "panoptic"
    if _CAPTION.search(edges) and not _OBJECT.search(edges):
        return "captions"
    return "objects" if _has_annotations(path) else "info"


def _has_annotations(path: Path) -> bool:
    with path.open("rb") as stream:
        end = b""
        while piece := stream.read(PIECE):
            if _LIST.search(end + piece):
                return True
            end = piece[-LONGEST:]
    return False
