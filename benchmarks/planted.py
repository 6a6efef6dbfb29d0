"""Errors planted in labels whose truth is known, and detections drawn as a model would err."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.dataset import Dataset, Item, Label
from geometry import boxes

__all__ = ["KINDS", "Model", "Planted", "detections", "plant", "scenes"]

Floats = NDArray[np.float64]

KINDS = ("missed", "class", "place", "extra")


@dataclass(frozen=True, slots=True, eq=False)
class Planted:
    """One planted error: the picture, its kind, and the box (4,) where it is to be found.

    That is the true box of a missed object, else the box of the wrong label.
    """

    path: str
    kind: str
    box: Floats


def plant(
    truth: Dataset, seed: int, share: float = 0.08, kinds: Sequence[str] = KINDS
) -> tuple[Dataset, list[Planted]]:
    """The data set as boxes with a share of its objects spoilt, the `kinds` in equal parts.

    An object is taken away, gets another class of the data set, is moved and stretched until its
    IoU is .3 to .65, or a box of no object is drawn beside it. Crowds are left alone.
    """
    rng = np.random.default_rng(seed)
    used = np.unique(np.concatenate([i.annotations.labels for i in truth.items if i.annotations]))
    items, planted = [], []
    for item in truth.items:
        if item.annotations is None:
            continue
        table = item.annotations.with_columns(rings=None, masks=None, rotated=None, keypoints=None)
        table = table.with_columns(kinds=np.zeros(len(table), np.uint8), areas=None)
        made, errors = _spoilt(table, item, rng, share, used, kinds)
        items.append(replace(item, annotations=made))
        planted += [Planted(item.path, kind, box) for kind, box in errors]
    return Dataset.of(truth.labels, items, root=truth.root), planted


def _spoilt(
    table: Annotations,
    item: Item,
    rng: np.random.Generator,
    share: float,
    used: NDArray,
    kinds: Sequence[str],
) -> tuple[Annotations, list[tuple[str, Floats]]]:
    boxes_, labels = table.boxes.copy(), table.labels.copy()
    keep, errors = np.ones(len(table), dtype=bool), []
    new: list[tuple[Floats, int]] = []
    crowd = np.zeros(len(table), bool) if table.flags is None else (table.flags & 1) > 0
    for r in np.flatnonzero((rng.random(len(table)) < share) & ~crowd).tolist():
        kind = kinds[int(rng.integers(len(kinds)))]
        where = boxes_[r].copy()
        if kind == "missed":
            keep[r] = False
        elif kind == "class":
            labels[r] = rng.choice(used[used != labels[r]])
        elif kind == "place":
            where = boxes_[r] = _moved(boxes_[r], item, rng)
        else:
            where = _elsewhere(boxes_[r], table.boxes, item, rng)
            new.append((where, int(rng.choice(used))))
        errors.append((kind, where))
    kept = table.with_columns(boxes=boxes_, labels=labels)[keep]
    extra = Annotations.of(
        len(new),
        boxes=np.array([box for box, _ in new]).reshape(-1, 4),
        labels=np.array([label for _, label in new], dtype=np.int32),
    )
    return Annotations.concat([kept, extra]), errors


def _moved(box: Floats, item: Item, rng: np.random.Generator) -> Floats:
    """The box elsewhere and of another size, with an IoU of .3 to .65 to itself."""
    side = box[2:] - box[:2]
    for _ in range(1000):
        shift, scale = rng.uniform(-0.4, 0.4, 2) * side, rng.uniform(0.7, 1.4, 2)
        middle = (box[:2] + box[2:]) / 2 + shift
        moved = np.concatenate([middle - side * scale / 2, middle + side * scale / 2])
        moved = _inside(moved, item)
        if 0.3 <= float(boxes.iou(box[None], moved[None])[0, 0]) <= 0.65:
            return moved
    return box


def _elsewhere(box: Floats, others: Floats, item: Item, rng: np.random.Generator) -> Floats:
    """A box of the same size where it overlaps the others little."""
    width, height = item.size or (640, 480)
    side = box[2:] - box[:2]
    best, least = box, np.inf
    for _ in range(50):
        corner = rng.uniform(0, np.maximum((width, height) - side, 1e-6))
        tried = np.concatenate([corner, corner + side])
        over = float(boxes.iou(tried[None], others).max(initial=0.0))
        if over < least:
            best, least = tried, over
    return best


def _inside(box: Floats, item: Item) -> Floats:
    if item.size is None:
        return box
    width, height = item.size
    return np.clip(box, 0, (width, height, width, height))


@dataclass(frozen=True, slots=True)
class Model:
    """How a drawn model errs: recall, false detections per picture, noise of its boxes (of their
    sides), share of wrong classes, and how well its scores tell right from wrong (0: not)."""

    recall: float = 0.9
    false: float = 1.5
    noise: float = 0.03
    misnamed: float = 0.03
    insight: float = 2.5


def detections(truth: Dataset, seed: int, model: Model | None = None) -> Dataset:
    """What such a model would see of a data set of boxes."""
    rng, model = np.random.default_rng(seed), model or Model()
    items = [
        replace(item, annotations=_detected(item, len(truth.labels), rng, model))
        for item in truth.items
        if item.annotations is not None
    ]
    return Dataset.of(truth.labels, items, root=truth.root)


def _detected(item: Item, classes: int, rng: np.random.Generator, model: Model) -> Annotations:
    table = item.annotations or Annotations.empty()
    seen = np.flatnonzero(rng.random(len(table)) < model.recall)
    side = np.tile(table.boxes[seen, 2:] - table.boxes[seen, :2], 2)
    found = table.boxes[seen] + rng.normal(0, model.noise, (len(seen), 4)) * side
    wrong = rng.random(len(seen)) < model.misnamed
    labels = np.where(wrong, rng.integers(classes, size=len(seen)), table.labels[seen])
    count = rng.poisson(model.false)
    width, height = item.size or (640, 480)
    corner = rng.uniform(0, 0.8, (count, 2)) * (width, height)
    none = np.concatenate(
        [corner, corner + rng.uniform(0.05, 0.2, (count, 2)) * (width, height)], 1
    )
    odds = rng.normal(
        np.concatenate([np.where(wrong, 0, 1), np.full(count, -1)]) * model.insight / 2
    )
    return Annotations.of(
        len(seen) + count,
        boxes=np.concatenate([found, none]),
        labels=np.concatenate([labels, rng.integers(classes, size=count)]).astype(np.int32),
        scores=1 / (1 + np.exp(-odds)),
    )


def scenes(count: int, seed: int, classes: int = 6, objects: float = 7.0) -> Dataset:
    """Boxes at random, as a data set of `count` pictures of 640 x 480; some classes are rare."""
    rng = np.random.default_rng(seed)
    weights = 0.6 ** np.arange(classes)
    items = []
    for i in range(count):
        n = int(rng.poisson(objects))
        corner = rng.uniform(0, 0.8, (n, 2)) * (640, 480)
        far = corner + rng.uniform(0.05, 0.2, (n, 2)) * (640, 480)
        table = Annotations.of(
            n,
            boxes=np.concatenate([corner, far], 1),
            labels=rng.choice(classes, n, p=weights / weights.sum()).astype(np.int32),
        )
        items.append(Item(f"{i:05d}.jpg", (640, 480), table, id=i + 1))
    return Dataset.of([Label(f"class {k}", k + 1) for k in range(classes)], items)
