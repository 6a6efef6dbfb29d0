"""Writing: annotations to import, the data rows and the ontology that they need."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from formats import class_list, files, json_text, marks, splits, staging, unheld
from formats.annotations import Annotation, Annotations
from formats.columns import Kind
from formats.dataset import Chunk, Dataset, Item
from formats.labelbox import raster
from formats.labelbox.imports import SIZES
from formats.labelbox.layout import ANNOTATIONS, DATA_ROWS, ONTOLOGY
from formats.labelbox.ontology import Ontology
from formats.labelbox.options import LabelboxOptions
from formats.losses import Losses
from formats.namesakes import Namesakes
from formats.shaping.rings import drawn
from formats.size_list import row as size_row
from formats.tracks import stills
from geometry import bridges, masks
from geometry.rasters import Parts

__all__ = ["HOLDS", "KINDS", "write"]

HOLDS = {
    **dict.fromkeys(["images", "labels", "scores", "rings", "masks"], 0.0),
    "boxes": 1e-9,
}
KINDS = frozenset({Kind.BOX, Kind.POLYGON, Kind.MASK, Kind.LINE})
DECIMALS = 9
SPLITS = {"train": "train", "val": "valid", "test": "test"}
"""What Labelbox's metadata field calls a split."""


def write(dataset: Dataset, path: Path, options: LabelboxOptions) -> Losses:
    """Write a folder of annotations to import; what they could not hold."""
    dataset = stills.of_frames(dataset)
    with staging.opened(dataset, path, options) as (folder, losses):
        writer = _Writer(dataset, folder, options, losses)
        with files.create(folder / ANNOTATIONS) as stream:
            for chunk in dataset.chunks():
                for line in writer.lines(chunk):
                    stream.write(json_text.dumps(line, where=str(path)) + b"\n")
        writer.finish()
    return losses


class _Writer:
    """One set in the making."""

    def __init__(
        self, dataset: Dataset, folder: Path, options: LabelboxOptions, losses: Losses
    ) -> None:
        self.dataset, self.folder, self.options, self.losses = dataset, folder, options, losses
        self.names = [label.name for label in dataset.labels]
        self.ontology = Ontology()
        self.data_rows: list[dict[str, Any]] = []
        self.sizes: list[str] = []
        self.keys = Namesakes(options.on_collision, str, "the global key ")

    def lines(self, chunk: Chunk) -> Iterator[dict[str, Any]]:
        """The annotations of a chunk."""
        table = self._kept(chunk.annotations, chunk.paths())
        bounds = np.searchsorted(table.images, np.arange(len(chunk.items) + 1)).tolist()
        for k, item in enumerate(chunk.items):
            looked = bool(chunk.looked[k])
            self.losses.add("picture not looked at, written as empty", not looked, item.path)
            key = self._data_row(item)
            number = 0
            for i in range(bounds[k], bounds[k + 1]):
                for told in self._annotations(table, i, item):
                    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{key}#{number}")
                    number += 1
                    yield {"uuid": str(name), "dataRow": {"globalKey": key}, **told}

    def _kept(self, table: Annotations, where: list[str]) -> Annotations:
        """The rows to write; what they cannot tell is counted."""
        table = marks.without_crowds(table, self.options, self.losses, where)
        told = unheld.stated(table, "attributes")
        what = "object with attributes written as texts"
        unheld.count(self.losses.add, what, table, told, where)
        lone = _lone(table)
        rest = table[~lone] if lone.any() else table
        unheld.report(rest, {*HOLDS, "attributes"}, self.losses, where)
        unheld.kinds(rest, KINDS | {Kind.TAG}, self.losses, where)
        unheld.hidden(rest, self.losses, where)
        unheld.boxes(rest, self.losses, where)
        return table

    def _data_row(self, item: Item) -> str:
        """List the picture of an item; its global key."""
        key = self.keys.place(files.safe(item.path), item.path)
        row = item.extra.get("data_row")
        stated = row.get("row_data") if isinstance(row, dict) else None
        address = stated if isinstance(stated, str) else None
        told: dict[str, Any] = {"row_data": address or key, "global_key": key}
        told["media_type"] = "IMAGE"
        if item.split:
            split = SPLITS.get(splits.canonical(item.split), item.split)
            told["metadata_fields"] = [{"name": "split", "value": split}]
            other = splits.canonical(item.split) != item.split or split not in SPLITS.values()
            self.losses.add("split other than train, val and test", other, item.split)
        self.data_rows.append(told)
        if item.size is not None:
            self.sizes.append(size_row(key, item.size))
        held = {"data_row": {"row_data": address}} if address else {}
        self.losses.add("picture with unknown keys", item.extra != held, item.path)
        return key

    def _annotations(self, table: Annotations, i: int, item: Item) -> Iterator[dict[str, Any]]:
        """The annotations of a row: one, or one for each of its parts."""
        row = table.row(i)
        scored = {"confidence": row.score} if np.isfinite(row.score) else {}
        if row.kind == Kind.TAG:
            self.ontology.tag(row.label)
            choice = {"name": self.names[row.label], **scored}
            yield {"name": self.options.question, "answer": [choice]}
            return
        answers = [_answer(name, value) for name, value in row.attributes.items()]
        found = list(self._shapes(table, i, row, item))
        self.losses.add("object without a place", int(not found), item.path)
        for key, value in found:
            self.ontology.add(row.label, key, list(row.attributes))
            told = {"name": self.names[row.label], "classifications": answers, **scored}
            yield {**told, key: value}

    def _shapes(
        self, table: Annotations, i: int, row: Annotation, item: Item
    ) -> Iterator[tuple[str, Any]]:
        """The key of a geometry and its value."""
        if row.kind == Kind.BOX:
            if np.isfinite(row.box).all():
                yield "bbox", _box(row.box)
        elif row.kind == Kind.MASK:
            if row.mask is not None and masks.area(row.mask):
                data = base64.b64encode(raster.encode(row.mask)).decode("ascii")
                yield "mask", {"png": data}
        elif row.kind == Kind.POINTS:
            for x, y, seen in [] if row.keypoints is None else row.keypoints.tolist():
                if seen != 0 and x == x and y == y:
                    yield "point", {"x": x, "y": y}
        elif row.kind == Kind.LINE:
            yield from self._lines(row, item)
        else:
            yield from self._polygons(drawn(table, i), item)

    def _lines(self, row: Annotation, item: Item) -> Iterator[tuple[str, Any]]:
        parts = [part[0] for part in row.rings or [] if part and np.isfinite(part[0]).all()]
        more = max(len(parts) - 1, 0)
        self.losses.add("part of a line written as a line of its own", more, item.path)
        yield from (("line", _points(part)) for part in parts)

    def _polygons(self, parts: Parts, item: Item) -> Iterator[tuple[str, Any]]:
        sound = [part for part in parts if part and all(np.isfinite(r).all() for r in part)]
        more = max(len(sound) - 1, 0)
        self.losses.add("part of a polygon written as a polygon of its own", more, item.path)
        for part in sound:
            holes = len(part) - 1
            self.losses.add("hole cut open by a bridge to the outline", holes, item.path)
            ring = bridges.bridged(bridges.oriented(part)) if holes else part[0]
            yield "polygon", _points(ring)

    def finish(self) -> None:
        """Write what stands beside the annotations."""
        labels = self.dataset.labels
        ontology = self.ontology.written(labels, self.options.question, self.losses)
        for name, value in ((DATA_ROWS, self.data_rows), (ONTOLOGY, ontology)):
            files.put(
                self.folder / name, json_text.dumps(value, option=orjson.OPT_INDENT_2) + b"\n"
            )
        files.put(self.folder / class_list.FILE, class_list.written(labels))
        files.put(self.folder / SIZES, "".join(self.sizes).encode())
        self.losses.note(f"{DATA_ROWS} names pictures; row_data must be what Labelbox can fetch")


def _lone(table: Annotations) -> Any:
    """(N,) which rows are one labelled point."""
    if table.keypoints is None:
        return np.zeros(len(table), dtype=bool)
    labelled = (np.nan_to_num(table.keypoints[..., 2]) > 0).sum(axis=1)
    return (table.kinds == Kind.POINTS) & (labelled == 1)


def _box(box: Any) -> dict[str, float]:
    left, top, right, bottom = box.tolist()
    width, height = round(right - left, DECIMALS), round(bottom - top, DECIMALS)
    return {"top": top, "left": left, "height": height, "width": width}


def _points(ring: Any) -> list[dict[str, float]]:
    return [{"x": x, "y": y} for x, y in ring.tolist()]


def _answer(name: str, value: Any) -> dict[str, Any]:
    """An attribute as the answer to a question for a text."""
    text = value if isinstance(value, str) else json_text.dumps(value).decode()
    return {"name": name, "answer": text}
