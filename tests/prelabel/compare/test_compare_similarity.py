"""Likeness of shapes: pycocotools is the oracle where it asks the same question."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco
from pycocotools.cocoeval import COCOeval
from strategies import arrays, boxes, pictures, rings

from formats.annotations import Annotations, Flag, Kind
from geometry import keypoints, masks, polygons
from prelabel.compare import TASKS, similar
from prelabel.compare.by_picture import size_of
from prelabel.compare.tasks import Shapes, task_for
from prelabel.errors import SettingsError

SIZE = 48, 40
FEW = settings(max_examples=25)


def dense(pairs, a, b):
    matrix = np.zeros((len(a), len(b)))
    matrix[pairs[0], pairs[1]] = pairs[2]
    return matrix


def of_boxes(corners):
    return Annotations.of(boxes=corners, labels=np.zeros(len(corners), np.int32))


def of_masks(found):
    return Annotations.of(
        masks=found,
        boxes=np.array([masks.bounds(mask) for mask in found]).reshape(-1, 4),
        kinds=np.full(len(found), Kind.MASK),
    )


def of_rings(found):
    bounds = polygons.bounds(found)
    return Annotations.of(rings=found, boxes=bounds, kinds=np.full(len(found), Kind.POLYGON))


def of_points(points):
    kinds = np.full(len(points), Kind.POINTS)
    return Annotations.of(keypoints=points, boxes=keypoints.bounds(points), kinds=kinds)


SHARP = boxes(most=8).map(lambda b: b[((b[:, 2:] - b[:, :2]) > 0.1).all(axis=1)])


@FEW
@given(a=SHARP, b=SHARP)
def test_boxes_are_pycocotools(a, b):
    a, b = a[:0] if not len(b) else a, b[:0] if not len(a) else b
    wide = [np.hstack([x[:, :2], x[:, 2:] - x[:, :2]]) for x in (a, b)]
    wanted = coco.iou(*wide, [0] * len(b)) if len(a) else np.zeros((0, 0))
    found = dense(similar(of_boxes(a), of_boxes(b), task="boxes"), a, b)
    np.testing.assert_allclose(found, wanted, atol=1e-9)


PICTURES = st.lists(pictures(st.just(SIZE)).filter(np.any), max_size=4)


@FEW
@given(a=PICTURES, b=PICTURES)
def test_masks_are_pycocotools(a, b):
    found = similar(
        of_masks([masks.encode(p) for p in a]), of_masks([masks.encode(p) for p in b]), task="masks"
    )
    runs = [[coco.encode(np.asfortranarray(p.astype(np.uint8))) for p in side] for side in (a, b)]
    wanted = coco.iou(*runs, [0] * len(b)) if a and b else np.zeros((len(a), len(b)))
    np.testing.assert_allclose(dense(found, a, b), wanted, atol=1e-12)


def truth_oks(found, true, areas):
    """COCO's OKS of every pair, (N, M)."""
    evaluation = COCOeval(iouType="keypoints")
    matrix = np.zeros((len(found), len(true)))
    for i, j in np.ndindex(matrix.shape):
        evaluation._gts = {(1, 1): [of_truth(true[j], areas[j])]}
        evaluation._dts = {(1, 1): [{"keypoints": found[i].ravel().tolist(), "score": 1}]}
        matrix[i, j] = evaluation.computeOks(1, 1)[0, 0]
    return matrix


def of_truth(points, area):
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    return {
        "keypoints": points.ravel().tolist(),
        "area": area,
        "bbox": [*low, *(high - low)],
        "num_keypoints": len(points),
    }


@st.composite
def people(draw, most=3):
    """(N, 17, 3) keypoints near to each other, the first of them always labelled."""
    count = draw(st.integers(0, most))
    points = draw(arrays((count, 17, 3), 0.0, 1.0))
    points[..., :2] = 20 + 10 * points[..., :2]
    points[..., 2] = np.where(points[..., 2] < 0.4, 0, 2)
    points[:, 0, 2] = 2
    return points


@FEW
@given(a=people(), b=people(), area=st.floats(50, 500))
def test_keypoints_against_the_truth_are_pycocotools(a, b, area):
    areas = np.full(len(b), area)
    truth = of_points(b).with_columns(areas=areas)
    found = similar(of_points(a), truth, task="keypoints", against="truth")
    np.testing.assert_allclose(dense(found, a, b), truth_oks(a, b, areas), atol=1e-9)


@FEW
@given(a=people(), b=people(), area=st.floats(50, 500), more=st.floats(1, 2))
def test_keypoints_between_annotators_are_symmetric(a, b, area, more):
    ours = of_points(a).with_columns(areas=np.full(len(a), area))
    theirs = of_points(b).with_columns(areas=np.full(len(b), area * more))
    found = dense(similar(ours, theirs, task="keypoints"), a, b)
    np.testing.assert_allclose(found, dense(similar(theirs, ours, task="keypoints"), b, a).T)
    assert np.isfinite(found).all()
    everyone = similar(ours, ours, task="keypoints")
    np.testing.assert_allclose(dense(everyone, a, a).diagonal(), 1)


def test_a_point_that_only_one_annotator_labelled_counts_against_both():
    points = np.full((1, 4, 3), 10.0)
    points[..., 2] = 2
    fewer = points.copy()
    fewer[0, 3] = np.nan, np.nan, 0
    a, b = (of_points(p).with_columns(areas=[100.0]) for p in (points, fewer))
    for first, second, value in ((a, b, 0.75), (b, a, 0.75)):
        _, _, oks = similar(first, second, task="keypoints", sigmas=0.1)
        assert oks == pytest.approx([value])
    assert similar(a, b, task="keypoints", sigmas=0.1, against="truth")[2] == pytest.approx([1])
    assert similar(b, a, task="keypoints", sigmas=0.1, against="truth")[2] == pytest.approx([0.75])


def test_each_label_has_sigmas_of_its_own():
    points = np.array([[[10.0, 10, 2], [20, 20, 2]]])
    a, b = (of_points(p).with_columns(areas=[100.0]) for p in (points, points + [2, 0, 0]))
    told = {0: [0.05, 0.05], 1: [0.5, 0.5]}
    values = [
        similar(x, y, task="keypoints", sigmas=told)[2][0]
        for x, y in ((a, b), (a.with_columns(labels=[1]), b.with_columns(labels=[1])))
    ]
    alike = [
        keypoints.mutual_oks(points, points + [2, 0, 0], [100.0], [100.0], [s, s])[0, 0]
        for s in (0.05, 0.5)
    ]
    assert values == pytest.approx(alike)


@FEW
@given(a=rings(most=3), b=rings(most=3))
def test_polygons_are_those_of_geometry(a, b):
    found = similar(of_rings(a), of_rings(b), task="polygons")
    wanted = polygons.iou(a, b)
    empty = [polygons.area(x) == 0 for x in (a, b)]
    wanted[np.ix_(*empty)] = np.nan  # rows without a polygon have no box either: alike
    inside = ~np.isnan(wanted)
    np.testing.assert_allclose(dense(found, a, b)[inside], wanted[inside])


SQUARE = np.array([(4.0, 4), (24, 4), (24, 24), (4, 24)])


def one(kind, **columns):
    return Annotations.of(boxes=[(4, 4, 24, 24)], labels=[0], kinds=[kind], **columns)


BOX = one(Kind.BOX)
TURNED = one(Kind.ROTATED, rotated=[(14, 14, 20, 20, np.pi / 2)])
ROUND = one(Kind.ELLIPSE, rotated=[(14, 14, 20, 20, 0.3)])
DRAWN = one(Kind.POLYGON, rings=polygons.Rings.of([[[SQUARE]]]))
PIXELS = one(Kind.MASK, masks=[masks.from_rings([[SQUARE]], SIZE)])
POINTS = one(Kind.BOX, keypoints=[np.column_stack([SQUARE, [2, 2, 2, 2]])])


@pytest.mark.parametrize("task", ["boxes", "rotated", "polygons", "masks"])
@pytest.mark.parametrize(
    "a", [BOX, TURNED, DRAWN, PIXELS], ids=["box", "turned", "drawn", "pixels"]
)
@pytest.mark.parametrize(
    "b", [BOX, TURNED, DRAWN, PIXELS], ids=["box", "turned", "drawn", "pixels"]
)
def test_a_square_is_a_square_however_it_was_drawn(a, b, task):
    assert similar(a, b, task=task, size=SIZE)[2] == pytest.approx([1])


def test_masks_of_no_known_size_are_compared_as_outlines():
    assert similar(DRAWN, BOX, task="masks")[2] == pytest.approx([1])


def test_an_ellipse_is_its_outline():
    assert similar(ROUND, BOX, task="polygons")[2] == pytest.approx([np.pi / 4], abs=2e-3)


def test_masks_of_other_pictures_sizes_are_drawn_anew():
    other = one(Kind.MASK, masks=[masks.from_rings([[SQUARE]], (30, 30))])
    assert similar(PIXELS, other, task="masks", size=SIZE)[2] == pytest.approx([1])


@pytest.mark.parametrize(
    ("rows", "task"),
    [
        ((), "boxes"),
        ((BOX, BOX), "boxes"),
        ((TURNED, TURNED), "rotated"),
        ((DRAWN, DRAWN), "polygons"),
        ((DRAWN, TURNED), "polygons"),
        ((ROUND, ROUND), "polygons"),
        ((DRAWN, PIXELS), "masks"),
        ((PIXELS, TURNED), "masks"),
        ((DRAWN, BOX), "boxes"),
        ((POINTS, POINTS), "keypoints"),
        ((POINTS, BOX), "boxes"),
    ],
)
def test_auto_takes_the_most_exact_shape_that_all_have(rows, task):
    assert task_for("auto", *rows) == task
    assert task_for("auto", *(Shapes.of(row) for row in reversed(rows))) == task
    if len(rows) == 2:
        assert task_for("auto", Annotations.concat(list(rows)), Annotations.empty()) == task


def test_a_tag_does_not_change_the_task():
    tag = Annotations.of(labels=[0], kinds=[Kind.TAG])
    assert task_for("auto", Annotations.concat([DRAWN, tag])) == "polygons"


def test_a_crowd_does_not_change_the_task():
    crowd = PIXELS.with_columns(flags=np.array([Flag.CROWD], np.uint16))
    assert task_for("auto", Annotations.concat([DRAWN, crowd])) == "polygons"


def test_a_task_that_does_not_exist():
    with pytest.raises(SettingsError, match="polygon"):
        similar(BOX, BOX, task="polygon")


@pytest.mark.parametrize("task", TASKS)
def test_empty_tables(task):
    for a, b in ((BOX, Annotations.empty()), (Annotations.empty(), BOX)):
        assert [len(column) for column in similar(a, b, task=task, size=SIZE)] == [0, 0, 0]


@pytest.mark.parametrize("task", TASKS)
def test_only_rows_of_one_picture_meet(task):
    rows = Annotations.concat([POINTS] * 3)
    a, b = rows.with_columns(images=[0, 2, 3]), rows.with_columns(images=[2, 1, 3])
    i, j, _ = similar(a, b, task=task, size=[SIZE] * 4)
    assert list(zip(i.tolist(), j.tolist(), strict=True)) == [(1, 0), (2, 2)]


def test_sizes_by_picture():
    assert size_of(SIZE, 3) == SIZE
    assert size_of([(1, 2), None], 1) is None
    assert size_of(None, 0) is None
