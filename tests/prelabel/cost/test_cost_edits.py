"""What a person has to do to pre-labels: every row has one place, and the pairs are the best."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from formats.annotations import Annotations, Flag, Kind
from geometry import boxes
from prelabel.cost.edits import edits
from prelabel.cost.table import EDITS


def table(corners, labels, **columns):
    shapes = np.array(corners, dtype=float).reshape(-1, 4)
    return Annotations.of(len(shapes), boxes=shapes, labels=list(labels), **columns)


@st.composite
def tables(draw, most=6, labels=2):
    n = draw(st.integers(0, most))
    starts = draw(st.lists(st.tuples(*[st.integers(0, 12)] * 2), min_size=n, max_size=n))
    sides = draw(st.lists(st.tuples(*[st.integers(4, 12)] * 2), min_size=n, max_size=n))
    corners = [(x, y, x + w, y + h) for (x, y), (w, h) in zip(starts, sides, strict=True)]
    named = draw(st.lists(st.integers(0, labels - 1), min_size=n, max_size=n))
    return table(corners, named)


def best(matrix):
    """The greatest sum of a one-to-one choice, by scipy over the whole matrix."""
    rows, columns = linear_sum_assignment(matrix, maximize=True)
    return matrix[rows, columns].sum()


@settings(max_examples=60, deadline=None)
@given(tables(), tables())
def test_every_row_has_one_place_and_pairs_are_the_best(pre, corrected):
    found = edits(pre, corrected)
    pairs = np.concatenate([found.kept, found.moved, found.relabelled])
    assert sorted([*pairs[:, 0], *found.deleted]) == list(range(len(pre)))
    assert sorted([*pairs[:, 1], *found.drawn]) == list(range(len(corrected)))
    iou = boxes.iou(pre.boxes, corrected.boxes)
    same = pre.labels[:, None] == corrected.labels
    alike = np.concatenate([found.kept, found.moved])
    wanted = np.where(same & (iou >= 0.5), iou, 0)
    assert iou[alike[:, 0], alike[:, 1]].sum() == pytest.approx(best(wanted))
    left = wanted * 0
    free = np.ix_(
        *(np.setdiff1d(np.arange(len(t)), alike[:, k]) for k, t in enumerate((pre, corrected)))
    )
    left[free] = np.where(same | (iou < 0.5), 0, iou)[free]
    other = found.relabelled
    assert iou[other[:, 0], other[:, 1]].sum() == pytest.approx(best(left))


@settings(max_examples=30, deadline=None)
@given(tables())
def test_what_stands_as_it_is_is_kept(pre):
    found = edits(pre, pre)
    assert len(found.kept) == len(pre)
    assert found.counts().tolist() == [len(pre), 0, 0, 0, 0, 1]


@settings(max_examples=30, deadline=None)
@given(tables(), tables(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(pre, corrected, random):
    places = list(range(len(pre)))
    random.shuffle(places)
    assert (edits(pre[places], corrected).counts() == edits(pre, corrected).counts()).all()


@pytest.mark.parametrize(
    ("moved", "label", "kind"),
    [
        (0.0, 0, {"verify": 1}),
        (0.5, 0, {"verify": 1}),  # IoU .905
        (2.0, 0, {"adjust": 1}),  # IoU .667
        (4.0, 0, {"delete": 1, "draw": 1}),  # IoU .43
        (0.0, 1, {"relabel": 1}),
        (2.0, 1, {"relabel": 1, "adjust": 1}),
    ],
)
def test_kinds_of_edit(moved, label, kind):
    pre = table([[0, 0, 10, 10]], [0])
    corrected = table([[moved, 0, 10 + moved, 10]], [label])
    counts = edits(pre, corrected).counts()
    assert {k: n for k, n in zip(EDITS, counts.tolist(), strict=True) if n} == {
        **kind,
        "picture": 1,
    }


def test_crowds_cost_nothing():
    pre = table([[0, 0, 10, 10], [2, 2, 8, 8], [50, 50, 60, 60]], [0, 0, 0])
    flags = np.array([Flag.CROWD], dtype=np.uint16)
    found = edits(pre, table([[0, 0, 20, 20]], [0], flags=flags))
    assert found.deleted.tolist() == [2]
    assert not len(found.drawn)


def test_tags_are_chosen_not_drawn():
    tags = {"kinds": np.array([Kind.TAG, Kind.TAG], dtype=np.uint8)}
    blank = np.full((2, 4), np.nan)
    found = edits(table(blank, [0, 1], **tags), table(blank, [0, 2], **tags))
    assert found.counts().tolist() == [1, 0, 0, 0, 1, 1]
    found = edits(Annotations.empty(), table(blank, [0, 1], **tags))
    assert found.counts().tolist() == [0, 0, 0, 0, 2, 1]
    assert found.tagged.tolist() == [0, 1]


def test_thresholds_are_the_users():
    pre, corrected = table([[0, 0, 10, 10]], [0]), table([[2, 0, 12, 10]], [0])
    assert edits(pre, corrected, right=0.6).counts()[0] == 1
    assert edits(pre, corrected, adjustable=0.7).counts().tolist() == [0, 0, 1, 1, 0, 1]
