"""Writing: a label file for each picture that was looked at, and what stands beside them."""

from __future__ import annotations

from pathlib import Path

from formats import class_list, files, size_list, splits, staging, unheld
from formats.annotations import Annotations
from formats.carrying import SPLITS
from formats.columns import Flag, Kind
from formats.dataset import Chunk, Dataset, Item
from formats.losses import Losses
from formats.namesakes import Namesakes, tidy
from formats.paired import classes, tree
from formats.paired.layout import DEFAULT, split_of
from formats.paired.options import PairedOptions
from formats.paired.placing import picture_place
from formats.paired.rule import Rule
from formats.putting import Putter
from formats.tracks import stills

__all__ = ["write"]

SKIPPED = "ignore region left out"


def write(rule: Rule, dataset: Dataset, path: Path, options: PairedOptions) -> Losses:
    """Write a data set as folders of pictures and of label files; what could not be held.

    Frames of clips are written as pictures.
    """
    dataset = stills.of_frames(dataset)
    with staging.opened(dataset, path, options) as (folder, losses):
        staging.fill(_Writer(rule, dataset, folder, options, losses), dataset)
    return losses


class _Writer:
    """One set in the making."""

    def __init__(
        self, rule: Rule, dataset: Dataset, folder: Path, options: PairedOptions, losses: Losses
    ) -> None:
        self.rule, self.dataset, self.folder = rule, dataset, folder
        self.options, self.losses = options, losses
        self.places = Namesakes(options.on_collision)
        self.putter = Putter(dataset.root, folder, options.images)
        self.words = classes.words(dataset.labels, rule.blank)
        self.sizes: list[str] = []
        self.lists: dict[str, list[str]] = {}
        self.labelled = False

    def add(self, chunk: Chunk) -> None:
        """Write the label files of a chunk."""
        texts = _texts(self, chunk)
        for item, looked, text in zip(chunk.items, chunk.looked.tolist(), texts, strict=True):
            wanted = picture_place(item, self.rule)
            picture = self.places.place(tidy(wanted), wanted)
            if looked:
                self.labelled = True
                labels = tree.label_file(picture, self.rule)
                self._write(labels, self.rule.heading(item.extra) + text)
            self.putter.put(item, picture)
            self._list(item, picture)

    def _list(self, item: Item, picture: str) -> None:
        self.sizes.append(size_list.row(picture, item.size))
        _, name = tree.key(picture, self.rule, labels=False)
        split = splits.canonical(item.split) if item.split else DEFAULT
        self.lists.setdefault(split, []).append(f"{name}\n")
        told = self.rule.lists or split_of(picture, self.rule) == splits.canonical(item.split)
        self.losses.add(SPLITS["all"], int(not told), f"{item.path}: {item.split}")
        further = item.extra.keys() - self.rule.extra
        self.losses.add("picture with unknown keys", int(bool(further)), item.path)

    def finish(self) -> None:
        """Write the list of pictures, those of the splits, and the maps."""
        if not self.labelled:
            (self.folder / self.rule.labels).mkdir(exist_ok=True)
        self._write(size_list.FILE, "".join(self.sizes))
        files.put(self.folder / class_list.FILE, class_list.written(self.dataset.labels))
        for split, names in self.lists.items() if self.rule.lists else ():
            self._write(f"{self.rule.lists}/{split}.txt", "".join(names))
        self.places.write(self.folder, self.losses)
        self._tell()
        self.putter.report(self.losses)

    def _tell(self) -> None:
        names = [label.name for label in self.dataset.labels]
        changed = [f"{n} is {w}" for n, w in zip(names, self.words, strict=True) if n != w]
        if changed:
            self.losses.note(
                f"names of classes with blanks: {', '.join(changed)}; see {class_list.FILE}"
            )

    def _write(self, name: str, text: str) -> None:
        files.put(self.folder / name, text.encode())


def _texts(writer: _Writer, chunk: Chunk) -> list[str]:
    """The lines of each picture of a chunk."""
    rule, losses = writer.rule, writer.losses
    where = chunk.paths()
    table = _cut(chunk.annotations, writer.options, losses, where)
    words = [writer.words[k] for k in table.labels.tolist()]
    found: list[list[str]] = [[] for _ in chunk.items]
    images = table.images.tolist()
    for row, line in rule.lines(table, words, losses, where):
        found[images[row]].append(f"{line}\n")
    return ["".join(lines) for lines in found]


def _cut(
    table: Annotations, options: PairedOptions, losses: Losses, where: list[str]
) -> Annotations:
    """The rows to write: no tags, and no ignore regions where those are not wanted."""
    tags = table.kinds == Kind.TAG
    unheld.count(losses.add, "tag of a whole picture", table, tags, where)
    left = ~tags
    if options.crowd == "skip":
        crowds = table.flagged(Flag.CROWD) & left
        unheld.count(losses.add, SKIPPED, table, crowds, where)
        left &= ~crowds
    return table if left.all() else table[left]
