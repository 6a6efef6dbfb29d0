"""Small data sets for the tests of the YOLO formats, as tables and as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pycocotools import mask as coco

from formats import read, write
from formats.annotations import Annotations, Kind
from formats.dataset import Dataset, Item, Label
from formats.losses import Losses
from geometry import masks, polygons
from geometry.rings import Rings

W, H = 200, 100
LABELS = (Label("cat", 7), Label("unused", 9), Label("dog", 3, "animal"))
NONE = {"images": "none"}


def boxes(*corners: list[float], **columns: Any) -> Annotations:
    n = len(corners)
    labels = columns.pop("labels", np.zeros(n, np.int32))
    return Annotations.of(n, boxes=np.reshape(corners, (-1, 4)), labels=labels, **columns)


def shape(*parts: list[Any], size: tuple[int, int] = (W, H), **columns: Any) -> Item:
    """An item with one polygon of these parts."""
    rings = Rings.of([parts])
    stated = np.nan_to_num(polygons.bounds(rings))
    kinds = [Kind.POLYGON]
    return Item("1.jpg", size, Annotations.of(1, kinds=kinds, boxes=stated, rings=rings, **columns))


def put(items: list[Item], path: Path, task: str = "yolo", **options: Any) -> Losses:
    return write(Dataset.of(LABELS, items), path, task, {**NONE, **options})


def lines(path: Path, name: str = "labels/1.txt") -> list[list[float]]:
    return [[float(w) for w in line.split()] for line in (path / name).read_text().splitlines()]


def what(losses: Losses) -> dict[str, int]:
    return {loss.what: loss.count for loss in losses}


def covered(line: list[float], size: tuple[int, int] = (W, H)) -> np.ndarray:
    """The pixels of a segment line by pycocotools' rasteriser, which fills by winding."""
    points = np.reshape(line[1:], (-1, 2)) * size
    rle = coco.frPyObjects([points.ravel().tolist()], size[1], size[0])[0]
    return masks.decode(masks.from_coco_string(rle["counts"], size))


SMALL = (40, 20)


def tree(root: Path, files: dict[str, str | None]) -> Path:
    """A folder of texts; pictures are 40 x 20, whatever their text is."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix.lower() in (".jpg", ".png"):
            Image.new("RGB", SMALL).save(path)
        elif text is not None:
            path.write_text(text, encoding="utf-8")
    return root


def paths(dataset: Dataset) -> list[tuple[str, str]]:
    return [(item.path, item.split) for item in dataset.items]


def rows(dataset: Dataset) -> Annotations:
    """All rows of a set in one table."""
    return Annotations.concat([chunk.annotations for chunk in dataset.chunks()])


def label_set(root: Path, text: str, yaml: str = "names: [cat, dog]", **options: Any) -> Dataset:
    """A set of one picture with these label lines."""
    files = {"data.yaml": f"train: images\n{yaml}", "images/1.jpg": "", "labels/1.txt": text}
    task = options.pop("task", "yolo")
    return read(tree(root, files), task, options)
