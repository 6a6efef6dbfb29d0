"""A set of pictures with every trap that converters are known to fall into, as COCO states it.

Each entry of `PICTURES` is a trap of pictures, each of `OBJECTS` one of objects; `build` writes the
pictures and the file. Sizes and coordinates are those of the picture as it is displayed.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from geometry import masks

__all__ = ["CATEGORIES", "OBJECTS", "PICTURES", "build", "value"]

CATEGORIES = [
    {"id": 7, "name": "zebra", "supercategory": "animal"},
    {"id": 0, "name": "two words"},
    {"id": 90, "name": "never used"},
    {"id": 3, "name": "Éclair: 'no' #1"},
    {"id": 1, "name": "no"},
    {"id": 2, "name": "1.5"},
]
"""Neither in the order of their ids nor of their names; id 0 is a class, one has no object."""

PICTURES: dict[str, tuple[str, tuple[int, int], int]] = {
    "plain": ("plain.jpg", (64, 48), 1),
    "background": ("background.jpg", (64, 48), 1),
    "same name in another folder": ("a/1.jpg", (64, 48), 1),
    "same name in a third": ("b/1.jpg", (40, 30), 1),
    "folders called images and labels": ("images/labels/deep.jpg", (64, 48), 1),
    "dots": ("15.v2.final.jpg", (64, 48), 1),
    "ending in capitals": ("UPPER.JPG", (64, 48), 1),
    "blanks": ("with two  blanks.png", (64, 48), 1),
    "unicode": ("ü-日本-é.png", (64, 48), 1),
    "marks of markup": ('a&b\'<c>,"d";#e%20=.png', (64, 48), 1),
    "turned by EXIF": ("turned.jpg", (48, 64), 6),
    "mirrored by EXIF": ("mirrored.jpg", (64, 48), 2),
    "one pixel high": ("line.png", (50, 1), 1),
    "wide": ("wide.png", (3000, 2), 1),
    "leading zeros": ("000000000001.jpg", (64, 48), 1),
    "a name that is a number": ("7", (64, 48), 1),
    "palette": ("palette.png", (64, 48), 1),
    "dash": ("-rf.jpg", (64, 48), 1),
    "hidden": (".hidden.jpg", (64, 48), 1),
}
"""Path, size as displayed, EXIF orientation."""

SQUARE = [10, 10, 30, 10, 30, 30, 10, 30]
RING = np.zeros((48, 64), dtype=bool)
RING[5:30, 5:40] = True
RING[10:20, 10:30] = False


def _rle(mask: np.ndarray, compressed: bool) -> dict[str, Any]:
    found = masks.encode(mask)
    counts: Any = masks.to_coco_string(found) if compressed else found.runs.tolist()
    return {"size": [mask.shape[0], mask.shape[1]], "counts": counts}


OBJECTS: dict[str, tuple[str, dict[str, Any]]] = {
    "a box": ("plain", {"bbox": [1.5, 2.25, 10, 20.5]}),
    "a box up to every border": ("plain", {"bbox": [0, 0, 64, 48]}),
    "the same box again": ("plain", {"bbox": [0, 0, 64, 48]}),
    "a polygon": ("plain", {"segmentation": [SQUARE], "bbox": [10, 10, 20, 20], "area": 400}),
    "a polygon whose box is another": (
        "plain",
        {"segmentation": [SQUARE], "bbox": [9.5, 9.25, 22, 21], "area": 399.5},
    ),
    "a polygon of two parts": (
        "same name in another folder",
        {"segmentation": [SQUARE, [40, 5, 50, 5, 50, 20]], "bbox": [10, 5, 40, 25]},
    ),
    "a mask with a hole": ("same name in another folder", {"segmentation": _rle(RING, True)}),
    "run lengths counted, no crowd": ("dots", {"segmentation": _rle(RING, False), "iscrowd": 0}),
    "a crowd": ("dots", {"segmentation": _rle(RING, False), "iscrowd": 1}),
    "a crowd with a box alone": ("dots", {"bbox": [1, 2, 3, 4], "iscrowd": 1}),
    "a crowd that is a polygon": ("dots", {"segmentation": [SQUARE], "iscrowd": 1}),
    "a flat list": ("ending in capitals", {"segmentation": SQUARE, "bbox": [10, 10, 20, 20]}),
    "no mask: []": ("ending in capitals", {"segmentation": [], "bbox": [1, 1, 5, 5]}),
    "no mask: [[]]": ("ending in capitals", {"segmentation": [[]], "bbox": [2, 1, 5, 5]}),
    "no mask: null": ("ending in capitals", {"segmentation": None, "bbox": [3, 1, 5, 5]}),
    "a ring of four numbers": (
        "ending in capitals",
        {"segmentation": [[1, 1, 9, 9]], "bbox": [1, 1, 8, 8]},
    ),
    "partly outside": ("blanks", {"bbox": [-5, 40, 20, 20]}),
    "a polygon partly outside": (
        "blanks",
        {"segmentation": [[-10, 10, 20, 10, 20, 60, -10, 60]], "bbox": [-10, 10, 30, 50]},
    ),
    "wholly outside": ("blanks", {"bbox": [100, 100, 5, 5]}),
    "no width": ("blanks", {"bbox": [5, 5, 0, 9]}),
    "a negative width": ("blanks", {"bbox": [20, 5, -8, 9]}),
    "smaller than a pixel": ("blanks", {"bbox": [5.25, 5.5, 0.5, 0.25]}),
    "in a turned picture": ("turned by EXIF", {"bbox": [2, 50, 30, 10]}),
    "in a mirrored picture": ("mirrored by EXIF", {"bbox": [2, 4, 30, 10]}),
    "keypoints": (
        "unicode",
        {"bbox": [5, 5, 30, 30], "keypoints": [6, 7, 2, 0, 0, 0, 20, 21, 1], "num_keypoints": 2},
    ),
    "keypoints out of the picture": (
        "unicode",
        {"bbox": [5, 5, 30, 30], "keypoints": [70, 7, 2, 9, 9, 1, 20, 21, 2], "num_keypoints": 3},
    ),
    "a score, a track, attributes and a key of its own": (
        "marks of markup",
        {"bbox": [1, 2, 3, 4], "score": 0.875, "track_id": 12, "attributes": {"a": "<&>"}, "x": 1},
    ),
    "a box in a picture of one row": ("one pixel high", {"bbox": [10, 0, 20, 1]}),
    "a box in a wide picture": ("wide", {"bbox": [2999.5, 0.25, 0.5, 1.5]}),
    "many digits": ("leading zeros", {"bbox": [1 / 3, 2 / 3, 10 / 3, 1e-3]}),
    "whole numbers as floats": ("leading zeros", {"bbox": [1.0, 2.0, 3.0, 4.0]}),
    "a class named like a number": ("a name that is a number", {"bbox": [1, 2, 3, 4]}),
    "in a picture with a palette": ("palette", {"bbox": [1, 2, 3, 4]}),
    "dash": ("dash", {"bbox": [1, 2, 3, 4]}),
    "hidden": ("hidden", {"bbox": [1, 2, 3, 4]}),
    "named twice": ("same name in a third", {"bbox": [1, 2, 3, 4]}),
    "deep": ("folders called images and labels", {"bbox": [1, 2, 3, 4]}),
}
"""The picture by its trap, and the annotation without ids; classes follow one another."""
POINTS = {"keypoints": ["left_eye", "nose", "right_eye"], "skeleton": [[1, 2], [2, 3]]}
USED = [7, 0, 3, 1, 2]
"""Ids of the categories that have objects."""


def value(*, keypoints: bool = True, first_id: int = 1) -> dict[str, Any]:
    """The document; ids of pictures are neither small nor in order."""
    names = list(PICTURES)
    images = [
        {"id": 1000 - 3 * k, "file_name": path, "width": size[0], "height": size[1]}
        for k, (path, size, _) in enumerate(PICTURES.values())
    ]
    rows = []
    for k, (trap, (picture, told)) in enumerate(OBJECTS.items()):
        row = {"id": first_id + k, "image_id": 1000 - 3 * names.index(picture)}
        rows.append(
            {**row, "category_id": USED[k % len(USED)], "trap": trap, **copy.deepcopy(told)}
        )
    categories = copy.deepcopy(CATEGORIES)
    if keypoints:
        categories = [{**entry, **POINTS} for entry in categories]
    info = {"description": "tricky", "year": 2026}
    licences = [{"id": 5, "name": "none", "url": "x"}]
    whole = {"info": info, "licenses": licences, "images": images}
    return {**whole, "annotations": rows, "categories": categories}


def build(folder: Path) -> Path:
    """Write the pictures and ``annotations/instances_val2017.json``; the folder."""
    for path, size, orientation in PICTURES.values():
        _draw(folder / "val2017" / path, size, orientation)
    file = folder / "annotations" / "instances_val2017.json"
    file.parent.mkdir()
    file.write_text(json.dumps(value()), encoding="utf-8")
    return folder


def _draw(path: Path, size: tuple[int, int], orientation: int) -> None:
    stored = size[::-1] if orientation >= 5 else size
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.new("P" if path.name.startswith("palette") else "RGB", stored)
    exif = Image.Exif()
    exif[0x0112] = orientation
    kind = "JPEG" if path.suffix.lower() == ".jpg" else "PNG"
    image.save(path, kind, **({"exif": exif} if kind == "JPEG" else {}))
