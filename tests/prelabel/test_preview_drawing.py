"""Overlays: what is drawn, and what is left as it was."""

import numpy as np
import pytest

from formats.annotations import Annotations, Flag, Kind
from formats.dataset import Label
from geometry import masks
from geometry.rings import Rings
from prelabel.preview import draw
from prelabel.preview.captions import Caption, placed
from prelabel.preview.palette import colours
from prelabel.preview.plates import plate, shortened
from prelabel.preview.shapes import of

LABELS = (Label("cat"), Label("dog", keypoints=("a", "b"), bones=((0, 1),)))
GREY = np.full((240, 320, 3), 128, dtype=np.uint8)
OUTER = np.array([(60.0, 60), (260, 60), (260, 200), (60, 200)])
HOLE = np.array([(120.0, 100), (200, 100), (200, 160), (120, 160)])


def table(*boxes, **columns):
    n = len(boxes)
    return Annotations.of(n, boxes=np.array(boxes, dtype=float).reshape(n, 4), **columns)


def changed(annotations):
    """Which pixels of a grey picture were drawn on."""
    return (draw(GREY, annotations, LABELS) != GREY).any(axis=2)


def test_nothing_to_draw_changes_nothing():
    assert not changed(Annotations.empty()).any()


def test_the_picture_handed_in_is_not_touched():
    pixels = GREY.copy()
    pixels.setflags(write=False)
    assert draw(pixels, table((10, 10, 50, 50)), LABELS) is not pixels
    assert (pixels == 128).all()


def test_box_is_a_frame():
    drawn = changed(table((60, 60, 260, 200)))
    assert drawn[60:200, 60].all()
    assert drawn[60:200, 259].all()
    assert drawn[199, 60:260].all()
    assert not drawn[70:190, 70:250].any()


def filled():
    dense = np.zeros((240, 320), dtype=bool)
    dense[60:200, 60:260] = True
    dense[100:160, 120:200] = False
    yield table((60, 60, 260, 200), kinds=[Kind.MASK], masks=[masks.encode(dense)])
    yield table((60, 60, 260, 200), kinds=[Kind.POLYGON], rings=Rings.of([[[OUTER, HOLE]]]))


@pytest.mark.parametrize("annotations", [*filled()], ids=["mask", "polygon"])
def test_holes_are_left_free(annotations):
    pixels = draw(GREY, annotations, LABELS)
    (colour,) = colours(["cat"])
    blend = 128 * 0.65 + np.array(colour) * 0.35
    assert np.allclose(pixels[180, 80:240], blend, atol=1)
    assert (pixels[105:155, 125:195] == 128).all()
    assert (pixels[210:, 270:] == 128).all()


def test_parts_that_overlap_are_one_area():
    shift = OUTER + (20, 10)
    both = table((60, 60, 280, 210), kinds=[3], rings=Rings.of([[[OUTER], [shift]]]))
    pixels = draw(GREY, both, LABELS)
    assert (pixels[150, 100] != 128).any()


def test_oriented_box_follows_its_angle():
    turned = np.array([[160.0, 120, 120, 40, np.pi / 2]])
    drawn = changed(table((100, 100, 220, 140), kinds=[Kind.ROTATED], rotated=turned))
    assert drawn[65:175, 140].all()
    assert not drawn[120, 100:130].any()


def test_line_is_not_closed():
    path = np.array([(60.0, 60), (260, 60), (260, 200)])
    drawn = changed(table((60, 60, 260, 200), kinds=[Kind.LINE], rings=Rings.of([[[path]]])))
    assert drawn[60, 100:260].all()
    assert not drawn[130, 150:170].any()


def test_keypoints_that_are_not_labelled_are_not_drawn():
    points = np.array([[(100.0, 120, 2), (200, 120, 0)], [(100.0, 180, 2), (200, 180, 1)]])
    boxes = ((60, 60, 260, 220),) * 2
    drawn = changed(table(*boxes, labels=[1, 1], keypoints=points))
    assert drawn[120, 100]
    assert not drawn[120, 140:220].any()
    assert drawn[180, 100:200].all()


def test_objects_outside_the_picture_are_not_drawn():
    assert not changed(table((60, 60, 260, 200), flags=[Flag.OUTSIDE])).any()
    assert changed(table((300, 200, 400, 300))).any()
    assert changed(table((-900, -900, 900, 900), kinds=[3], rings=Rings.of([[[OUTER * 9]]]))).any()


def test_tag_is_a_caption_in_the_corner():
    drawn = changed(table((np.nan,) * 4, kinds=[Kind.TAG], scores=[0.5]))
    assert drawn[2, 2]
    assert not drawn[40:].any()


def test_lines_and_letters_grow_with_the_picture():
    large = np.full((2400, 3200, 3), 128, dtype=np.uint8)
    drawn = (draw(large, table((600, 600, 2600, 2000)), LABELS) != 128).any(axis=2)
    assert drawn[1000, 590:620].sum() > 2 * changed(table((60, 60, 260, 200)))[100, 50:80].sum()


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3)])
def test_tiny_pictures(size):
    pixels = np.zeros((*size, 3), dtype=np.uint8)
    assert draw(pixels, table((0, 0, 2, 2), scores=[0.3]), LABELS).shape == pixels.shape


@pytest.mark.parametrize(
    "box", [(0, 0, 40, 40), (300, 0, 320, 20), (0, 220, 20, 240), (300, 220, 320, 240)]
)
def test_captions_lie_inside_the_picture(box):
    caption = Caption("elephant 0.83", (255, 0, 0), np.array(box, dtype=float))
    ((label, (x, y)),) = placed([caption], (320, 240), 12)
    assert x >= 0
    assert y >= 0
    assert x + label.shape[1] <= 320
    assert y + label.shape[0] <= 240


def test_captions_of_one_place_do_not_cover_each_other():
    box = np.array([100.0, 100, 200, 150])
    captions = [Caption(f"cat 0.{i}", (255, 0, 0), box) for i in range(6)]
    seen = np.zeros((240, 320), dtype=int)
    for label, (x, y) in placed(captions, (320, 240), 12):
        seen[y : y + label.shape[0], x : x + label.shape[1]] += 1
    assert seen.max() == 1


def test_caption_says_class_track_and_score():
    annotations = table((0, 0, 9, 9), (0, 0, 9, 9), tracks=[7, -1], scores=[np.nan, 0.256])
    texts = [shape.caption(["cat"]) for shape in of(annotations, LABELS)]
    assert texts == ["cat 0.26", "cat #7"]


def test_long_captions_keep_their_score():
    assert shortened("x" * 90 + " 0.83").endswith("xx 0.83")
    assert len(shortened("x" * 90 + " 0.83")) == 40
    assert shortened("two\nlines") == "two lines"


def test_plate_is_readable():
    label = plate("cat 0.83", 14, (255, 153, 34))
    assert (label[0, 0] == (255, 153, 34)).all()
    assert label.min() < 20
    assert label.shape[0] >= 14


def test_masks_keep_their_pixels_when_thinned():
    dense = np.zeros((240, 320), dtype=bool)
    dense[50, 50] = True
    (shape,) = of(table((50, 50, 51, 51), masks=[masks.encode(dense)]), LABELS, tolerance=5)
    assert len(shape.parts[0][0]) >= 3
