"""Shapes of every kind that the API may tell, drawn by the playground's own modules."""

import base64
import io

import numpy as np
import pytest
import shapely
from browser import launched, opened
from PIL import Image
from playground_pages import MODELS
from playwright.sync_api import expect
from serving import serve
from shapely import affinity

from geometry import rotated

pytestmark = pytest.mark.browser
SIZE = 200
DRAW = """async ([annotations, bones, options]) => {
    const { shapesOf } = await import(new URL("static/shapes.js", location));
    const { Painter } = await import(new URL("static/painter.js", location));
    const canvas = document.createElement("canvas");
    canvas.style.width = canvas.style.height = "SIZEpx";
    canvas.style.position = "fixed";
    document.body.append(canvas);
    const styles = new Map([["thing", { colour: "rgb(255, 0, 0)", ink: "#fff" }]]);
    const shapes = shapesOf(annotations, styles, new Map(Object.entries(bones)));
    const view = { scale: 1, x: 0, y: 0 };
    const painter = new Painter(canvas);
    painter.draw(shapes, view, [SIZE, SIZE], null, { captions: false, fill: true, ...options });
    canvas.remove();
    return [canvas.toDataURL(), shapes.map((shape) => shape.box)];
}""".replace("SIZE", str(SIZE))


@pytest.fixture(scope="module")
def page(chromium):
    with (
        serve({"seg": MODELS["seg"]}) as served,
        launched(chromium) as browser,
        opened(browser, served.url) as found,
    ):
        expect(found.locator("#facts")).not_to_be_empty()
        yield found


def thing(**columns):
    return {"label": "thing", "score": 0.9, "box": None, **columns}


def drawn(page, *annotations, bones=(), **options):
    """(H, W, 4) of what was drawn, and the box of each shape."""
    url, boxes = page.evaluate(DRAW, [annotations, {"thing": list(bones)}, options])
    image = Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))
    return np.asarray(image.convert("RGBA")), boxes


def inside(shape):
    """Pixels whose centre lies in a shape, (H, W)."""
    y, x = np.mgrid[:SIZE, :SIZE] + 0.5
    return shapely.contains_xy(shape, x, y)


def outlined(canvas, line):
    """Whether ink lies within 2.5 pixels of a line, and all of the line is in the colour."""
    ink = canvas[:, :, 3] > 20
    near = inside(line.buffer(2.5))
    core = canvas[inside(line.buffer(0.5))]
    return not (ink & ~near).any() and (core[:, 0] > 200).all() and (core[:, 1] < 60).all()


def test_boxes_are_outlined(page):
    canvas, boxes = drawn(page, thing(box=[20, 30, 120, 90]))
    assert boxes == [[20, 30, 120, 90]]
    assert outlined(canvas, shapely.box(20, 30, 120, 90).exterior)


@pytest.mark.parametrize("angle", [0.0, 0.4, -1.2, 2.9])
def test_rotated_boxes_are_turned_clockwise(page, angle):
    row = np.array([100.0, 90.0, 90.0, 40.0, angle])
    corners = rotated.corners(row[None])[0]
    canvas, (box,) = drawn(page, thing(box=[0, 0, 5, 5], rotated=row.tolist()))
    assert outlined(canvas, shapely.Polygon(corners).exterior)
    assert box == pytest.approx([*corners.min(axis=0), *corners.max(axis=0)])
    upright = affinity.rotate(shapely.box(55, 70, 145, 110), angle, use_radians=True)
    assert shapely.Polygon(corners).equals_exact(upright, 1e-6, normalize=True)


def test_polygons_are_filled_but_for_their_holes(page):
    outer = [[20, 20], [180, 30], [170, 180], [30, 160]]
    hole = [[80, 80], [120, 80], [120, 120], [80, 120]]
    canvas, _ = drawn(page, thing(polygons=[outer, hole]))
    shape = shapely.Polygon(outer, [hole])
    edges = inside(shape.boundary.buffer(3))
    alpha = canvas[:, :, 3]
    assert np.abs(alpha[inside(shape) & ~edges].astype(int) - 77).max() <= 1
    assert not alpha[~inside(shape) & ~edges].any()
    plain, _ = drawn(page, thing(polygons=[outer, hole]), fill=False)
    assert not plain[:, :, 3][inside(shape) & ~edges].any()


def test_bones_join_points_that_are_there(page):
    places = [(30, 30, 2), (170, 30, 1), (170, 170, 0), (30, 170, 2)]
    points = [{"name": str(k), "x": x, "y": y, "visible": v} for k, (x, y, v) in enumerate(places)]
    canvas, _ = drawn(page, thing(keypoints=points), bones=[[0, 1], [1, 2], [3, 0]])
    alpha = canvas[:, :, 3]
    assert alpha[30, 100] == alpha[100, 30] == 255  # 0 to 1 and 3 to 0
    assert not alpha[60:140, 160:180].any()  # 1 to 2: 2 is not there
    assert canvas[30, 30].tolist()[:3] == [255, 0, 0]
    assert canvas[30, 170].max() == 255
    assert canvas[30, 170, :3].max() < 60  # hidden: hollow


def test_tags_stand_in_the_corner_one_below_the_other(page):
    canvas, boxes = drawn(page, thing(), thing(score=0.4), captions=True)
    assert boxes == [None, None]
    alpha = canvas[:, :, 3]
    assert (alpha[4:14, 4:20] == 255).all()
    assert (alpha[22:32, 4:20] == 255).all()
    assert not alpha[45:].any()
    empty, _ = drawn(page, thing(), captions=False)
    assert not empty.any()


def test_empty_masks_and_no_answers_draw_nothing(page):
    nothing = {"size": [SIZE, SIZE], "counts": "PRW1"}
    canvas, boxes = drawn(page, thing(mask=nothing))
    assert not canvas.any()
    assert boxes == [None]
    canvas, boxes = drawn(page)
    assert not canvas.any()
    assert boxes == []


def test_captions_lie_apart_and_inside(page):
    annotations = [thing(box=[60, 60 + k, 140, 140 + k], score=0.9 - k / 50) for k in range(4)]
    canvas, _ = drawn(page, *annotations, captions=True)
    spots = page.evaluate(
        """async (count) => {
        const { placed } = await import(new URL("static/captions.js", location));
        const texts = Array.from({ length: count }, (_, k) =>
          [{ box: [60, 60 + k, 140, 140 + k] }, "thing 0.90"]);
        return placed(texts, (box) => box, [0, 0, 200, 200], () => 60)
          .map(({ x, y, wide, high }) => [x, y, x + wide, y + high]);
        }""",
        4,
    )
    plates = [shapely.box(*spot) for spot in spots]
    assert all(shapely.box(0, 0, 200, 200).covers(plate) for plate in plates)
    areas = [a.intersection(b).area for k, a in enumerate(plates) for b in plates[:k]]
    assert max(areas) == 0
    assert canvas[:, :, 3].any()
