"""The shapes of two raters are paired: symmetric, whatever the order, the same is the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from strategies import arrays, boxes, rotated

from formats.annotations import Annotations, Flag, Kind
from geometry import boxes as box_shapes
from geometry import rotated as rotated_shapes
from prelabel.compare import match
from prelabel.compare.candidates import candidates

SOME, FEW = settings(max_examples=40), settings(max_examples=20)


@st.composite
def tables(draw, whole=None):
    """Boxes of three classes, some of which are crowds; whole numbers make ties and doubles."""
    whole = draw(st.booleans()) if whole is None else whole
    corners = draw(boxes(most=8, whole=whole))
    labels = draw(arrays((len(corners),), 0, 2.9)).astype(np.int32)
    crowd = draw(arrays((len(corners),), 0, 1.0)) > 0.9
    return Annotations.of(boxes=corners, labels=labels, flags=crowd * int(Flag.CROWD))


def counts(found):
    return (
        len(found.same),
        len(found.other),
        len(found.only_a),
        len(found.only_b),
        pytest.approx(found.same_likeness.sum()),
    )


def called(found, a, b):
    """How often each class of a met each of b."""
    met = [(a.labels[i], b.labels[j]) for i, j in found.other.tolist()]
    return sorted(met)


@SOME
@given(a=tables(), b=tables(), threshold=st.sampled_from([0.1, 0.5, 0.9]))
def test_sides_and_order_do_not_matter(a, b, threshold):
    found = match(a, b, threshold=threshold, task="boxes")
    swapped = match(b, a, threshold=threshold, task="boxes")
    assert counts(found)[:2] == counts(swapped)[:2]
    assert (len(found.only_a), len(found.only_b)) == (len(swapped.only_b), len(swapped.only_a))
    assert sorted((y, x) for x, y in called(found, a, b)) == called(swapped, b, a)
    turned = match(a[::-1], b[::-1], threshold=threshold, task="boxes")
    assert counts(turned) == counts(found)
    assert called(turned, a[::-1], b[::-1]) == called(found, a, b)


@SOME
@given(table=tables(), task=st.sampled_from(["boxes", "rotated", "polygons"]))
def test_the_same_is_the_same(table, task):
    found = match(table, table, task=task, threshold=0.999)
    taking_part = np.flatnonzero(~table.flagged(Flag.CROWD))
    assert len(found.same) == len(taking_part)
    np.testing.assert_allclose(found.same_likeness, 1)
    assert not len(found.only_a) + len(found.only_b) + len(found.other)


@SOME
@given(a=tables(), b=tables())
def test_every_row_is_somewhere_once(a, b):
    found = match(a, b)
    for side, table, alone in ((0, a, found.only_a), (1, b, found.only_b)):
        rows = [*found.same[:, side], *found.other[:, side], *alone]
        assert len(rows) == len(set(rows))
        assert set(rows) <= set(np.flatnonzero(~table.flagged(Flag.CROWD)).tolist())
    assert (a.labels[found.same[:, 0]] == b.labels[found.same[:, 1]]).all()
    assert (a.labels[found.other[:, 0]] != b.labels[found.other[:, 1]]).all()
    assert (found.same_likeness >= 0.5).all()


@SOME
@given(a=tables(whole=False), b=tables(whole=False))
def test_equal_labels_first_then_the_leftovers(a, b):
    """By scipy on dense matrices, in two steps."""
    a, b = (t[~t.flagged(Flag.CROWD) & (box_shapes.area(t.boxes) > 0)] for t in (a, b))
    found = match(a, b, threshold=0.3)
    iou = box_shapes.iou(a.boxes, b.boxes)
    iou[iou < 0.3] = 0
    same = np.where(a.labels[:, None] == b.labels, iou, 0)
    rows, columns = linear_sum_assignment(same, maximize=True)
    kept = same[rows, columns] > 0
    assert found.same_likeness.sum() == pytest.approx(same[rows, columns].sum(), abs=1e-6)
    rest = np.where(a.labels[:, None] == b.labels, 0, iou)
    rest[rows[kept]], rest[:, columns[kept]] = 0, 0
    rows, columns = linear_sum_assignment(rest, maximize=True)
    assert found.other_likeness.sum() == pytest.approx(rest[rows, columns].sum(), abs=1e-6)


@FEW
@given(table=tables(whole=False), copies=st.integers(1, 3))
def test_duplicates_are_punished(table, copies):
    table = table[~table.flagged(Flag.CROWD) & (box_shapes.area(table.boxes) > 0)]
    found = match(table, Annotations.concat([table] * (copies + 1)))
    assert len(found.same) == len(table)
    assert len(found.only_b) == copies * len(table)


@FEW
@given(shapes=rotated(most=4))
def test_other_ways_to_write_a_rotated_box(shapes):
    shapes = shapes[rotated_shapes.iou(shapes, shapes).sum(axis=1) < 1.5]
    quarter = shapes[:, [0, 1, 3, 2, 4]] + [0, 0, 0, 0, np.pi / 2]
    half = shapes + [0, 0, 0, 0, np.pi]
    a, b, c = (
        Annotations.of(
            rotated=s, boxes=rotated_shapes.bounds(s), kinds=np.full(len(s), Kind.ROTATED)
        )
        for s in (shapes, quarter, half)
    )
    for other in (b, c):
        found = match(a, other, threshold=0.99)
        assert found.same.tolist() == [[k, k] for k in range(len(shapes))]
        np.testing.assert_allclose(found.same_likeness, 1)


@FEW
@given(a=st.lists(tables(), max_size=4), b=st.lists(tables(), max_size=4))
def test_many_pictures_in_one_table(a, b):
    """The pairs of a table of many pictures are those of each picture by itself."""
    count = min(len(a), len(b))
    joined = [
        Annotations.concat(
            [t.with_columns(images=np.full(len(t), k, np.int32)) for k, t in enumerate(side)]
        )
        for side in (a[:count], b[:count])
    ]
    whole = match(*joined)
    starts = [np.cumsum([0, *(len(t) for t in side)]) for side in (a, b)]
    apart = [match(x, y) for x, y in zip(a, b, strict=False)]
    for name, shift in (("same", True), ("other", True), ("only_a", 0), ("only_b", 1)):
        parts = [
            getattr(found, name) + ([s[k] for s in starts] if shift is True else starts[shift][k])
            for k, found in enumerate(apart)
        ]
        wanted = sorted(row for part in parts for row in part.tolist())
        assert sorted(getattr(whole, name).tolist()) == wanted


def test_where_and_what():
    """One the same, one moved, one called otherwise, one on each side only."""
    a = Annotations.of(
        boxes=[(0, 0, 10, 10), (20, 0, 30, 10), (40, 0, 50, 10), (60, 0, 70, 10)],
        labels=[0, 0, 0, 1],
    )
    b = Annotations.of(
        boxes=[(0, 0, 10, 10), (26, 0, 36, 10), (40, 0, 50, 10), (80, 0, 90, 10)],
        labels=[0, 0, 1, 1],
    )
    pairs = candidates(a, b, threshold=0.1)
    found = pairs.match(0.5)
    assert found.same.tolist() == [[0, 0]]
    assert found.other.tolist() == [[2, 2]]
    assert (found.only_a.tolist(), found.only_b.tolist()) == ([1, 3], [1, 3])
    assert pairs.near(found, 0.1).tolist() == [[1, 1]]
    assert pairs.near(found, 0.3).tolist() == []


def test_a_crowd_accounts_for_what_lies_inside_it():
    crowd = Annotations.of(
        boxes=[(0, 0, 100, 100)], labels=[0], flags=np.array([Flag.CROWD], np.uint16)
    )
    b = Annotations.of(
        boxes=[(10, 10, 20, 20), (90, 0, 110, 20), (95, 0, 125, 10), (10, 10, 20, 20)],
        labels=[0, 0, 0, 1],
    )
    found = match(crowd, b)
    assert found.only_b.tolist() == [2, 3]  # mostly outside; of another class
    assert not len(found.only_a)
    assert match(b, crowd).only_a.tolist() == [2, 3]


def test_rows_marked_outside_are_absent():
    a = Annotations.of(
        boxes=[(0, 0, 10, 10)], labels=[0], flags=np.array([Flag.OUTSIDE], np.uint16)
    )
    found = match(a, a.with_columns(flags=None))
    assert (len(found.same), len(found.only_a), len(found.only_b)) == (0, 0, 1)


def tags(*labels):
    return Annotations.of(labels=labels, kinds=np.full(len(labels), Kind.TAG))


@pytest.mark.parametrize(
    ("a", "b", "same", "other", "alone"),
    [
        ((0,), (0,), 1, 0, (0, 0)),
        ((0,), (1,), 0, 1, (0, 0)),
        ((0, 2), (2,), 1, 0, (1, 0)),
        ((0, 2), (2, 1), 1, 1, (0, 0)),
        ((), (1,), 0, 0, (0, 1)),
        ((0, 0), (0,), 1, 0, (1, 0)),
    ],
)
def test_tags(a, b, same, other, alone):
    found = match(tags(*a), tags(*b))
    assert (len(found.same), len(found.other)) == (same, other)
    assert (len(found.only_a), len(found.only_b)) == alone
    assert (found.same_likeness == 1).all()


def test_tags_never_meet_shapes():
    shape = Annotations.of(boxes=[(0, 0, 5, 5)], labels=[0])
    found = match(Annotations.concat([tags(0), shape]), Annotations.concat([shape, tags(0)]))
    assert sorted(found.same.tolist()) == [[0, 1], [1, 0]]


def test_shapes_without_area_meet_their_likes_only():
    flat = Annotations.of(boxes=[(5, 5, 5, 9), (1, 1, 1, 1), (np.nan,) * 4], labels=[0, 0, 0])
    assert sorted(match(flat, flat).same.tolist()) == [[0, 0], [1, 1], [2, 2]]
    other = flat.with_columns(boxes=flat.boxes + 1)
    assert match(flat, other).same.tolist() == [[2, 2]]
