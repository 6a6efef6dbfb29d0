"""`draw`: shapes, keypoints and captions on a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

import cv2
import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.dataset import Label
from prelabel.preview import shapes
from prelabel.preview.captions import Caption, placed
from prelabel.preview.palette import Colour, colours
from prelabel.preview.shapes import Shape
from prelabel.preview.trackmarks import dashes, handles

__all__ = ["draw", "draw_shapes", "letters", "paste"]

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float64]

FILL = 0.35
"""How much of a mask's colour covers the picture."""
CASING = (24, 24, 24)
"""The dark line on both sides of a coloured one, so that it shows on any ground."""
SHIFT = 4
"""Bits of a pixel's fraction in OpenCV's coordinates."""


def draw(pixels: Pixels, annotations: Annotations, labels: Sequence[Label]) -> Pixels:
    """The picture with its shapes: a new (H, W, 3) uint8 RGB array.

    Masks and polygons are filled translucently with their holes left free; boxes, oriented boxes
    and lines are outlined; keypoints are dots joined by bones, hollow where hidden. Captions say
    class, track and score and lie inside the picture. Widths and letters grow with its size.
    """
    return draw_shapes(pixels, shapes.of(annotations, labels), labels)


def draw_shapes(
    pixels: Pixels,
    found: Sequence[Shape],
    labels: Sequence[Label],
    tracks: Mapping[int, Colour] | None = None,
) -> Pixels:
    """As `draw`, for shapes in pixels of the picture; later ones lie above earlier ones.

    `tracks` are the colours of track numbers; without one a shape has the colour of its class. What
    was interpolated is dashed, and a keyframe has handles.
    """
    canvas = np.ascontiguousarray(pixels).copy()
    classes = colours([label.name for label in labels])
    own = tracks or {}
    paint = [own.get(shape.track, classes[shape.label]) for shape in found]
    width = _line_width(canvas)
    for shape, colour in zip(found, paint, strict=True):
        if shape.area:
            _fill(canvas, shape, colour)
    for shape, colour in zip(found, paint, strict=True):
        _outline(canvas, shape, colour, width)
        _skeleton(canvas, shape, colour, width)
        if shape.keyframe:
            handles(canvas, shape.box, colour, width)
    names = [label.name for label in labels]
    captions = [
        Caption(shape.caption(names), colour, shape.box)
        for shape, colour in zip(reversed(found), reversed(paint), strict=True)
    ]
    # the most certain caption has the first choice of place and lies on top
    for plate, (x, y) in reversed(placed(captions, canvas.shape[1::-1], letters(canvas))):
        paste(canvas, plate, x, y)
    return canvas


def letters(pixels: Pixels) -> int:
    """Size of letters for a picture, in pixels."""
    return max(11, round(15 * _unit(pixels)))


def _unit(pixels: Pixels) -> float:
    """The picture's size relative to one of 640 x 640 pixels."""
    return float(np.sqrt(pixels.shape[0] * pixels.shape[1]) / 640)


def _line_width(pixels: Pixels) -> int:
    return max(1, round(2 * _unit(pixels)))


def _fixed(points: Floats) -> NDArray[np.int32]:
    """Points as OpenCV's fixed-point numbers, whose pixel centres lie on whole numbers."""
    scaled: NDArray[np.int32] = np.round((points - 0.5) * 2**SHIFT).astype(np.int32)
    return scaled


def _fill(canvas: Pixels, shape: Shape, colour: Colour) -> None:
    """Blend the colour over the inside of every part, holes left free."""
    height, width = canvas.shape[:2]
    points = np.concatenate(list(chain.from_iterable(shape.parts)))
    x0, y0 = np.clip(np.floor(points.min(axis=0)).astype(int), 0, (width, height))
    x1, y1 = np.clip(np.ceil(points.max(axis=0)).astype(int) + 1, 0, (width, height))
    if x0 >= x1 or y0 >= y1:
        return
    inside = np.zeros((y1 - y0, x1 - x0), dtype=np.uint8)
    for part in shape.parts:
        layer = np.zeros_like(inside)
        rings = [_fixed(ring - (x0, y0)) for ring in part]
        cv2.fillPoly(layer, rings, 255, shift=SHIFT)
        inside |= layer
    crop = canvas[y0:y1, x0:x1]
    paint = np.full_like(crop, colour)
    crop[inside > 0] = cv2.addWeighted(crop, 1 - FILL, paint, FILL, 0)[inside > 0]


def _outline(canvas: Pixels, shape: Shape, colour: Colour, width: int) -> None:
    rings, closed = list(chain.from_iterable(shape.parts)), shape.closed
    if shape.made:
        rings = [dash for ring in rings for dash in dashes(ring, width, closed)]
        closed = False
    lines = [_fixed(ring) for ring in rings]
    for line, thickness in ((CASING, width + 2), (colour, width)):
        cv2.polylines(canvas, lines, closed, line, thickness, cv2.LINE_AA, SHIFT)


def _skeleton(canvas: Pixels, shape: Shape, colour: Colour, width: int) -> None:
    """Bones between labelled keypoints, then the keypoints: full when seen, hollow when hidden."""
    points = _fixed(shape.points[:, :2])
    seen = shape.points[:, 2]
    ends = [(a, b) for a, b in shape.bones if max(a, b) < len(seen) and seen[a] and seen[b]]
    for line, thickness in ((CASING, width + 2), (colour, width)):
        for a, b in ends:
            start, end = points[a].tolist(), points[b].tolist()
            cv2.line(canvas, start, end, line, thickness, cv2.LINE_AA, SHIFT)
    radius = (width + 1) << SHIFT
    for k in np.flatnonzero(seen).tolist():
        middle = points[k].tolist()
        inner = colour if seen[k] > 1 else CASING
        cv2.circle(canvas, middle, radius + (1 << SHIFT), CASING, -1, cv2.LINE_AA, SHIFT)
        cv2.circle(canvas, middle, radius, inner, -1, cv2.LINE_AA, SHIFT)
        cv2.circle(canvas, middle, radius, (255, 255, 255), 1, cv2.LINE_AA, SHIFT)


def paste(canvas: Pixels, plate: Pixels, x: int, y: int) -> None:
    """Put a plate on the canvas, cut where the canvas is smaller."""
    room = canvas[y : y + plate.shape[0], x : x + plate.shape[1]]
    room[:] = plate[: room.shape[0], : room.shape[1]]
