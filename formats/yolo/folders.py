"""Reading of classify sets: folders of pictures that are named after classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import numpy as np

from formats import files, splits
from formats.annotations import Annotations
from formats.columns import Kind
from formats.dataset import CHUNK_ITEMS, Chunk, Dataset, Item
from formats.errors import FormatError
from formats.size_list import Sizes
from formats.yolo import labels, restoring, sidecar
from formats.yolo.config import Config
from formats.yolo.listing import of_folder
from formats.yolo.options import ClassifyOptions
from formats.yolo.paths import absolute, is_picture
from formats.yolo.problems import Problems

__all__ = ["folder_name", "read", "split_folders"]

UNSAFE = '/\\:*?"<>|%'
NO_SPLIT = "images"


def folder_name(name: str) -> str:
    """The folder of a class: its name, where characters that no folder may have are ``%XX``.

    ``N/A`` is ``N%2FA``; a dot or blank at the end is quoted too, and no name is ``%``.
    """
    safe = "".join(quote(c, safe="") if c in UNSAFE or ord(c) < 32 else c for c in name)
    if not safe:
        return "%"
    if safe != safe.rstrip(". "):
        return safe[:-1] + "".join(f"%{byte:02X}" for byte in safe[-1:].encode())
    return safe


def split_folders(root: Path) -> list[Path]:
    """The folders of a set that are named after splits."""
    return sorted(p for p in root.iterdir() if p.is_dir() and splits.known(p.name))


def read(path: Path, options: ClassifyOptions) -> Dataset:
    """The pictures of ``split/class/`` folders, or of ``class/`` folders alone, as tags."""
    if not path.is_dir():
        raise FormatError("expected a folder of split/class/picture", where=path)
    found = _Found(Path(absolute(path)), Problems(options.strict))
    found.scan()
    sizes = Sizes(options.sizes, path)
    kept = sidecar.load(path / sidecar.FILE)
    classes = labels.of(Config(path, (path,), found.names()), path)
    ranks = {label.name: k for k, label in enumerate(classes)}  # as other tools call folders
    ranks |= {folder_name(label.name): k for k, label in enumerate(classes)}

    def chunks() -> Iterator[Chunk]:
        for start in range(0, len(found.paths), CHUNK_ITEMS):
            yield _chunk(found, slice(start, start + CHUNK_ITEMS), ranks, sizes, kept)

    return Dataset(classes, chunks, root=str(found.root), losses=found.problems.losses)


@dataclass(slots=True)
class _Found:
    """Pictures below `root`, the split of each, and the folder that is its class ("" for none)."""

    root: Path
    problems: Problems
    paths: list[str] = field(default_factory=list)
    splits: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)

    def scan(self) -> None:
        """Listed pictures first, in the order of the lists; then what else the folders hold."""
        depth = 1 if split_folders(self.root) else 0
        seen: set[str] = set()
        for path, split in [*self._listed(), *self._lying(depth)]:
            if path in seen:
                continue
            seen.add(path)
            parts = path.split("/")
            classed = len(parts) > depth + 1 and (not depth or splits.known(parts[0]))
            self.paths.append(path)
            self.splits.append(split)
            self.folders.append(parts[depth] if classed else "")
        self._told(seen)

    def _told(self, seen: set[str]) -> None:
        """Tell pictures that lie in no folder of a split, where there are such folders."""
        beyond = [path for path in self._all() if path not in seen]
        if beyond:
            what = "expected in the folder of a split and a class"
            self.problems.left_out("picture", self.root / beyond[0], what, len(beyond))

    def _listed(self) -> Iterator[tuple[str, str]]:
        for file in sorted(self.root.glob("*.txt")):
            split = "" if file.stem == NO_SPLIT else file.stem
            for _, line in files.lines(file):
                if line.startswith("./") and is_picture(line):
                    yield files.safe(line[2:], file), split

    def _all(self) -> Iterator[str]:
        return (picture[len(str(self.root)) + 1 :] for picture in of_folder(self.root))

    def _lying(self, depth: int) -> Iterator[tuple[str, str]]:
        for path in self._all():
            first = path.split("/")[0]
            if depth and not splits.known(first):
                continue
            yield path, splits.canonical(first) if depth else ""

    def names(self) -> dict[int, str]:
        """The classes: those of ``classes.json``, then those of other folders, by name.

        A folder without pictures is a class too, as it is for the loader.
        """
        kept = labels.names_of(self.root)
        present = {folder for folder in self.folders if folder}
        empty = {
            e.name for split in split_folders(self.root) for e in split.iterdir() if e.is_dir()
        }
        further = (present | empty) - {folder_name(name) for name in kept}
        return dict(enumerate([*kept, *sorted(further)]))


def _chunk(
    found: _Found,
    part: slice,
    ranks: dict[str, int],
    sizes: Sizes,
    kept: dict[str, sidecar.Kept],
) -> Chunk:
    paths, folders = found.paths[part], found.folders[part]
    classes = np.array([ranks.get(folder, -1) for folder in folders], dtype=np.int32)
    tagged = classes >= 0
    rows = np.flatnonzero(tagged).astype(np.int32)
    kinds = np.full(len(rows), Kind.TAG, dtype=np.uint8)
    table = Annotations.of(len(rows), images=rows, kinds=kinds, labels=classes[tagged])
    restored = restoring.restored(table, kept, paths, tagged.astype(np.int64), found.problems)
    items = [
        Item(path, sizes.find(path, str(found.root)), split=split)
        for path, split in zip(paths, found.splits[part], strict=True)
    ]
    return Chunk(items, restored, tagged)
