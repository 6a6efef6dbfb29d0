"""Where MOTChallenge's files lie, in a folder or in a ``.zip`` as CVAT exports it.

``gt/gt.txt`` (or ``det/det.txt``) with ``seqinfo.ini`` beside those folders; such sequences in a
folder, or in the folders of splits (``train/MOT17-02/gt/gt.txt``); or a lone text file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from formats import archives, files, splits
from formats.errors import FormatError
from formats.format import Match

__all__ = ["SEQINFO", "Sequence", "Tree", "detected", "found", "sniff", "split_of"]

SEQINFO, LABELS = "seqinfo.ini", "labels.txt"
DEEP = ("", "*/", "*/*/")
SAMPLE = 20
_LINE = re.compile(r"\s*\d+\s*,\s*-?\d+\s*(,\s*-?[\d.]+(e-?\d+)?\s*){4,8}\s*")


@dataclass(frozen=True, slots=True)
class Sequence:
    """One text file of rows, with what lies beside it; `folder` is below the set's root."""

    tree: Tree
    file: str
    folder: str

    @property
    def kind(self) -> str:
        """``gt`` or ``det`` by the file's name, "" where it does not tell."""
        stem = PurePosixPath(self.file).stem
        return stem if stem in ("gt", "det") else ""

    @property
    def where(self) -> str:
        """The place of the file for messages."""
        return self.tree.where(self.file)

    @property
    def split(self) -> str:
        """The split that a folder above the sequence names."""
        return split_of(self.folder)

    def text(self) -> str:
        """The rows."""
        return self.tree.text(self.file)

    def seqinfo(self) -> str:
        """``seqinfo.ini``, "" where there is none."""
        return self.tree.text(f"{self.folder}{SEQINFO}") if self.has(SEQINFO) else ""

    def labels(self) -> list[str] | None:
        """The lines of ``labels.txt``, None where there is none."""
        beside = f"{PurePosixPath(self.file).parent}/{LABELS}".removeprefix("./")
        if not self.tree.has(beside):
            return None
        return [line.strip() for line in self.tree.text(beside).splitlines() if line.strip()]

    def has(self, name: str) -> bool:
        """Whether a file or folder lies beside the sequence."""
        return self.tree.has(f"{self.folder}{name}")


@dataclass(frozen=True, slots=True)
class Tree:
    """A folder, or a ``.zip``; names are relative, with ``/``."""

    root: Path
    names: frozenset[str] | None = None
    """The names in a ``.zip``, None for a folder."""

    @classmethod
    def of(cls, path: Path) -> Tree:
        """The tree of a folder or ``.zip``; FormatError for a ``.zip`` that cannot be read."""
        if path.is_dir():
            return cls(path)
        with archives.opened(path) as archive:
            return cls(path, frozenset(archive.namelist()))

    def match(self, pattern: str) -> list[str]:
        """The names that match a pattern, in their order."""
        if self.names is not None:
            depth = pattern.count("/")
            fits = (n for n in self.names if n.count("/") == depth)
            return sorted(n for n in fits if PurePosixPath(n).match(pattern))
        found = (file.relative_to(self.root) for file in self.root.glob(pattern))
        return sorted(file.as_posix() for file in found)

    def has(self, name: str) -> bool:
        """Whether there is a file or folder of a name."""
        if self.names is None:
            return (self.root / name).exists()
        return name in self.names or any(n.startswith(f"{name}/") for n in self.names)

    def where(self, name: str) -> str:
        """The place of a file for messages."""
        return f"{self.root}/{name}"

    def text(self, name: str) -> str:
        """A UTF-8 file; FormatError where it cannot be read."""
        try:
            return self.data(name).removeprefix(files.BOM).decode()
        except UnicodeDecodeError as error:
            what = f"byte {error.start} is not UTF-8"
            raise FormatError(what, where=self.where(name)) from error

    def data(self, name: str) -> bytes:
        """The bytes of a file; FormatError where it cannot be read."""
        return files.read(self.root / name) if self.names is None else self._member(name)

    def _member(self, name: str) -> bytes:
        with archives.reading(self.where(name)), archives.opened(self.root) as archive:
            return archive.read(name)


def found(path: Path, rows: str) -> list[Sequence]:
    """The sequences of a set by name; `rows` is ``gt``, ``det`` or ``auto`` (truth first)."""
    if path.is_file() and path.suffix.lower() != ".zip":
        return [_lone(path)]
    tree = Tree.of(path)
    for kind in ("gt", "det") if rows == "auto" else (rows,):
        if sequences := _kept(tree, kind):
            return sequences
        for deep in DEEP[:2]:
            names = tree.match(f"{deep}{kind}.txt")
            if names:
                return [Sequence(tree, name, _above(name, 1)) for name in names]
    raise FormatError("no gt/gt.txt or det/det.txt", where=path)


def _kept(tree: Tree, kind: str) -> list[Sequence]:
    """The sequences with a folder of a kind, at any depth: a split has one more than none."""
    names = [name for deep in DEEP for name in tree.match(f"{deep}{kind}/{kind}.txt")]
    return [Sequence(tree, name, _above(name, 2)) for name in names]


def detected(sequences: list[Sequence], rows: str) -> list[str]:
    """The files of sequences that have detections alone, where others have truth and are read."""
    if rows != "auto" or sequences[0].kind != "gt":
        return []
    read = {sequence.folder for sequence in sequences}
    return [one.file for one in _kept(sequences[0].tree, "det") if one.folder not in read]


def split_of(folder: str) -> str:
    """The split that a folder above that of a sequence names, as it is spelled; "" for none."""
    above = PurePosixPath(folder).parts[:-1]
    return next((name for name in above if splits.known(name)), "")


def _lone(path: Path) -> Sequence:
    inside = path.parent.name in ("gt", "det") and path.stem == path.parent.name
    root = path.parent.parent if inside else path.parent
    return Sequence(Tree(root), path.relative_to(root).as_posix(), "")


def _above(name: str, levels: int) -> str:
    """The folder some levels above a file, with a ``/`` at its end, "" for the root."""
    parts = PurePosixPath(name).parts[:-levels]
    return "".join(f"{part}/" for part in parts)


def sniff(path: Path) -> Match | None:
    """A claim on a sequence, on a folder or ``.zip`` of some, or on a file of such lines."""
    if path.is_file() and path.suffix.lower() not in (".txt", ".zip"):
        return None
    try:
        sequences = found(path, "auto")
        first = next((line for one in sequences[:SAMPLE] for line in _lines(one)), "")
    except FormatError:
        return None
    if not (_LINE.fullmatch(first) if first else sequences[0].has(SEQINFO)):
        return None
    named = bool(sequences[0].kind)
    return Match(f"{len(sequences)} MOT sequences", 0.9 if named else 0.6)


def _lines(sequence: Sequence) -> Iterator[str]:
    return (line for line in sequence.text().splitlines() if line.strip())
