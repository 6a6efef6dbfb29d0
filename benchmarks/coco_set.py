"""A COCO file of the size and habits of instances_train2017, drawn by a seed, and its pictures.

`python -m benchmarks.coco_set val|train FILE` writes the file, and grey pictures of stated sizes
into ``images/`` beside the file's folder.

Images and annotations stand in a shuffled order with scattered ids, category ids have gaps, one
object in ten has several parts, one in a hundred is a crowd region of run lengths. Written as
COCO's own files are: no blanks inside lists of numbers, every key that they have.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

__all__ = ["SCALES", "Scale", "pictures", "write"]

SIDES = ((640, 480), (480, 640), (640, 427), (427, 640), (640, 426), (500, 375), (375, 500))
GAPS = frozenset({12, 26, 29, 30, 45, 66, 68, 69, 71, 83})
CATEGORIES = [number for number in range(1, 91) if number not in GAPS]
PARTS = np.array([0.90, 0.07, 0.03])
CROWDS = 0.01
BATCH = 20_000
LICENCE = 7


@dataclass(frozen=True, slots=True)
class Scale:
    """How many images and objects a file has; some images have none."""

    name: str
    images: int
    objects: int


SCALES = {
    "val": Scale("val2017", 5_000, 36_335),
    "train": Scale("train2017", 118_287, 860_001),
}
LINKS = 30_000
"""Names that one picture gets: file systems allow so many."""


def write(path: Path, scale: Scale, seed: int = 0) -> Path:
    """Write the file; the same seed gives the same bytes."""
    rng = np.random.default_rng(seed)
    ids = np.sort(rng.choice(5 * scale.images, scale.images, replace=False)) + 1
    sizes = np.array(SIDES)[rng.integers(len(SIDES), size=scale.images)]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as stream:
        stream.write('{"info": {"description": "drawn by a seed","year": 2017},')
        stream.write(f'"licenses": [{{"id": {LICENCE},"name": "none","url": ""}}],"images": [')
        stream.write(",".join(_images(ids, sizes, rng.permutation(scale.images))))
        stream.write('],"annotations": [')
        start = ""
        for batch in _objects(scale.objects, ids, sizes, rng):
            stream.write(start + ",".join(batch))
            start = ","
        stream.write('],"categories": [')
        stream.write(",".join(_category(number) for number in CATEGORIES) + "]}")
    return path


def _images(ids: np.ndarray, sizes: np.ndarray, order: np.ndarray) -> Iterator[str]:
    for k in order.tolist():
        name = f"{ids[k]:012d}.jpg"
        yield (
            f'{{"license": {LICENCE},"file_name": "{name}",'
            f'"coco_url": "http://images.cocodataset.org/train2017/{name}",'
            f'"height": {sizes[k, 1]},"width": {sizes[k, 0]},'
            f'"date_captured": "2013-11-14 11:18:45",'
            f'"flickr_url": "http://farm9.staticflickr.com/8186/{name}","id": {ids[k]}}}'
        )


def _category(number: int) -> str:
    return f'{{"supercategory": "thing","id": {number},"name": "class {number}"}}'


def _objects(
    count: int, ids: np.ndarray, sizes: np.ndarray, rng: np.random.Generator
) -> Iterator[list[str]]:
    """Annotations in batches; one image in a hundred gets none."""
    first = len(ids) // 100
    for start in range(0, count, BATCH):
        n = min(BATCH, count - start)
        owners = rng.integers(first, len(ids), n)
        numbers = rng.permutation(n) * 7 + 7 * start + 156
        classes = rng.choice(CATEGORIES, n)
        crowds = rng.random(n) < CROWDS
        shapes = _shapes(sizes[owners], rng)
        yield [
            _crowd(owner, size, number, name, rng) if crowd else _object(owner, shape, number, name)
            for owner, size, number, name, crowd, shape in zip(
                ids[owners].tolist(),
                sizes[owners].tolist(),
                numbers.tolist(),
                classes.tolist(),
                crowds.tolist(),
                shapes,
                strict=True,
            )
        ]


def _shapes(sizes: np.ndarray, rng: np.random.Generator) -> Iterator[list[np.ndarray]]:
    """For every object its rings, (K, 2) with 2 decimals inside the picture."""
    parts = rng.choice(len(PARTS), len(sizes), p=PARTS) + 1
    counts = np.clip(rng.lognormal(3.0, 0.6, int(parts.sum())), 3, 400).astype(int)
    picture = np.repeat(sizes, parts, axis=0)
    reach = np.clip(rng.lognormal(3.3, 0.9, len(picture)), 3, picture.min(axis=1) / 2.2)
    reach /= np.sqrt(np.repeat(parts, parts))
    middle = reach[:, None] + rng.random((len(picture), 2)) * (picture - 2 * reach[:, None])
    owner = np.repeat(np.arange(len(counts)), counts)
    turn = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    angle = 2 * np.pi * turn / counts[owner]
    far = (0.55 + 0.45 * rng.random(len(owner))) * reach[owner]
    points = middle[owner] + far[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    rings = np.split(np.round(points, 2), np.cumsum(counts)[:-1])
    ends = np.cumsum(parts).tolist()
    return (rings[end - n : end] for end, n in zip(ends, parts.tolist(), strict=True))


def _object(owner: int, rings: list[np.ndarray], number: int, category: int) -> str:
    """One polygon with the area that its rings enclose and the box around them."""
    points = np.concatenate(rings)
    low = points.min(axis=0)
    wide = points.max(axis=0) - low
    text = ",".join("[" + ",".join(map(str, ring.ravel().tolist())) + "]" for ring in rings)
    area = sum(_area(ring) for ring in rings)
    return (
        f'{{"segmentation": [{text}],"area": {area},"iscrowd": 0,"image_id": {owner},'
        f'"bbox": [{low[0]},{low[1]},{wide[0]:.2f},{wide[1]:.2f}],"category_id": {category},'
        f'"id": {number}}}'
    )


def _area(ring: np.ndarray) -> float:
    x, y = ring.T
    return float(abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2)


def _crowd(
    owner: int, size: list[int], number: int, category: int, rng: np.random.Generator
) -> str:
    """A region of 200 runs of a whole picture."""
    width, height = size
    ends = np.sort(rng.choice(width * height, 200, replace=False))
    runs = np.diff(ends, prepend=0, append=width * height).tolist()
    counts = ",".join(map(str, runs))
    return (
        f'{{"segmentation": {{"counts": [{counts}],"size": [{height},{width}]}},'
        f'"area": {sum(runs[1::2])},"iscrowd": 1,"image_id": {owner},'
        f'"bbox": [0,0,{width},{height}],"category_id": {category},"id": {number}}}'
    )


def pictures(path: Path, folder: Path) -> None:
    """A grey picture of the stated size under every name of a file; many names share a picture."""
    from PIL import Image

    folder.mkdir()
    count: dict[tuple[int, int], int] = {}
    last: dict[tuple[int, int], Path] = {}
    for image in json.loads(path.read_bytes())["images"]:
        size, place = (image["width"], image["height"]), folder / image["file_name"]
        if count.setdefault(size, 0) % LINKS:
            os.link(last[size], place)
        else:
            Image.new("L", size, 128).save(place, quality=20)
            last[size] = place
        count[size] += 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="benchmarks.coco_set", description=__doc__)
    parser.add_argument("scale", choices=list(SCALES))
    parser.add_argument("file", type=Path)
    asked = parser.parse_args()
    pictures(write(asked.file, SCALES[asked.scale]), asked.file.parent.parent / "images")
