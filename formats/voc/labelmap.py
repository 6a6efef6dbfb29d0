"""``labelmap.txt``: classes with their colours in label maps, as CVAT and datumaro have it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from formats import files
from formats.dataset import Label
from formats.label_maps import palette

__all__ = ["BACKGROUND", "FILE", "VOC", "Line", "read", "text"]

FILE = "labelmap.txt"
HEAD = "# label:color_rgb:parts:actions"
_SIGNS = re.compile(r"[,:\r\n]")
BACKGROUND = "background"
VOC = (
    *("aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow"),
    *("diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa"),
    *("train", "tvmonitor"),
)
"""The classes of Pascal VOC, in the order of its label maps."""


@dataclass(frozen=True, slots=True)
class Line:
    """A class and its colour R + 256 G + 65536 B, None where none is told."""

    name: str
    colour: int | None


def read(base: Path) -> list[Line]:
    """The lines of a set's labelmap.txt in their order; none without that file."""
    path = base / FILE
    found = []
    for _, line in files.lines(path) if path.is_file() else ():
        if line.strip() and not line.startswith("#"):
            name, _, rest = line.partition(":")
            found.append(Line(name.strip(), _colour(rest.partition(":")[0])))
    return found


def _colour(text: str) -> int | None:
    parts = text.split(",")
    if len(parts) != 3 or not all(p.strip().isdecimal() and len(p) < 5 for p in parts):
        return None
    red, green, blue = (min(int(part), 255) for part in parts)
    return red | green << 8 | blue << 16


def text(labels: Sequence[Label], note: str, parts: Mapping[int, Iterable[str]]) -> str:
    """The file: the background, then the classes with VOC's colours.

    `parts`: the names of the parts that objects of a class have; datumaro refuses others.
    """
    names = [BACKGROUND, *(" ".join(label.name.splitlines()) for label in labels)]
    rows = zip(names, palette(len(names)).tolist(), strict=True)
    lines = (
        f"{name}:{','.join(map(str, colour))}:{_listed(parts.get(k - 1, ()))}:\n"
        for k, (name, colour) in enumerate(rows)
    )
    return f"{HEAD}\n{note}\n{''.join(lines)}"


def _listed(parts: Iterable[str]) -> str:
    """Names of parts in their list, which cannot hold every sign."""
    return ",".join(name for name in parts if not _SIGNS.search(name))
