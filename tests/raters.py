"""Raters and their panels, written as short tables of boxes."""

from __future__ import annotations

import numpy as np

from formats.annotations import Annotations
from formats.dataset import Dataset, Item, Label
from prelabel.compare import panel

__all__ = ["LABELS", "boxes", "dataset", "seen"]

LABELS = (Label("cat"), Label("dog"), Label("cow"))
SIZE = (640, 480)


def boxes(*rows):
    """A table of (label, x, y, side) squares, or of (label, x0, y0, x1, y1) boxes."""
    corners = [r[1:] if len(r) == 5 else (r[1], r[2], r[1] + r[3], r[2] + r[3]) for r in rows]
    return Annotations.of(
        len(rows),
        labels=np.array([r[0] for r in rows], dtype=np.int32),
        boxes=np.array(corners, dtype=float).reshape(len(rows), 4),
    )


def dataset(*pictures, labels=LABELS):
    """One rater's pictures 0.jpg, 1.jpg, ...: lists of rows, None for one not looked at."""
    items = [
        Item(f"{i}.jpg", SIZE, None if rows is None else boxes(*rows))
        for i, rows in enumerate(pictures)
    ]
    return Dataset.of(labels, items)


def seen(**raters):
    """A panel of named raters, each a list of pictures."""
    return panel([(name, dataset(*pictures)) for name, pictures in raters.items()])
