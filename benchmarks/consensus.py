"""Merging drawn raters: seconds for 5,000 pictures, and how much nearer to the truth it comes.

``python -m benchmarks.consensus [PICTURES]``: boxes that three and five raters drew of the same
objects (7 a picture; 15 % missed, 5 % called otherwise, corners 2 pixels off).
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace

import numpy as np

from formats.annotations import Annotations
from formats.dataset import Dataset, Item, Label
from prelabel.compare import panel
from prelabel.compare.figures import figures
from prelabel.consensus import FuseOptions, Options, consensus, fuse

LABELS = tuple(Label(f"class {k}") for k in range(80))
SIZE = (640, 480)
OBJECTS = 7


def truth(pictures: int) -> Dataset:
    """Boxes of 10 to 200 pixels at random places."""
    rng = np.random.default_rng(0)
    items = []
    for k in range(pictures):
        low = rng.uniform(0, (440, 280), (OBJECTS, 2))
        boxes = np.hstack([low, low + rng.uniform(10, 200, (OBJECTS, 2))])
        table = Annotations.of(boxes=boxes, labels=rng.integers(0, 80, OBJECTS))
        items.append(Item(f"{k}.jpg", SIZE, table))
    return Dataset.of(LABELS, items)


def rater(seed: int, true: Dataset) -> Dataset:
    """What one of them drew."""
    rng = np.random.default_rng(seed)
    items = []
    for item in true.items:
        assert item.annotations is not None
        table = item.annotations[rng.random(OBJECTS) > 0.15]
        wrong = rng.random(len(table)) < 0.05
        labels = np.where(wrong, rng.integers(0, 80, len(table)), table.labels)
        boxes = table.boxes + rng.normal(0, 2, table.boxes.shape)
        items.append(replace(item, annotations=table.with_columns(boxes=boxes, labels=labels)))
    return Dataset.of(LABELS, items)


def figure(found: Dataset, true: Dataset) -> str:
    """F1 and mean IoU against the truth."""
    whole = figures(panel([("found", found), ("truth", true)]), levels=()).pairs[0].whole
    return f"F1 {float(whole.f1()):.3f}, IoU of pairs {float(whole.total / whole.same):.3f}"


def main() -> None:
    """Print a line for each way of merging."""
    pictures = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    true = truth(pictures)
    raters = [(f"r{seed}", rater(seed, true)) for seed in range(1, 6)]
    print(f"{pictures} pictures, {OBJECTS} objects each; one rater: {figure(raters[0][1], true)}")
    for count in (3, 5):
        sides = panel(raters[:count])
        for name, merge in (
            ("majority", lambda s: consensus(s)),
            ("dawid-skene", lambda s: consensus(s, Options(labels="dawid-skene"))),
            ("wbf", lambda s: fuse(s, FuseOptions())),
        ):
            start = time.perf_counter()
            merged = merge(sides)
            items = list(merged.dataset.items)
            seconds = time.perf_counter() - start
            told = figure(Dataset.of(LABELS, items), true)
            print(f"{count} raters, {name:12} {seconds:6.2f} s, {told}")


if __name__ == "__main__":
    main()
