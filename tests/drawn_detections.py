"""Drawn corrected pictures and detections whose chances are known, for tests of what learns."""

from __future__ import annotations

import numpy as np

from formats.annotations import Annotations
from formats.dataset import Dataset, Item, Label

SIZE = 640


def chance(scores, slope=1.2, intercept=0.5):
    """How likely a detection of such a score is an object."""
    odds = np.log(scores) - np.log1p(-scores)
    return 1 / (1 + np.exp(-(intercept + slope * odds)))


def drawn(pictures=60, seed=0, classes=3, each=25):
    """(predictions down to .01, corrected) with boxes in a grid: nothing overlaps by chance."""
    rng = np.random.default_rng(seed)
    labels = tuple(Label(f"class {k}") for k in range(classes))
    sides = [_picture(rng, classes, each) for _ in range(pictures)]
    paths = [f"{k:04}.jpg" for k in range(pictures)]
    return tuple(
        Dataset.of(
            labels,
            [Item(path, (SIZE, SIZE), side[k]) for path, side in zip(paths, sides, strict=True)],
        )
        for k in (0, 1)
    )


def _picture(rng, classes, each):
    cells = rng.permutation(64)[: each + 5]
    corners = np.stack([cells % 8, cells // 8], axis=1) * 80.0 + 10
    shapes = np.hstack([corners, corners + 50])
    scores = np.clip(1 / (1 + np.exp(-rng.normal(-2.2, 1.6, each))), 0.01, 0.99)
    found = rng.random(each) < chance(scores)
    named = rng.integers(0, classes, each + 5)
    seen = shapes[:each].copy()
    seen[:, 2] += rng.choice([0.0, 10.0], each)  # the second half is to be moved
    real = np.concatenate([np.flatnonzero(found), np.arange(each, each + 3)])
    pre = Annotations.of(each, boxes=seen, labels=named[:each], scores=scores)
    return pre, Annotations.of(len(real), boxes=shapes[real], labels=named[real])
