"""A data set as label files of LabelMe or X-AnyLabeling, one beside each picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from formats import class_names, clip_list, files, marks, staging, unheld
from formats.annotations import Annotations
from formats.columns import Kind
from formats.dataset import Chunk, Dataset, Item
from formats.labelme import skeletons
from formats.labelme.dialect import ANYLABELING, Dialect
from formats.labelme.elements import Writer
from formats.labelme.entries import ORDER
from formats.labelme.options import AnyLabelingOptions, LabelMeOptions
from formats.labelme.output import Output
from formats.labelme.placing import CLIPS, RENAMED, label_file, picture_place
from formats.losses import Losses
from formats.namesakes import Namesakes
from formats.putting import Putter
from formats.sizing import Sizing
from formats.tracks import stills

__all__ = ["HOLDS", "KINDS", "MASK", "writer"]

HOLDS = {
    **dict.fromkeys(("images", "kinds", "labels", "scores", "rings", "masks", "keypoints"), 0.0),
    **dict.fromkeys(("keypoint_scores", "tracks", "flags", "ids", "groups"), 0.0),
    **dict.fromkeys(("attributes", "extra"), 0.0),
    **dict.fromkeys(("boxes", "rotated"), 1e-9),
}
MASK = Kind.MASK
KINDS = frozenset({Kind.BOX, Kind.ROTATED, Kind.POLYGON, Kind.MASK, Kind.POINTS, Kind.LINE})
SAID = {"tags": frozenset({"images", "kinds", "labels", "boxes"})}


def writer(dialect: Dialect) -> Callable[[Dataset, Path, AnyLabelingOptions], Losses]:
    """The writing function of one of the two formats."""

    def write(dataset: Dataset, path: Path, options: AnyLabelingOptions) -> Losses:
        dataset = stills.of_frames(dataset)
        with staging.opened(dataset, path, options) as (folder, losses):
            staging.fill(_Writer(dialect, dataset, folder, options, losses), dataset)
        return losses

    return write


class _Writer:
    """One folder in the making."""

    def __init__(
        self,
        dialect: Dialect,
        dataset: Dataset,
        folder: Path,
        options: AnyLabelingOptions,
        losses: Losses,
    ) -> None:
        self.dialect, self.dataset, self.folder = dialect, dataset, folder
        self.options, self.losses = options, losses
        self.places = Namesakes(options.on_collision, label_file)
        self.putter = Putter(dataset.root, folder, options.images)
        self.frames = clip_list.Frames()
        self.sizing = Sizing(options.sizes, dataset.root, lenient=True)
        self.order: list[str] = []
        as_polygon = isinstance(options, LabelMeOptions) and options.rotated == "polygon"
        drawing = Writer(dialect, "polygon" if as_polygon else dialect.turned, losses)
        as_track = options.group_id == "track"
        self.output = Output(dialect, dataset.labels, drawing, as_track, losses)

    def add(self, chunk: Chunk) -> None:
        """Write the label files of a chunk."""
        self._report(chunk.annotations, chunk.paths())
        for item in chunk.walk():
            self._item(self._wanted(self.sizing.sized(item)))

    def _report(self, table: Annotations, where: list[str]) -> None:
        """Count what the form has no key for; a tag is no more than a flag of the picture."""
        tags = table.kinds == Kind.TAG
        rows = table[~tags] if tags.any() else table
        held = HOLDS.keys() - ({"groups"} if self.options.group_id == "track" else set())
        unheld.report(rows, {*held, "masks"}, self.losses, where)
        unheld.report(table[tags], SAID["tags"], self.losses, where)
        unheld.hidden(rows, self.losses, where)
        odd = unheld.stated(rows, "rotated") & ~np.isin(rows.kinds, (Kind.ROTATED, Kind.ELLIPSE))
        what = "rotated box of a row of another kind"
        unheld.count(self.losses.add, what, rows, odd, where)
        unheld.boxes(rows, self.losses, where)
        unheld.swapped(rows, self.losses, where)

    def _wanted(self, item: Item) -> Item:
        """The item without crowd regions, where they are not wanted."""
        if item.annotations is None:
            return item
        table = marks.without_crowds(item.annotations, self.options, self.losses, item.path)
        return replace(item, annotations=table)

    def _item(self, item: Item) -> None:
        place = self.places.place(picture_place(item), item.path)
        self.order.append(place)
        self.frames.add(place, item)
        there = self.putter.put(item, place)
        if item.annotations is None:
            self.losses.add("picture that nobody looked at", int(not there), item.path)
            return
        name = place.rpartition("/")[2]
        files.put(self.folder / label_file(place), self.output.text(item, name))

    def finish(self) -> None:
        """Write the classes, the order of the pictures, and the maps."""
        class_names.put(self.folder, self.dataset.labels, self.dialect.classes)
        if self.dialect is ANYLABELING:
            self._write(skeletons.POSE, skeletons.written(self.dataset.labels))
        if self.order != sorted(self.order):
            self._write(ORDER, "".join(f"{place}\n" for place in self.order).encode())
        if self.dataset.media:
            self.frames.write(self.folder, self.dataset.media)
            (self.folder / clip_list.FILE).rename(self.folder / CLIPS)
        self.places.write(self.folder, self.losses, RENAMED)
        self.putter.report(self.losses)

    def _write(self, name: str, data: bytes) -> None:
        if data or name != skeletons.POSE:
            files.put(self.folder / name, data)
