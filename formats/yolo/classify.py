"""Classify: ``split/class/picture``; the folder that a picture lies in is its class."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np

from formats import splits, staging, unheld
from formats.annotations import Annotations
from formats.columns import Kind
from formats.dataset import Chunk, Dataset, Item
from formats.errors import FormatError
from formats.losses import Losses
from formats.namesakes import Namesakes, tidy
from formats.putting import Putter
from formats.tracks import stills
from formats.yolo import sidecar
from formats.yolo.beside import Beside
from formats.yolo.folders import folder_name
from formats.yolo.options import ClassifyOptions
from formats.yolo.placing import split_folder

__all__ = ["write"]

CARRIED = frozenset({"scores"})


def write(dataset: Dataset, path: Path, options: ClassifyOptions) -> Losses:
    """Write the tags of a data set as folders of classes; what could not be held."""
    dataset = stills.of_frames(dataset)
    with staging.opened(dataset, path, options) as (folder, losses):
        staging.fill(_Writer(dataset, folder, options, losses), dataset)
    return losses


class _Writer:
    """One set in the making."""

    def __init__(
        self, dataset: Dataset, folder: Path, options: ClassifyOptions, losses: Losses
    ) -> None:
        self.dataset, self.options, self.losses = dataset, options, losses
        self.folders = [folder_name(label.name) for label in dataset.labels]
        self.places = Namesakes(options.on_collision, str, "")
        self.putter = Putter(dataset.root, folder, options.images)
        self.beside = Beside(folder)
        self.folder, self.splits = folder, {"train"}
        for label, name in zip(dataset.labels, self.folders, strict=True):
            if self.folders.count(name) > 1:
                raise FormatError(f"two classes have the folder {name!r}", where=label.name)

    def add(self, chunk: Chunk) -> None:
        """Put the pictures of a chunk."""
        for item in chunk.walk():
            tag = self._tag(item)
            folder = self.folders[int(tag.labels[0])] if len(tag) else ""
            place = self._place(item, folder)
            self.putter.put(item, place)
            self.beside.picture(place, item)
            names = sidecar.present(tag)
            self.beside.scores(sidecar.line(place, tag, names))

    def _tag(self, item: Item) -> Annotations:
        """The one tag of a picture: the surest, else the first; empty where it has none."""
        rows = item.annotations if item.annotations is not None else Annotations.empty()
        tagged = rows.kinds == Kind.TAG
        self.losses.add("shape in a picture", int((~tagged).sum()), item.path)
        tags = rows[tagged]
        self.losses.add("further class of a picture", max(len(tags) - 1, 0), item.path)
        if not len(tags):
            self.losses.add("picture without a class", int(item.annotations is not None), item.path)
            return tags
        best = int(np.argmax(np.nan_to_num(tags.scores, nan=-1.0)))
        chosen = tags[best : best + 1]
        unheld.report(chosen, CARRIED, self.losses, item.path)
        return chosen

    def _place(self, item: Item, folder: str) -> str:
        """``split/class/path``, where the path does not repeat split and class.

        A picture without a split goes where ultralytics looks first, to train; its list tells. One
        without a class whose path has folders goes below ``images/``, where they are no classes.
        """
        split = splits.canonical(split_folder(item.split, item.path)) or "train"
        self.splits.add(split)
        name = tidy(item.path)
        parts = name.split("/")
        if parts[0] == "images" and len(parts) > 1:
            parts = parts[1:]
        for lead in (split, folder):
            if len(parts) > 1 and splits.canonical(parts[0]) == lead:
                parts = parts[1:]
        apart = "" if folder or len(parts) == 1 else "images"
        place = "/".join(part for part in (apart, split, folder, *parts) if part)
        return self.places.place(place, item.path)

    def finish(self) -> None:
        """Write the lists and the maps; a data.yaml would be taken for that of a label set.

        Every split has a folder of every class: the loader numbers the folders of each split.
        """
        for split, name in product(sorted(self.splits), self.folders):
            (self.folder / split / name).mkdir(parents=True, exist_ok=True)
        self.beside.finish("", self.dataset.labels, {}, self.places, self.losses)
        self.putter.report(self.losses)
