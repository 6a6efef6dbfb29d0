"""Whole data sets to break: what every format writes, and every set of ``tests/golden``."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

import formats
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Dataset, Item, Label, Media, Source
from formats.tables import table
from formats.tracks import clip
from geometry import masks

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
SIZE = (40, 30)
MOST = 300_000
"""Bytes of a set; a larger one would take most of the time for itself."""


@dataclass(frozen=True)
class Seed:
    """The files of a set by their names; one named "" is the set."""

    name: str
    format: str
    ending: str
    """Of a set that is one file."""
    files: tuple[tuple[str, bytes], ...]


@cache
def seeds() -> tuple[Seed, ...]:
    """All of them, in an order that stays."""
    with tempfile.TemporaryDirectory() as folder:
        found = [*_written(Path(folder)), *_golden()]
    return tuple(seed for seed in found if sum(len(data) for _, data in seed.files) <= MOST)


def _written(folder: Path) -> Iterator[Seed]:
    Image.new("L", SIZE).save(folder / "a.png")
    Image.new("RGB", SIZE).save(folder / "b.jpg")
    for name in formats.FORMATS:
        member = formats.get(name)
        if member.read is None:
            continue
        for case, dataset in (("pictures", pictures(folder)), ("clip", one_clip())):
            if case == "clip" and not member.clips and name not in ("coco", "native", "yolo"):
                continue
            target = folder / f"{name}-{case}"
            member.write(dataset, target, member.options())
            yield of(target, name, f"{name} {case}")
            if target.is_dir():
                continue


def pictures(root: Path) -> Dataset:
    """Two pictures with a shape of every kind, and one that nobody looked at."""
    ring = np.array([[3.0, 4], [20, 5], [18, 21.5], [2.25, 20]])
    hole = np.array([[8.0, 8], [10, 9], [9, 11]])
    points = [[5.0, 5, 2], [12, 9, 1], [0, 0, 0]]
    box = [2.25, 3.5, 21, 22.75]
    shapes: list[dict] = [
        {"kinds": Kind.BOX, "boxes": box, "scores": 0.5, "tracks": 4, "keypoints": points},
        {"kinds": Kind.ROTATED, "boxes": [4, 4, 30, 26], "rotated": [17, 15, 12, 8, 0.5]},
        {"kinds": Kind.POLYGON, "boxes": box, "rings": [[ring, hole], [ring[:3] + 15]]},
        {"kinds": Kind.POLYGON, "boxes": box, "rings": [[ring]], "flags": int(Flag.OCCLUDED)},
        {"kinds": Kind.MASK, "boxes": [0, 0, 30, 30], "masks": masks.encode(np.eye(30, 40) > 0)},
        {"kinds": Kind.BOX, "boxes": [1, 1, 9, 9], "flags": int(Flag.CROWD | Flag.DIFFICULT)},
        {"kinds": Kind.LINE, "boxes": box, "rings": [[ring]]},
        {"kinds": Kind.ELLIPSE, "boxes": [5, 5, 25, 25], "rotated": [15, 15, 20, 20, 0.0]},
        {"kinds": Kind.POINTS, "boxes": [5, 5, 12, 9], "keypoints": points},
        {"kinds": Kind.TAG},
    ]
    for k, row in enumerate(shapes):
        row |= {"labels": k % 2, "ids": k + 1, "groups": k // 3}
        row |= {"attributes": {"colour": "red", "n": k}, "extra": {"x": [1]}}
    labels = (Label("cat", 1, keypoints=("a", "b", "c")), Label("two words", 7, "animal"))
    items = [
        Item("a.png", SIZE, table(shapes), id=3, split="train"),
        Item("b.jpg", SIZE, table(shapes[:4]), id=5, split="val"),
        Item("c.jpg", SIZE, Annotations.empty(), id=9, split="val"),
    ]
    return Dataset.of(labels, items, root=str(root), sources=(Source("person", "p"),))


def one_clip() -> Dataset:
    """A clip with two tracks."""
    images, n = [0, 0, 1, 1, 3], 5
    boxes = [[k, 1, 10 + k, 12] for k in range(n)]
    table = Annotations.of(n, images=images, boxes=boxes, tracks=[1, 2, 1, 2, 1])
    media = Media("a.mp4", SIZE, 5, 25.0)
    bare = Dataset.of([Label("cat")], [])
    return clip.dataset([clip.ClipTracks(media, 0, table, np.arange(5))], bare)


def _golden() -> Iterator[Seed]:
    for folder in sorted(GOLDEN.iterdir()) if GOLDEN.is_dir() else []:
        if folder.name in formats.FORMATS:
            for case in sorted(folder.iterdir()):
                yield of(case, folder.name, f"{folder.name} golden {case.name}")


def of(path: Path, format_: str, name: str) -> Seed:
    """The seed of a set that lies at a path."""
    if path.is_file():
        return Seed(name, format_, "".join(path.suffixes), (("", path.read_bytes()),))
    found = sorted(file for file in path.rglob("*") if file.is_file())
    files = ((file.relative_to(path).as_posix(), file.read_bytes()) for file in found)
    return Seed(name, format_, "", tuple(files))
