"""Which CSV files a set has: told by their first line, wherever they lie.

``annotations/train-annotations-bbox.csv`` as datumaro has it, ``train/labels/detections.csv`` as
FiftyOne does, or the published files in one folder.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from formats import splits
from formats.errors import FormatError
from formats.format import Match
from formats.openimages.columns import COORDINATES, LABELS

__all__ = ["Layout", "Table", "found", "prefix", "sniff"]

KINDS: dict[str, frozenset[str]] = {
    "boxes": frozenset({"ImageID", "LabelName", *COORDINATES}),
    "masks": frozenset({"MaskPath", "ImageID", "LabelName"}),
    "relationships": frozenset({"ImageID", "LabelName1", "LabelName2"}),
    "points": frozenset({"ImageId", "X", "Y", "Label"}),
    "labels": frozenset(LABELS) - {"Source"},
    "images": frozenset({"ImageID", "Subset"}),
    "classes": frozenset({"LabelName", "DisplayName"}),
}
"""Kind of a file -> columns that tell it; the first that fits."""
INNER = ("annotations", "labels", "metadata")
_CLASSES = re.compile(r".*class-descriptions.*|classes")
_SPLIT = re.compile(r"(?:oidv\d+-)?(?P<split>.+?)-(?:annotations|images)\b.*")
HEAD = 1 << 16
SURE, DOUBTFUL = 0.95, 0.4


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file: its kind, its columns and the split that its name or folder tells."""

    path: Path
    kind: str
    columns: tuple[str, ...]
    split: str
    headed: bool = True


@dataclass(slots=True)
class Layout:
    """The files of a set by kind; `root` is the folder of its pictures and masks."""

    root: Path
    tables: list[Table] = field(default_factory=list)

    def of(self, kind: str) -> list[Table]:
        """The files of a kind."""
        return [table for table in self.tables if table.kind == kind]


def prefix(split: str) -> str:
    """What a split is called in names of files: ``validation``, not val."""
    return {"val": "validation", "": "default"}.get(split, split)


def found(path: Path) -> Layout:
    """The layout of a folder, or of one CSV file with the classes that lie beside it."""
    root = path if path.is_dir() else path.parent
    if root.name in INNER:
        root = root.parent
    tables = [table for file in _files(root) if (table := _table(file, root)) is not None]
    if path.is_file():
        own = path.resolve()
        tables = [t for t in tables if t.kind == "classes" or t.path.resolve() == own]
    layout = Layout(root, sorted(tables, key=lambda t: (_rank(t.split), t.path.name)))
    if not layout.tables:
        raise FormatError("no CSV file with a column ImageID and further columns", where=path)
    return layout


def _rank(split: str) -> int:
    usual = ("train", "val", "test")
    return usual.index(split) if split in usual else len(usual)


def _files(root: Path) -> Iterator[Path]:
    """The CSV files of a folder, of its inner ones, and of those of splits."""
    places = [root, *(root / name for name in INNER)]
    inner = sorted(p for p in root.iterdir() if p.is_dir() and splits.known(p.name))
    places += [p for folder in inner for p in (folder, *(folder / name for name in INNER))]
    for place in places:
        if place.is_dir():
            yield from sorted(p for p in place.iterdir() if p.suffix.lower() == ".csv")


def _table(file: Path, root: Path) -> Table | None:
    """What a file is, None for one that is none of these."""
    columns = _first(file)
    if columns is None:
        return None
    split = _split(file, root)
    for kind, told in KINDS.items():
        if told <= set(columns):
            return Table(file, kind, columns, split)
    if len(columns) == 2 and _CLASSES.fullmatch(file.stem):
        return Table(file, "classes", ("LabelName", "DisplayName"), split, headed=False)
    return None


def _first(file: Path) -> tuple[str, ...] | None:
    """The cells of the first line, None where it is no text."""
    try:
        with file.open("rb") as stream:
            line = stream.readline(HEAD).decode("utf-8-sig")
        return tuple(next(csv.reader([line]), ()))
    except (OSError, UnicodeDecodeError, csv.Error):
        return None


def _split(file: Path, root: Path) -> str:
    match = _SPLIT.fullmatch(file.stem)
    if match is not None:
        name = match["split"]
        return "" if name == prefix("") else splits.canonical(name)
    folders = file.relative_to(root).parts[:-1]
    return next((splits.canonical(name) for name in folders if splits.known(name)), "")


def sniff(path: Path) -> Match | None:
    """A claim on files with OpenImages' columns, or on one of them."""
    if path.is_file() and path.suffix.lower() != ".csv":
        return None
    try:
        layout = found(path)
    except (FormatError, OSError):
        return None
    told = any(layout.of(kind) for kind in ("boxes", "masks", "labels", "images"))
    return Match(f"{len(layout.tables)} OpenImages files", SURE if told else DOUBTFUL)
