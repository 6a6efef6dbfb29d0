"""Rotated boxes as Label Studio turns them: about the corner (x, y), clockwise, in pixels.

Percents of the two sides differ in pixels, so a rotated box has to be turned before it is scaled.
A rectangle can be told from any of its corners; those that percents up to 100 cannot tell are
told from the next one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.label_studio.frame import SLACK, Frame, finite
from geometry import rotated

__all__ = ["ellipse", "ellipse_bounds", "ellipse_row", "rectangle", "rectangle_row"]

Floats = NDArray[np.float64]
MOST = 100 + SLACK
"""label-studio-sdk takes no percent above 100."""


def rectangle(five: Floats, frame: Frame) -> dict[str, float] | None:
    """``x y width height rotation`` of cx cy w h angle (5,); None where no corner fits."""
    for corner, sides, angle in _tellings(five):
        x, y = frame.percents(corner)[0]
        width, height = frame.percents(sides)[0]
        if max(x, y, width, height) <= MOST:
            found = frame.numbers(("x", "y", "width", "height"), [x, y, width, height])
            return {**found, "rotation": _degrees(angle, frame)}
    return None


def _tellings(five: Floats) -> Iterator[tuple[Floats, Floats, float]]:
    """Corner, sides (2,) in pixels and angle of a rectangle, told from each of its corners."""
    for k, corner in enumerate(rotated.corners(five[None])[0]):
        sides = five[2:4] if k % 2 == 0 else five[3:1:-1]
        yield corner, sides, float(five[4]) + k * np.pi / 2


def rectangle_row(value: Mapping[str, Any], frame: Frame) -> Floats:
    """cx cy w h angle in pixels and radians, (5,), of a rectangle's value."""
    place = (value["x"], value["y"]), (value["width"], value["height"])
    (x, y), (width, height) = frame.pixels(place)
    angle = _radians(value)
    cos, sin = np.cos(angle), np.sin(angle)
    centre = x + (width * cos - height * sin) / 2, y + (width * sin + height * cos) / 2
    return np.array([*centre, width, height, angle])


def ellipse(five: Floats, frame: Frame) -> dict[str, float] | None:
    """``x y radiusX radiusY rotation`` of an ellipse; None where neither axis comes first."""
    for quarter in (0, 1):
        sides = five[2:4] if quarter == 0 else five[3:1:-1]
        x, y = frame.percents(five[:2])[0]
        across, down = frame.percents(sides / 2)[0]
        if max(x, y) <= MOST and max(across, down) <= MOST / 2:
            found = frame.numbers(("x", "y", "radiusX", "radiusY"), [x, y, across, down])
            return {**found, "rotation": _degrees(float(five[4]) + quarter * np.pi / 2, frame)}
    return None


def ellipse_row(value: Mapping[str, Any], frame: Frame) -> Floats:
    """cx cy w h angle in pixels and radians, (5,), of an ellipse's value."""
    place = (value["x"], value["y"]), (value["radiusX"], value["radiusY"])
    (x, y), (across, down) = frame.pixels(place)
    return np.array([x, y, 2 * across, 2 * down, _radians(value)])


def ellipse_bounds(five: Floats) -> Floats:
    """x0 y0 x1 y1 of an ellipse cx cy w h angle, (4,): tighter than those of its rectangle."""
    cos, sin = np.cos(five[4]), np.sin(five[4])
    reach = np.hypot(five[2] * np.array([cos, sin]), five[3] * np.array([sin, cos])) / 2
    return np.concatenate([five[:2] - reach, five[:2] + reach])


def _degrees(angle: float, frame: Frame) -> float:
    """From 0 up to, not including, 360, as the editor writes it."""
    return float(np.round(np.degrees(angle) % 360, frame.decimals) % 360)


def _radians(value: Mapping[str, Any]) -> float:
    """From -pi up to, not including, pi."""
    turn = np.radians(float(finite(value.get("rotation") or 0)))
    return float((turn + np.pi) % (2 * np.pi) - np.pi)
