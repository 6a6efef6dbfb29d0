"""Hot paths of `geometry` beside pycocotools and shapely, in one run.

Prints median CPU milliseconds of each and the ratio; a ratio below 1 is in our favour.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from pycocotools import mask as coco

from geometry import boxes, masks, polygons, rotated
from geometry.rings import Rings

RNG = np.random.default_rng(0)


@dataclass(frozen=True)
class Row:
    """One line of the table: what is measured, ours, the peer's name and the peer."""

    what: str
    ours: Callable[[], object]
    peer: str
    theirs: Callable[[], object]


def milliseconds(work: Callable[[], object], runs: int = 5) -> float:
    """Median CPU milliseconds of `work`."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return sorted(times)[runs // 2] * 1e3


def some_boxes(count: int) -> NDArray[np.float64]:
    """Boxes of 10 to 110 pixels in a picture of 1000."""
    middle, side = RNG.uniform(0, 1000, (count, 2)), RNG.uniform(10, 110, (count, 2))
    return boxes.from_cxcywh(np.concatenate([middle, side], axis=1)).astype(np.float64)


def blob(width: int = 640, height: int = 480) -> NDArray[np.bool_]:
    """A wavy ellipse."""
    y, x = np.mgrid[:height, :width]
    wave = 0.1 * np.sin(x / 17) * np.cos(y / 13)
    return ((x - width / 2) / 250) ** 2 + ((y - height / 2) / 180) ** 2 + wave < 1


def box_rows() -> Iterator[Row]:
    """IoU of boxes, all pairs and sparse, and NMS."""
    for count in (100, 1000, 5000):
        a, b = some_boxes(count), some_boxes(count)
        left, right, flags = boxes.to_xywh(a), boxes.to_xywh(b), [0] * count

        def theirs(x: NDArray = left, y: NDArray = right, f: list[int] = flags) -> object:
            return coco.iou(x, y, f)

        yield Row(f"boxes.iou {count}", lambda a=a, b=b: boxes.iou(a, b), "pycocotools", theirs)
        yield Row(
            f"boxes.overlap_pairs > .5 {count}",
            lambda a=a, b=b: boxes.overlap_pairs(a, b, 0.5),
            "pycocotools",
            theirs,
        )


def rotated_rows() -> Iterator[Row]:
    """Exact IoU of rotated boxes."""
    for count in (100, 1000):
        upright = boxes.to_cxcywh(some_boxes(count))
        found = np.column_stack([upright, RNG.uniform(-np.pi, np.pi, count)])
        shapes = shapely.polygons(rotated.corners(found))
        yield Row(
            f"rotated.iou {count}",
            lambda found=found: rotated.iou(found, found),
            "shapely",
            lambda s=shapes: shapely.area(shapely.intersection(s[:, None], s[None])),
        )


def mask_rows() -> Iterator[Row]:
    """Coding, tracing and rasterising a mask of 640 x 480."""
    picture = blob()
    mask = masks.encode(picture)
    outline = masks.to_rings(mask)
    fortran = np.asfortranarray(picture.astype(np.uint8))
    rle = coco.encode(fortran)
    flat = [ring.ravel().tolist() for part in outline for ring in part]
    yield Row("masks.encode", lambda: masks.encode(picture), "pycocotools", lambda: coco.encode(
        np.asfortranarray(picture.astype(np.uint8))))  # fmt: skip
    yield Row("masks.decode", lambda: masks.decode(mask), "pycocotools", lambda: coco.decode(rle))
    yield Row("masks.to_rings", lambda: masks.to_rings(mask), "a pycocotools encode",
              lambda: coco.encode(fortran))  # fmt: skip
    yield Row("masks.from_rings", lambda: masks.from_rings(outline, mask.size), "pycocotools",
              lambda: coco.merge(coco.frPyObjects(flat, 480, 640)))  # fmt: skip


def polygon_rows() -> Iterator[Row]:
    """IoU of a thousand polygons of ten corners."""
    angle = np.arange(10) * (np.pi / 5)
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    size = RNG.uniform(5, 50, (1000, 1, 1)) * RNG.uniform(0.5, 1, (1000, 10, 1))
    points = RNG.uniform(0, 1000, (1000, 1, 2)) + circle * size
    rings = Rings.of([[[ring]] for ring in points])
    shapes = polygons.shapes(rings)
    yield Row(
        "polygons.iou 1000",
        lambda: polygons.iou(rings, rings),
        "shapely",
        lambda: shapely.area(shapely.intersection(shapes[:, None], shapes[None])),
    )


def main() -> None:
    """Print the table."""
    print(f"{'':32}{'ours ms':>10}{'peer ms':>10}{'ratio':>8}")
    for rows in (box_rows, rotated_rows, mask_rows, polygon_rows):
        for row in rows():
            ours, theirs = milliseconds(row.ours), milliseconds(row.theirs)
            print(f"{row.what:32}{ours:10.2f}{theirs:10.2f}{ours / theirs:8.2f}  {row.peer}")


if __name__ == "__main__":
    main()
