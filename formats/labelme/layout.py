"""Where LabelMe's label files and their pictures lie, and whose they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from formats import files
from formats.errors import FormatError
from formats.format import Match
from formats.labelme import document
from formats.labelme.dialect import ANYLABELING, LABELME, Dialect
from formats.labelme.document import Document
from formats.losses import Losses
from formats.pictures import is_picture

__all__ = ["ENDING", "Tree", "sniffer"]

ENDING = ".json"
LISTS = (LABELME.classes, ANYLABELING.classes)
SAMPLE = 20
"""Label files that are looked into to see which tool wrote them."""
SIGNS = frozenset({"checked", "chat_history", "vqaData"})
"""Keys of a file that X-AnyLabeling alone writes."""
SHAPES = frozenset({"rotation", "quadrilateral", "cuboid"})
"""Types of shapes that only X-AnyLabeling has."""


@dataclass(slots=True)
class Tree:
    """The JSON files and pictures below a folder, relative to it, with ``/``, in order."""

    root: Path
    labels: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, path: Path) -> Tree:
        """Those of a folder, or a lone file; FormatError for neither JSON nor a list of classes."""
        if path.is_file():
            return cls(path.parent, [path.name])
        tree = cls(path)
        for name in files.below(path):
            if name.lower().endswith(ENDING):
                tree.labels.append(name)
            elif is_picture(name):
                tree.pictures.append(name)
        if not tree.labels and not any((path / name).is_file() for name in LISTS):
            raise FormatError("no JSON file in the folder", where=path)
        return tree


def sniffer(dialect: Dialect) -> Callable[[Path], Match | None]:
    """The claim of one of the two formats on a label file, or on a folder of them."""

    def sniff(path: Path) -> Match | None:
        if path.is_file() and path.suffix.lower() != ENDING:
            return None
        found = list(_sample(path))
        if not found or (dialect is ANYLABELING) != _any_labeling(found):
            return None
        what = "a label file" if path.is_file() else "label files beside pictures"
        return Match(f"{what} of {dialect.name}", 0.9)

    return sniff


def _sample(path: Path) -> Iterator[Document]:
    """Some label files; none where a file has no form of theirs."""
    names = [path] if path.is_file() else _first(path)
    for name in names:
        if not _promising(name):
            continue
        try:
            found = document.load(name, Losses())
        except FormatError:
            continue
        if found is not None:
            yield found


def _first(path: Path) -> list[Path]:
    """The first JSON files of a folder, else of those in it."""
    found: list[Path] = []
    for name in files.below(path):
        if name.lower().endswith(ENDING):
            found.append(path / name)
        if len(found) == SAMPLE:
            break
    return found


def _promising(path: Path) -> bool:
    """Whether the keys of a label file stand in the head or the tail of a file."""
    try:
        with path.open("rb") as stream:
            head = stream.read(1 << 16)
            stream.seek(max(0, path.stat().st_size - (1 << 16)))
            both = head + stream.read()
    except OSError:
        return False
    start = head.removeprefix(files.BOM).lstrip()[:1]
    return start == b"{" and b'"imagePath"' in both and b'"shapes"' in both


def _any_labeling(found: list[Document]) -> bool:
    """Whether X-AnyLabeling wrote them: by its keys, and never a shape with a mask."""
    shapes = [shape for one in found for shape in one.shapes if isinstance(shape, dict)]
    if any("mask" in shape for shape in shapes):
        return False
    if any(SIGNS & one.further.keys() for one in found):
        return True
    return any(_drawn(shape) for shape in shapes)


def _drawn(shape: dict[str, Any]) -> bool:
    kind, points = str(shape.get("shape_type")), shape.get("points")
    corners = kind == "rectangle" and isinstance(points, list) and len(points) == 4
    return kind in SHAPES or corners or bool({"kie_linking", "difficult"} & shape.keys())
