"""Pictures side by side: what is drawn where, and what stands out."""

import base64
import re

import cv2
import numpy as np
import pytest

from formats.annotations import Annotations, Kind
from formats.dataset import Item, Label
from geometry import masks
from prelabel.image import Image
from prelabel.preview.palette import colours
from prelabel.preview.records import css
from prelabel.reports import pictures
from prelabel.reports.pictures import View, beside, compare

LABELS = (Label("cat"), Label("dog", keypoints=("a", "b"), bones=((0, 1),)))


def boxes(*corners, **columns):
    n = len(corners)
    return Annotations.of(n, boxes=np.array(corners, dtype=float).reshape(n, 4), **columns)


def item(*corners, size=(640, 480), **columns):
    return Item("a.jpg", size, boxes(*corners, **columns))


def image(width=640, height=480):
    return Image(np.full((height, width, 3), 90, dtype=np.uint8))


def edges(text):
    return re.findall(r'<path class="edge" d="([^"]+)"', text)


def test_the_picture_is_embedded_once_and_shown_in_every_panel():
    made = compare(item((0, 0, 9, 9)), item(), image(), LABELS)
    (data,) = re.findall(r"data:image/jpeg;base64,([^\"]+)", made)
    pixels = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)
    assert pixels.shape == (480, 640, 3)
    (name,) = re.findall(r'<image id="([^"]+)"', made)
    # the other rater, and both overlaid
    assert made.count(f'<use href="#{name}"/>') == 2


@pytest.mark.parametrize(
    ("size", "drawn"), [((640, 480), 1.0), ((3200, 1600), 0.25), ((240, 120), 2.0)]
)
def test_shapes_are_in_pixels_of_the_drawing(size, drawn):
    seen = Item("a.jpg", size, boxes((10, 20, 30, 40)))
    x0, y0, x1, y1 = (f"{v * drawn:g}" for v in (10, 20, 30, 40))
    way = f"M{x0} {y0}L{x1} {y0}L{x1} {y1}L{x0} {y1}Z"
    for ground in (image(*size), None):
        made = compare(seen, item(), ground, LABELS)
        assert f'viewBox="0 0 {size[0] * drawn:g} {size[1] * drawn:g}"' in made
        assert way in edges(made)


def test_what_differs_is_strong_and_has_a_caption():
    seen = item((10, 10, 50, 50), (200, 200, 260, 260), labels=[0, 1])
    made = compare(seen, item(), None, LABELS, differs=([False, True], None))
    assert re.findall(r">(cat|dog)</text>", made) == ["dog"]
    first = made[: made.index("</svg>")]
    assert re.findall(r'<g class="(shape[^"]*)"', first) == ["shape calm", "shape"]
    assert "2 objects, 1 without an equal" in made


def test_colours_are_those_of_the_classes_then_those_of_people():
    made = compare(item((0, 0, 9, 9), labels=[0]), item((0, 0, 9, 9), labels=[1]), None, LABELS)
    painted = re.findall(r'<g class="shape" color="([^"]+)"', made)
    assert painted[:2] == [css(colour) for colour in colours(["cat", "dog"])]
    assert len(set(painted[2:])) == 2


def test_not_looked_at_is_not_empty():
    made = compare(Item("a.jpg", (64, 48)), item(), None, LABELS, names=("Ann", "Bob"))
    assert "Ann: did not look" in made
    assert "Bob: 0 objects" in made


def test_masks_and_keypoints_are_drawn():
    dense = np.zeros((480, 640), dtype=bool)
    dense[100:300, 100:400] = True
    points = np.array([[(20.0, 30, 2), (60, 70, 1)]])
    table = boxes(
        (100, 100, 400, 300),
        kinds=[Kind.MASK],
        masks=[masks.encode(dense)],
        keypoints=points,
        labels=[1],
    )
    made = beside([View("A", table)], None, LABELS, title="t", size=(640, 480))
    assert made.count('class="inside"') == 1
    assert re.findall(r'<circle class="([^"]+)" cx="20.0" cy="30.0"', made) == ["point"]
    assert re.findall(r'<circle class="([^"]+)" cx="60.0"', made) == ["point hidden-one"]
    assert '<line class="edge" x1="20.0" y1="30.0" x2="60.0" y2="70.0"/>' in made


def test_without_a_size_the_ground_holds_all_shapes():
    turned = np.array([[900.0, 700, 400, 100, 0.5]])
    table = boxes((0, 0, 10, 10), kinds=[Kind.ROTATED], rotated=turned)
    made = beside([View("A", table)], None, LABELS, title="t")
    width, height = map(int, re.findall(r'viewBox="0 0 (\d+) (\d+)"', made)[0])
    ways = re.findall(r"(-?[\d.]+) (-?[\d.]+)", edges(made)[0])
    assert all(0 <= float(x) <= width and 0 <= float(y) <= height for x, y in ways)


def test_nothing_at_all_gives_a_plain_ground():
    made = beside([View("A", None), View("B", None)], None, LABELS, title="t")
    assert 'viewBox="0 0 480 480"' in made
    tag = boxes((np.nan,) * 4, kinds=[Kind.TAG])
    assert ">cat</text>" in beside([View("A", tag)], None, LABELS, title="t")


def test_two_pictures_of_one_page_have_names_of_their_own():
    made = [compare(Item(p, (64, 48), boxes()), item(), image(), LABELS) for p in ("a", "b")]
    names = {re.findall(r'<image id="([^"]+)"', text)[0] for text in made}
    assert len(names) == 2


def test_many_raters_are_told_apart():
    views = [View(f"r{i}", boxes((i, i, 90, 90))) for i in range(8)]
    made = beside(views, None, LABELS, title="t", size=(640, 480))
    dots = re.findall(r'<circle cx="5" cy="5" r="5" fill="([^"]+)"', made)
    assert len(set(dots)) == len(pictures.RATERS) == 8


def test_texts_are_escaped():
    evil = "<script>\"'&"
    made = compare(
        Item(evil, (64, 48), boxes((0, 0, 9, 9))),
        item(),
        None,
        (Label(evil),),
        names=(evil, evil),
        note=evil,
    )
    assert "<script>" not in made
