"""ProbIoU against the integral that it stands for, and what it suppresses."""

from __future__ import annotations

import numpy as np
import pytest

from prelabel.models.candidates import Candidates
from prelabel.models.probiou import BLOCK, keep, probiou


def gaussian(box: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    cx, cy, w, h, angle = box
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    spread = turn @ np.diag([w * w / 12, h * h / 12]) @ turn.T
    d = np.stack([x - cx, y - cy], axis=-1)
    power = np.einsum("...i,ij,...j->...", d, np.linalg.inv(spread), d)
    return np.exp(-power / 2) / (2 * np.pi * np.sqrt(np.linalg.det(spread)))


@pytest.mark.parametrize(
    "other",
    [
        (50, 50, 20, 10, 0.3),
        (54, 47, 20, 10, 0.3),
        (50, 50, 10, 20, 0.3),
        (58, 52, 30, 8, 1.2),
        (50, 50, 20, 10, 0.3 + np.pi),
    ],
)
def test_it_is_one_minus_the_hellinger_distance(other: tuple[float, ...]) -> None:
    one, two = np.array([50, 50, 20, 10, 0.3]), np.array(other, dtype=float)
    y, x = np.mgrid[0:100:0.25, 0:100:0.25]
    common = (np.sqrt(gaussian(one, x, y) * gaussian(two, x, y))).sum() / 16
    expected = 1 - np.sqrt(max(0.0, 1 - common))
    assert probiou(one[None], two[None])[0, 0] == pytest.approx(expected, abs=2e-3)


def found(boxes: list, scores: list, classes: list) -> Candidates:
    rows = np.array(boxes, dtype=np.float32).reshape(-1, 5)
    numbers = np.array(scores, dtype=np.float32)
    return Candidates(rows[:, :4], numbers, np.array(classes, dtype=np.int64), rows[:, 4:])


def test_turned_copies_go_and_other_classes_stay() -> None:
    boxes = [
        (50, 50, 20, 10, 0.3),
        (50.5, 50, 20, 10, 0.35),
        (50, 50, 20, 10, 0.3),
        (90, 90, 20, 10, 0),
    ]
    assert keep(found(boxes, [0.8, 0.9, 0.5, 0.4], [0, 0, 1, 0]), 0.5, 10).tolist() == [1, 2, 3]


def test_most_detections_and_empty() -> None:
    apart = [(100 * i, 50, 20, 10, 0.3) for i in range(5)]
    assert keep(found(apart, [0.1, 0.5, 0.4, 0.3, 0.2], [0] * 5), 0.5, 3).tolist() == [1, 2, 3]
    assert keep(found([], [], []), 0.5, 3).shape == (0,)


def test_blocks_do_not_change_the_answer() -> None:
    rng = np.random.default_rng(0)
    count = BLOCK + 200
    boxes = np.column_stack(
        [rng.uniform(0, 300, (count, 2)), rng.uniform(5, 60, (count, 2)), rng.uniform(0, 3, count)]
    )
    scores, classes = rng.random(count), rng.integers(0, 2, count)
    order = np.argsort(-scores)
    near = probiou(boxes[order], boxes[order]) > 0.4
    same = classes[order][:, None] == classes[order]
    gone = np.tril(near & same, -1).any(axis=1)
    assert keep(found(boxes, scores, classes), 0.4, count).tolist() == order[~gone].tolist()
