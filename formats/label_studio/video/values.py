"""The numbers of keyframes: ``x y width height rotation``, in percents and degrees."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Kind
from formats.label_studio.frame import SLACK, Frame
from geometry import rotated

__all__ = ["NAMES", "columns", "of_rows"]

Floats = NDArray[np.float64]

NAMES = ("x", "y", "width", "height", "rotation")
MOST = 100 + SLACK
"""label-studio-sdk takes no percent above 100."""
TOO_LARGE = "track of rotated boxes that percents up to 100 cannot tell, written as their bounds"
OTHER_CORNER = (
    "track of rotated boxes told from another corner than the first: between keyframes "
    "the editor turns them about that one"
)


def of_rows(rows: Annotations, frame: Frame) -> Floats:
    """The numbers of each row, (N, 5): of a box or, where one of them is turned, of all rotated.

    The corner (x, y) is the same one of all rows, so that what lies between two keyframes is drawn
    between the same corners.
    """
    five = _rotated(rows)
    if five is not None:
        for corner in range(4):
            told = _told(five, corner, frame)
            if (told[:, :4] <= MOST).all():
                frame.losses.warn(OTHER_CORNER, int(corner > 0))
                return _bounded(told)
        frame.losses.add(TOO_LARGE)
    boxes = rows.boxes
    sides = frame.percents(boxes[:, 2:] - boxes[:, :2])
    upright = np.zeros(len(rows))
    return _bounded(np.column_stack([frame.percents(boxes[:, :2]), sides, upright]))


def _rotated(rows: Annotations) -> Floats | None:
    """cx cy w h angle of all rows (N, 5), None where none of them is a rotated box."""
    turned = rows.kinds == Kind.ROTATED
    if rows.rotated is None or not turned.any():
        return None
    x0, y0, x1, y1 = rows.boxes.T
    level = np.column_stack([(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0, np.zeros(len(rows))])
    return np.where(turned[:, None], rows.rotated, level)


def _told(five: Floats, corner: int, frame: Frame) -> Floats:
    """Rotated boxes (N, 5) told from one of their corners, 0 the top left before turning."""
    places = rotated.corners(five)[:, corner]
    sides = five[:, 2:4] if corner % 2 == 0 else five[:, 3:1:-1]
    angle = np.degrees(five[:, 4] + corner * np.pi / 2) % 360
    turn = np.round(angle, frame.decimals) % 360
    return np.column_stack([frame.percents(places), frame.percents(sides), turn])


def _bounded(told: Floats) -> Floats:
    """Percents that rounding brought over 100 brought back."""
    over = (told[:, :4] > 100) & (told[:, :4] <= MOST)
    told[:, :4] = np.where(over, 100.0, told[:, :4])
    return told


def columns(values: Floats, frame: Frame, turned: bool = False) -> dict[str, Any]:
    """Kinds, boxes and rotated boxes of numbers (N, 5), which may have sides below zero.

    Rotated boxes are what is turned, or all with `turned`. FormatError for a value beyond reason.
    """
    places, sides = frame.pixels(values[:, :2]), frame.pixels(values[:, 2:4])
    angle = (np.radians(values[:, 4]) + np.pi) % (2 * np.pi) - np.pi
    if not turned and not angle.any():
        ends = np.stack([places, places + sides], axis=1)
        boxes = np.concatenate([ends.min(axis=1), ends.max(axis=1)], axis=1)
        return {"kinds": np.full(len(values), Kind.BOX, np.uint8), "boxes": boxes}
    five = _centred(places, sides, angle)
    kinds = np.full(len(values), Kind.ROTATED, np.uint8)
    return {"kinds": kinds, "boxes": rotated.bounds(five), "rotated": five}


def _centred(corner: Floats, sides: Floats, angle: Floats) -> Floats:
    """cx cy w h angle (N, 5) of rectangles turned about their corner."""
    cos, sin = np.cos(angle), np.sin(angle)
    across = (sides[:, 0] * cos - sides[:, 1] * sin) / 2
    down = (sides[:, 0] * sin + sides[:, 1] * cos) / 2
    centre = corner + np.column_stack([across, down])
    return np.column_stack([centre, np.abs(sides), angle])
