"""Writing: a file per picture, the pictures beside them, and what the project declares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from formats import carrying, files, json_text, marks, splits, staging, unheld
from formats.annotations import Annotation, Annotations
from formats.columns import Kind
from formats.dataset import Chunk, Dataset, Item
from formats.losses import Losses
from formats.namesakes import Namesakes
from formats.putting import Putter
from formats.sizing import Sizing
from formats.supervisely import drawing, meta, objects, plan, tags
from formats.supervisely.drawing import Pen
from formats.supervisely.layout import ANN, IMG, META, as_read, picture_place
from formats.supervisely.options import SuperviselyOptions
from formats.tracks import stills

__all__ = ["HOLDS", "KINDS", "write"]

EXACT = ("images", "labels", "scores", "masks", "tracks", "flags", "areas", "ids", "groups")
HOLDS = {
    **dict.fromkeys([*EXACT, "attributes", "extra"], 0.0),
    "boxes": 1.25,
    "rings": 0.5,
    "keypoints": 0.5,
    "rotated": 1.0,
}
"""Pixels; whole ones are written, and the bounds of a turned box move with all of its sides."""
KINDS = frozenset({Kind.BOX, Kind.ROTATED, Kind.POLYGON, Kind.MASK, Kind.POINTS, Kind.LINE})
NAMES = frozenset({*objects.OWN, "attributes", "points", "bitmap", "nodes"} - {"tags"})
"""Keys of an object that say what something else than a further key says."""
NAMED = "unknown key with a name of Supervisely's own"
WHOLE = "coordinates are whole pixels; coordinates=subpixels writes them exactly"


def write(dataset: Dataset, path: Path, options: SuperviselyOptions) -> Losses:
    """Write a project; what it could not hold."""
    dataset = stills.of_frames(dataset)
    with staging.opened(dataset, path, options) as (folder, losses):
        staging.fill(_Writer(dataset, folder, options, losses), dataset)
    return losses


def _is_odd(row: Annotation) -> bool:
    """Whether a further key is left out for its name, or a tag that says nothing else."""
    return bool(NAMES & row.extra.keys()) or not tags.are_held(row)


class _Writer:
    """One project in the making."""

    def __init__(
        self, dataset: Dataset, folder: Path, options: SuperviselyOptions, losses: Losses
    ) -> None:
        self.dataset, self.folder, self.options, self.losses = dataset, folder, options, losses
        self.plan = plan.of(dataset)
        self.titles = [label.name for label in dataset.labels]
        self.kinds = self.plan.declared(self.titles)
        counts = self.plan.counts
        self.nodes = [meta.nodes(e, counts.get(k, 0)) for k, e in enumerate(dataset.labels)]
        self.shapes: dict[int, set[str]] = {}
        self.places = Namesakes(options.on_collision, str, "")
        self.putter = Putter(dataset.root, folder, options.images)
        self.sizing = Sizing(options.sizes, dataset.root)
        self.pixels = options.coordinates != "subpixels"
        self.rounded = False

    def add(self, chunk: Chunk) -> None:
        """Write the files of a chunk."""
        table = self._kept(chunk.annotations, chunk.paths())
        bounds = np.searchsorted(table.images, np.arange(len(chunk.items) + 1)).tolist()
        for k, item in enumerate(chunk.items):
            looked = bool(chunk.looked[k])
            self.losses.add("picture not looked at, written as empty", not looked, item.path)
            self._file(self.sizing.sized(item), table[bounds[k] : bounds[k + 1]])

    def _kept(self, table: Annotations, where: list[str]) -> Annotations:
        """The rows to write; what they cannot tell is counted."""
        table = marks.without_crowds(table, self.options, self.losses, where)
        unheld.report(table, HOLDS, self.losses, where)
        unheld.kinds(table, KINDS | {Kind.TAG}, self.losses, where)
        unheld.hidden(table, self.losses, where)
        unheld.boxes(table, self.losses, where)
        unheld.swapped(table, self.losses, where)
        if table.extra is not None:
            odd = np.array([_is_odd(row) for row in table.rows()], dtype=bool)
            unheld.count(self.losses.add, NAMED, table, odd, where)
        return table

    def _file(self, item: Item, table: Annotations) -> None:
        """The annotation file of a picture, and the picture."""
        other = bool(item.split) and not splits.known(item.split)
        self.losses.add("split other than train, val and test", other, item.split)
        respelt = splits.known(item.split) and as_read(item.split) != item.split
        self.losses.add("split written as train, val or test", respelt, item.split)
        place = self.places.place(picture_place(item), item.path)
        dataset, _, name = place.rpartition(f"/{IMG}/")
        named: list[Any] = []
        objects: list[dict[str, Any]] = []
        for k, row in enumerate(table.rows()):
            if row.kind == Kind.TAG:
                named.append(self._tag(row, k if objects else 0))
            else:
                objects += self._objects(row, k, item)
        width, height = item.size or (None, None)
        listed = item.extra.get("tags", [])
        whole = tags.whole(listed)
        odd = len(listed) - len(whole) if isinstance(listed, list) else 1
        self.losses.add("tag of a picture that has no name", odd, item.path)
        told: dict[str, Any] = {
            "description": "",
            "size": {"height": height, "width": width},
            "tags": [*whole, *named],
            "objects": objects,
        }
        if item.id is not None:
            told["imageId"] = item.id
        taken = told.keys() - {"description", "tags"}
        self.losses.add("picture with unknown keys", bool(taken & item.extra.keys()), item.path)
        told |= {k: v for k, v in item.extra.items() if k not in told or k == "description"}
        files.put(
            self.folder / dataset / ANN / f"{name}.json",
            json_text.dumps(told, option=orjson.OPT_INDENT_2, where=item.path),
        )
        (self.folder / dataset / IMG).mkdir(exist_ok=True)
        self.putter.put(item, place)

    def _tag(self, row: Annotation, place: int) -> dict[str, Any]:
        """A class of the whole picture as a tag; `place` among the rows if it is not in front."""
        told = {"name": self.titles[row.label]}
        further = {k: v for k, v in self._further(row).items() if v != []}
        further |= {"row": place} if place else {}
        return {**told, "object": further} if further else told

    def _objects(self, row: Annotation, k: int, item: Item) -> Iterator[dict[str, Any]]:
        """An object, or two that are bound: a shape and its keypoints."""
        pen = Pen(self.pixels, item.size)
        names = self.nodes[row.label]
        points = drawing.graph(row, names, pen)
        lone = row.kind == Kind.POINTS
        if lone and not drawing.is_point(row, names):
            found, points = points, None
        else:
            found, points = (
                drawing.geometry(self._drawable(row, item), pen),
                None if lone else points,
            )
        if found is None:
            self.losses.add("object without a place", example=item.path)
            return
        further = self._further(row)
        bound = further.pop("instance", str(row.group) if row.group >= 0 else None)
        if points is not None:
            bound = f"{row.group if row.group >= 0 else ''}#{k}"
        yield self._object(row, found, {**further, **({"instance": bound} if bound else {})})
        if points is not None:
            yield self._object(row, points, {"tags": [], "instance": bound})

    def _object(
        self, row: Annotation, shape: tuple[str, dict[str, Any]], further: dict[str, Any]
    ) -> dict[str, Any]:
        name, keys = shape
        self.shapes.setdefault(row.label, set()).add(name)
        made = not np.isnan(row.score)
        by = {"nnCreated": made, "nnUpdated": made}
        told = {"classTitle": self.titles[row.label], "description": "", **by, **further}
        return {**told, "geometryType": name, "shape": name, **keys}

    def _drawable(self, row: Annotation, item: Item) -> Annotation:
        """The row in a geometry that there is; parts of a line beyond its first are counted."""
        if row.kind == Kind.LINE and row.rings is not None:
            more = max(len(row.rings) - 1, 0)
            self.losses.add("further part of a line", more, item.path)
        if row.kind != Kind.ELLIPSE or row.rotated is None:
            return row
        turn = np.arange(0, 2 * np.pi, np.pi / 32)
        cx, cy, w, h, angle = row.rotated
        across, down = w / 2 * np.cos(turn), h / 2 * np.sin(turn)
        cos, sin = np.cos(angle), np.sin(angle)
        ring = np.column_stack([cx + across * cos - down * sin, cy + across * sin + down * cos])
        return replace(row, kind=Kind.POLYGON, rings=[[ring]])

    def _further(self, row: Annotation) -> dict[str, Any]:
        """Everything of a row but its class and its place."""
        extra = {key: value for key, value in row.extra.items() if key not in NAMES}
        raw = tags.listed(extra.pop("tags", None))
        own = [*tags.tags_of(row.attributes, self.kinds, raw)]
        flags = (name for name, flag in tags.FLAGS.items() if row.flags & flag)
        own += [{**raw.get(name, {}), "name": name} for name in flags]
        if not np.isnan(row.score):
            own.append({**raw.get(tags.SCORE, {}), "name": tags.SCORE, "value": row.score})
        told: dict[str, Any] = {"tags": own}
        if kept := tags.exact(row.attributes, self.kinds):
            told[tags.ATTRIBUTES] = kept
        numbers = {"id": row.id, "trackId": row.track, "group": row.group}
        told |= {key: number for key, number in numbers.items() if number >= 0}
        if not np.isnan(row.area):
            told["area"] = row.area
        return {**told, **{k: v for k, v in extra.items() if k not in told}}

    def finish(self) -> None:
        """Write what the project declares."""
        labels, extra = self.dataset.labels, self.dataset.extra
        taken = {"classes", "tags"} & extra.keys()
        self.losses.add(carrying.WHOLE, len(taken), min(taken, default=""))
        told = {
            "classes": meta.classes(labels, self.shapes, self.plan.counts),
            "tags": tags.declared(self.kinds, extra.get(meta.TAGS), self.plan.beyond),
            **meta.further(extra),
        }
        files.put(self.folder / META, json_text.dumps(told, option=orjson.OPT_INDENT_2, where=META))
        if self.pixels:
            self.losses.note(WHOLE)
        self.putter.report(self.losses)
