"""Raters who saw the same objects: some missed, some moved, some called something else."""

import numpy as np

from formats.annotations import Annotations
from formats.dataset import Dataset, Item, Label

LABELS = tuple(Label(f"class {k}") for k in range(4))


def tables(raters, pictures=12, seed=0, apart=True, miss=0.2, swap=0.2, jitter=3.0):
    """By rater a table of every picture: objects on a grid, or (not `apart`) anywhere.

    Corners are whole numbers of 1/64 pixel, which every tool reads alike.
    """
    rng = np.random.default_rng(seed)
    found = [[] for _ in range(raters)]
    for _ in range(pictures):
        count = int(rng.integers(1, 7))
        grid = rng.permutation(9)[:count]
        corner = np.column_stack([grid % 3, grid // 3]) * 100.0 + 20
        if not apart:
            corner = rng.uniform(0, 80, (count, 2))
        side = rng.uniform(20, 60, (count, 2))
        labels = rng.integers(0, len(LABELS), count)
        for seen in found:
            kept = rng.random(count) >= miss
            moved = np.hstack([corner, corner + side]) + rng.normal(0, jitter, (count, 4))
            other = rng.integers(0, len(LABELS), count)
            said = np.where(rng.random(count) < swap, other, labels)
            boxes = np.round(moved[kept] * 64) / 64
            seen.append(Annotations.of(boxes=boxes, labels=said[kept].astype(np.int32)))
    return found


def dataset(found, size=(320, 320)):
    """One rater's tables as a dataset; None where the rater did not look."""
    items = [Item(f"images/{k:03d}.png", size, table) for k, table in enumerate(found)]
    return Dataset.of(LABELS, items)


def named(found):
    """Datasets of several raters, by name."""
    return [(f"rater {k}", dataset(tables)) for k, tables in enumerate(found)]
