"""Shapes as SVG, as the contact sheet draws them, for a page that needs no script to show them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from formats.dataset import Label
from prelabel.preview.captions import Caption, placed
from prelabel.preview.palette import Colour, colours, ink
from prelabel.preview.plates import shortened
from prelabel.preview.records import css, outline
from prelabel.preview.shapes import Shape
from prelabel.reports.markup import Html

__all__ = ["drawn", "plates"]

DOT = 160
"""The width of a picture holds so many radii of a keypoint."""
LETTERS = 34
"""The width of a picture holds about so many letters' heights."""


def drawn(shape: Shape, colour: Colour, width: int, *, calm: bool = False) -> Html:
    """One shape in its colour on a picture of `width`; `calm` ones keep in the background."""
    way = outline(shape)
    names = ("inside", "casing", "edge") if shape.area else ("casing", "edge")
    lines = "".join(f'<path class="{name}" d="{way}"/>' for name in names) if way else ""
    style = "shape calm" if calm else "shape"
    inside = lines + _skeleton(shape, width)
    return Html(f'<g class="{style}" color="{css(colour)}">{inside}</g>')


def _skeleton(shape: Shape, width: int) -> str:
    """Bones between labelled keypoints, then the keypoints: full when seen, hollow when hidden."""
    points = shape.points.tolist()
    seen = {k for k, point in enumerate(points) if point[2] > 0}
    ends = [(points[a], points[b]) for a, b in shape.bones if a in seen and b in seen]
    bones = "".join(
        f'<line class="{name}" x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}"/>'
        for name in ("casing", "edge")
        for a, b in ends
    )
    dots = "".join(
        f'<circle class="{"point" if sight > 1 else "point hidden-one"}"'
        f' cx="{x:.1f}" cy="{y:.1f}" r="{width / DOT:.1f}"/>'
        for x, y, sight in points
        if sight > 0
    )
    return bones + dots


def plates(found: Sequence[Shape], labels: Sequence[Label], size: tuple[int, int]) -> Html:
    """Captions (class, track, score) on plates of the classes' colours, within the picture."""
    letters = max(9, round(size[0] / LETTERS))
    names = [label.name for label in labels]
    paint = colours(names)
    captions = [
        Caption(shape.caption(names), paint[shape.label], shape.box) for shape in reversed(found)
    ]
    pairs = zip(captions, placed(captions, size, letters), strict=True)
    parts = [_plate(c, plate.shape, place, letters) for c, (plate, place) in pairs]
    return Html("".join(reversed(parts)))


def _plate(caption: Caption, shape: tuple[int, ...], place: tuple[int, int], letters: int) -> str:
    (height, width), (x, y) = shape[:2], place
    # the browser's letters may be wider than those that were measured
    fit = f'textLength="{width - letters // 2}" lengthAdjust="spacingAndGlyphs"'
    text = f'x="{x + letters // 4}" y="{y + height / 2:g}" font-size="{letters}"'
    return (
        f'<g class="plate"><rect x="{x}" y="{y}" width="{width}" height="{height}"'
        f' fill="{css(caption.colour)}"/>'
        f'<text {text} {fit} fill="{css(ink(caption.colour))}">'
        f"{escape(shortened(caption.text))}</text></g>"
    )
