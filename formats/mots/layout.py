"""Where MOTS files lie, in a folder or in a ``.zip`` as CVAT exports it.

``gt/gt.txt`` beside ``seqinfo.ini`` (MOTSChallenge), ``instances_txt/0000.txt`` (KITTI MOTS), and
pictures in ``instances/`` or ``instances/0000/``; each below folders of sequences and splits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from formats import splits
from formats.errors import FormatError
from formats.format import Match
from formats.mot.layout import SEQINFO, Tree

__all__ = ["INSTANCES", "LABELS", "NUMBERS", "Sequence", "found", "sniff", "split_of"]

TEXTS, INSTANCES = "instances_txt", "instances"
LABELS, NUMBERS = "labels.txt", "tracks.json"
DEEP = ("", "*/", "*/*/")
LINE = re.compile(r"\s*\d+ \d+ \d+ \d+ \d+ [0-o]+\s*")
"""``frame id class height width run-lengths``, as the characters of COCO's counts are."""
_FRAME = re.compile(r".*?(\d+)")


@dataclass(frozen=True, slots=True)
class Sequence:
    """One clip: a text file, or the pictures of its frames.

    `folder` is that of the sequence, `beside` that of its labels, both with a ``/`` at the end.
    """

    tree: Tree
    folder: str
    beside: str
    name: str
    file: str = ""
    pictures: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """The place of the rows for messages."""
        return self.tree.where(self.file or self.beside)

    @property
    def split(self) -> str:
        """The split that a folder of the sequence, or above it, names, as it is spelled."""
        return split_of(self.folder)

    @property
    def from_zero(self) -> bool:
        """Whether frames of such text files are counted from 0, as in KITTI MOTS."""
        return f"{TEXTS}/" in self.beside

    def text(self, name: str) -> str:
        """A file beside the rows, "" where there is none."""
        return self.tree.text(name) if self.tree.has(name) else ""

    def labels(self) -> list[str]:
        """The lines of ``labels.txt``, none where there is no such file."""
        lines = self.text(f"{self.beside}{LABELS}").splitlines()
        return [line.strip() for line in lines if line.strip()]

    def seqinfo(self) -> str:
        """``seqinfo.ini``, "" where there is none."""
        return self.text(f"{self.folder}{SEQINFO}")

    def frames(self) -> list[int]:
        """The number of each picture, by its name, else its position."""
        matches = [_FRAME.fullmatch(PurePosixPath(name).stem) for name in self.pictures]
        numbers = [int(match[1]) for match in matches if match is not None]
        whole = len(set(numbers)) == len(matches) and max(numbers, default=0) < 1 << 30
        return numbers if whole else list(range(len(matches)))


def split_of(folder: str) -> str:
    """The split that a folder of a path names, "" for none."""
    return next((name for name in PurePosixPath(folder).parts if splits.known(name)), "")


def found(path: Path) -> list[Sequence]:
    """The sequences of a set by name; FormatError where there are none."""
    if path.is_file() and path.suffix.lower() != ".zip":
        return [_lone(path)]
    own = path.resolve().name if path.is_dir() else ""
    inner = own in (TEXTS, INSTANCES)
    tree = Tree.of(path.parent if inner else path)
    for search in (_challenge, _texts, _pictures):
        sequences = [one for one in search(tree) if not inner or one.beside == f"{own}/"]
        if sequences:
            return sequences
    raise FormatError("no gt/gt.txt, instances_txt/*.txt or instances/*.png", where=path)


def _lone(path: Path) -> Sequence:
    """A text file alone; ``gt/gt.txt`` with what lies beside its folder."""
    inside = path.name == "gt.txt" and path.parent.name == "gt"
    if inside:
        return Sequence(Tree(path.parent.parent), "", "gt/", "", "gt/gt.txt")
    return Sequence(Tree(path.parent), "", "", path.stem, path.name)


def _challenge(tree: Tree) -> Iterator[Sequence]:
    for deep in DEEP:
        for name in tree.match(f"{deep}gt/gt.txt"):
            folder = name.removesuffix("gt/gt.txt")
            yield Sequence(tree, folder, f"{folder}gt/", PurePosixPath(folder).name, name)


def _texts(tree: Tree) -> Iterator[Sequence]:
    for deep in DEEP:
        for name in tree.match(f"{deep}{TEXTS}/*.txt"):
            beside = name.rpartition("/")[0] + "/"
            if not name.endswith(f"/{LABELS}"):
                folder = beside.removesuffix(f"{TEXTS}/")
                yield Sequence(tree, folder, beside, PurePosixPath(name).stem, name)


def _pictures(tree: Tree) -> Iterator[Sequence]:
    """Folders ``instances`` of pictures, or of folders of pictures."""
    for deep in DEEP:
        for inner in ("", "*/"):
            groups: dict[str, list[str]] = {}
            for name in tree.match(f"{deep}{INSTANCES}/{inner}*.png"):
                groups.setdefault(name.rpartition("/")[0] + "/", []).append(name)
            for place, names in groups.items():
                yield _of_pictures(tree, place, names)


def _of_pictures(tree: Tree, place: str, names: list[str]) -> Sequence:
    head, _, inner = place.rpartition(f"{INSTANCES}/")
    own = inner.strip("/") or PurePosixPath(head).name
    beside = f"{head}{INSTANCES}/"
    return Sequence(tree, head, beside, own, pictures=tuple(names))


def sniff(path: Path) -> Match | None:
    """A claim on text files of such lines, or on folders ``instances`` of pictures."""
    if path.is_file() and path.suffix.lower() not in (".txt", ".zip"):
        return None
    try:
        sequences = found(path)
        fits = bool(sequences[0].pictures) or _fits(sequences)
    except FormatError:
        return None
    return Match(f"{len(sequences)} MOTS sequences", 0.9) if fits else None


def _fits(sequences: list[Sequence]) -> bool:
    """Whether the first line there is looks as it should."""
    for sequence in sequences[:20]:
        lines = sequence.text(sequence.file).splitlines()
        first = next((line for line in lines if line.strip()), None)
        if first is not None:
            return bool(LINE.fullmatch(first))
    return any(sequence.tree.has(f"{sequence.beside}{NUMBERS}") for sequence in sequences)
