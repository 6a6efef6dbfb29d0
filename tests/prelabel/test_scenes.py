"""Drawn scenes and clips: the truth against pixels, pycocotools and shapely."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
import shapely
from pycocotools import mask as runs

from formats.annotations import Flag, Kind
from prelabel.clips import draw_clip, names
from prelabel.outlines import CLASSES, KEYPOINTS, OUTLINES, POINTS
from prelabel.painting import coverage, render
from prelabel.scenes import Body, Options, Shape, cover, draw, place
from prelabel.truth import labels

pytestmark = pytest.mark.xdist_group("scenes")


@pytest.fixture(scope="module")
def benchmark():
    """Two hundred scenes of the default options, at a size that draws fast."""
    return [draw(seed) for seed in range(200)]


def body(label, radius=20.0):
    red, blue = np.array([255.0, 0, 0]), np.array([0, 0, 255.0])
    return Body(label, radius, 0.9, red, blue, (0.0, 1.0, 0.0))


def silent(shapes, size=128):
    """The shapes on black, without noise."""
    ground = np.zeros((size, size, 3), dtype=np.float32)
    return render(np.random.default_rng(0), ground, shapes, 0.0)


def test_same_seed_same_scene():
    first, again = draw(7, 256), draw(7, 256)
    np.testing.assert_array_equal(first.pixels, again.pixels)
    for name, column in first.annotations.columns().items():
        if name == "rings":
            assert column == again.annotations.rings
        else:
            np.testing.assert_array_equal(column, again.annotations.columns()[name])


def test_another_seed_another_scene():
    assert not np.array_equal(draw(1).pixels, draw(2).pixels)


def test_picture_is_rgb_bytes():
    scene = draw(0, 192)
    assert scene.pixels.shape == (192, 192, 3)
    assert scene.pixels.dtype == np.uint8
    assert scene.size == 192


def test_small_canvas_is_refused():
    with pytest.raises(ValueError, match="128 or more"):
        draw(0, 100)


def test_counts_and_classes(benchmark):
    counts = [len(scene.annotations) for scene in benchmark]
    assert min(counts) == 4
    assert max(counts) == 12
    drawn = np.concatenate([scene.annotations.labels for scene in benchmark])
    assert np.bincount(drawn, minlength=len(CLASSES)).min() > len(drawn) / len(CLASSES) / 2


def test_a_third_overlaps(benchmark):
    """Share of shapes whose box has an IoU of .2 or more with another one of the scene."""
    touched = []
    for scene in benchmark:
        boxes = scene.annotations.boxes
        sides = np.column_stack([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]])
        ious = runs.iou(sides, sides, [0] * len(sides))
        touched.extend((ious - np.eye(len(sides))).max(axis=1) >= 0.2)
    assert 0.30 <= np.mean(touched) <= 0.40


def test_a_tenth_is_tiny(benchmark):
    """Share of shapes whose longest side is under 16 pixels."""
    boxes = np.concatenate([scene.annotations.boxes for scene in benchmark])
    longest = (boxes[:, 2:] - boxes[:, :2]).max(axis=1)
    assert 0.08 <= np.mean(longest < 16) <= 0.13


def test_full_rotation(benchmark):
    angles = np.concatenate([scene.annotations.rotated[:, 4] for scene in benchmark])
    quarters = np.histogram(angles, bins=8, range=(-np.pi, np.pi))[0]
    assert quarters.sum() == len(angles)
    assert quarters.min() > len(angles) / 16


def test_half_of_every_shape_is_seen(benchmark):
    assert min(shape.seen for scene in benchmark for shape in scene.shapes) >= 0.5


def test_noise_in_every_scene(benchmark):
    for scene in benchmark[:20]:
        grain = np.diff(scene.pixels.astype(float), axis=1)
        assert np.median(np.abs(grain)) > 1


@pytest.mark.parametrize("label", range(len(CLASSES)), ids=CLASSES)
@pytest.mark.parametrize("angle", [0.0, 0.7, np.pi / 2, -2.5])
def test_painted_pixels_are_the_outline(label, angle):
    """Pixels whose centre lies well inside are painted fully, those well outside not at all."""
    shape = place(body(label), 63.3, 60.8, angle, 128)
    painted = silent([shape]).sum(axis=2)
    x, y = np.meshgrid(np.arange(128) + 0.5, np.arange(128) + 0.5)
    inside, outside = shape.outline.buffer(-0.8), shape.outline.buffer(0.8)
    assert (painted[shapely.contains_xy(inside, x, y)] >= 254).all()
    assert (painted[~shapely.contains_xy(outside, x, y)] == 0).all()


@pytest.mark.parametrize("label", range(len(CLASSES)), ids=CLASSES)
def test_coverage_sums_to_the_area(label):
    shape = place(body(label), 61.7, 66.2, 1.1, 128)
    assert coverage(shape.outline, (128, 128)).sum() == pytest.approx(shape.outline.area, rel=0.003)


def test_coverage_beside_opencv():
    """The same polygon drawn sixteen times larger by OpenCV and averaged down."""
    ring = np.array([[10.2, 5.5], [50.7, 20.1], [30.3, 58.9], [12.9, 40.0]])
    large = np.zeros((1024, 1024), np.uint8)
    cv2.fillPoly(large, [np.rint(ring * 16).astype(np.int32)], 1)
    expected = large.reshape(64, 16, 64, 16).mean(axis=(1, 3))
    np.testing.assert_allclose(coverage(shapely.Polygon(ring), (64, 64)), expected, atol=0.2)


def test_coverage_of_nothing_and_of_a_hole():
    assert coverage(shapely.Polygon(), (4, 5)).shape == (4, 5)
    assert not coverage(shapely.MultiPolygon(), (4, 5)).any()
    square = shapely.box(1, 1, 5, 5).difference(shapely.box(2, 2, 4, 4))
    expected = np.zeros((6, 6))
    expected[1:5, 1:5] = 1
    expected[2:4, 2:4] = 0
    np.testing.assert_array_equal(coverage(square, (6, 6)), expected)


def filled(ring, size):
    """Pixels of one ring as pycocotools rasterises it."""
    return int(runs.area(runs.frPyObjects([ring.ravel().tolist()], size, size)[0]))


def test_rings_rasterised_by_pycocotools_are_the_visible_part(benchmark):
    """Filled outer rings minus filled holes, against the area that the truth states."""
    for scene in benchmark[:25]:
        truth, size = scene.annotations, scene.size
        for row, area in zip(truth.rings, truth.areas, strict=True):
            total = sum(
                filled(outer, size) - sum(filled(hole, size) for hole in holes)
                for outer, *holes in row
            )
            edge = sum(shapely.LinearRing(ring).length for part in row for ring in part)
            assert abs(total - area) <= 0.5 * edge + 2


def test_boxes_and_areas_are_those_of_the_rings(benchmark):
    for scene in benchmark[:50]:
        truth = scene.annotations
        for row, box, area in zip(truth.rings, truth.boxes, truth.areas, strict=True):
            parts = shapely.MultiPolygon([(part[0], part[1:]) for part in row])
            assert parts.is_valid
            np.testing.assert_allclose(parts.bounds, box, atol=1e-9)
            assert parts.area == pytest.approx(area)


def test_visible_parts_do_not_overlap(benchmark):
    for scene in benchmark[:50]:
        for i, shape in enumerate(scene.shapes):
            for above in scene.shapes[i + 1 :]:
                assert shape.visible.intersection(above.outline).area < 1e-6


def test_oriented_boxes_hold_the_visible_part(benchmark):
    for scene in benchmark[:25]:
        for shape, (cx, cy, w, h, angle) in zip(
            scene.shapes, scene.annotations.rotated, strict=True
        ):
            along = np.array([np.cos(angle), np.sin(angle)])
            aside = np.array([-along[1], along[0]])
            away = shapely.get_coordinates(shape.visible) - (cx, cy)
            assert np.abs(away @ along).max() == pytest.approx(w / 2)
            assert np.abs(away @ aside).max() == pytest.approx(h / 2)


@pytest.mark.parametrize("label", range(len(CLASSES)), ids=CLASSES)
def test_keypoints_lie_inside_their_outline(label):
    outer, *holes = OUTLINES[label]
    unit = shapely.Polygon(outer, holes)
    assert POINTS[label].shape == (len(KEYPOINTS), 2)
    assert shapely.contains_xy(unit, POINTS[label]).all()
    front, right, back, left = POINTS[label]
    assert front[0] > 0 > back[0]
    np.testing.assert_allclose(left, right * (1, -1))


def test_keypoints_of_scenes_lie_in_their_shapes(benchmark):
    for scene in benchmark[:50]:
        for shape, points in zip(scene.shapes, scene.annotations.keypoints, strict=True):
            for x, y, seen in points:
                if seen == 2:
                    assert shape.visible.covers(shapely.Point(x, y))
                elif seen == 1:
                    assert shape.outline.covers(shapely.Point(x, y))
                else:
                    assert (x, y) == (0, 0)


def test_keypoint_visibility():
    """Front outside the picture, right under another shape, the rest seen."""
    low = place(body(3, 30.0), 110, 64, 0.0, 128)
    lid = place(body(0, 8.0), *low.points()[1], 0.0, 128)
    hidden, top = cover([low], lid)
    assert hidden.keypoints(128)[:, 2].tolist() == [2, 1, 2, 2]
    moved = place(body(3, 30.0), 120, 64, 0.0, 128)
    assert moved.keypoints(128)[0].tolist() == [0, 0, 0]
    assert top.keypoints(128)[:, 2].tolist() == [2, 2, 2, 2]


def test_mark_shows_the_front():
    for label in range(len(CLASSES)):
        shape = place(body(label), 64, 64, 0.4, 128)
        pixels = silent([shape])
        colours = [pixels[int(y), int(x)] for x, y in shape.points()]
        assert colours[0][2] > 200
        assert colours[2][0] > 200


def test_table_of_a_scene():
    truth = draw(3).annotations
    assert (truth.kinds == Kind.POLYGON).all()
    assert np.isnan(truth.scores).all()
    assert truth.tracks is None
    assert truth.keypoints.shape == (len(truth), len(KEYPOINTS), 3)


def test_flags_tell_border_and_cover():
    table = next(
        t for t in (draw(s).annotations for s in range(50)) if (t.flags & Flag.OCCLUDED).any()
    )
    assert table.flags.dtype == np.uint16
    inside = draw(0, 320, Options(shapes=(1, 1), paired=0.0))
    (shape,) = inside.shapes
    border = inside.annotations.flags[0] == Flag.TRUNCATED
    assert border == (shape.seen < 1 - 1e-9)


def test_labels_name_classes_and_keypoints():
    assert tuple(label.name for label in labels()) == CLASSES
    assert all(label.keypoints == KEYPOINTS for label in labels())
    assert all(label.mirror == (0, 3, 2, 1) for label in labels())


def test_fragments_below_a_pixel_are_left_out():
    low = place(body(3, 20.0), 64, 64, 0.0, 128)
    whole = low.outline.bounds
    lid = shapely.box(whole[0] - 1, whole[1] - 1, whole[2] - 0.02, whole[3] + 1)
    top = Shape(body(3), 64, 64, 0.0, lid, lid)
    assert cover([low], top)[0].visible.is_empty


def test_clip_is_repeatable_frame_by_frame():
    first, again = draw_clip(5, 6, 160), draw_clip(5, 6, 160)
    assert len(first) == 6
    for scene, index in zip(first, (0, 1, 2, 3, 4, 5), strict=True):
        np.testing.assert_array_equal(scene.pixels, again.frame(index).pixels)


def test_clip_names_its_frames():
    assert [name for name, _ in names(draw_clip(5, 3, 160))] == [
        "000000.png",
        "000001.png",
        "000002.png",
    ]


def test_clip_errors():
    with pytest.raises(ValueError, match="1 or more"):
        draw_clip(0, 0)
    with pytest.raises(IndexError, match="frame 4 of a clip of 4"):
        draw_clip(0, 4).frame(4)


def test_tracks_keep_class_and_move_smoothly():
    for seed in range(3):
        clip = draw_clip(seed, 60)
        for before, after in pairwise(clip):
            for a, b in zip(before.shapes, after.shapes, strict=True):
                assert a.track == b.track
                assert a.body is b.body
                assert np.hypot(a.x - b.x, a.y - b.y) < 0.05 * clip.size


def test_clip_rows_enter_leave_and_are_covered():
    tables = [scene.annotations for seed in range(4) for scene in draw_clip(seed, 20)]
    assert all(len(set(t.tracks.tolist())) == len(t) for t in tables if len(t))
    flags = np.concatenate([t.flags for t in tables])
    assert (flags & Flag.OCCLUDED).any()
    assert (flags & Flag.TRUNCATED).any()
    rows = [len(draw_clip(1, 20).frame(i).annotations) for i in range(20)]
    assert len(set(rows)) > 1
