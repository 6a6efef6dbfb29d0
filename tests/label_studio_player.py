"""What Label Studio's editor draws of a ``videorectangle``, number by number, in plain Python.

Written down from watching the editor of Label Studio 1.23 (test_label_studio_video_editor.py holds
it against the real one).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["box", "drawn"]

NAMES = ("x", "y", "width", "height")
Keyframe = Mapping[str, Any]


def drawn(sequence: Sequence[Keyframe], number: int) -> list[float] | None:
    """x y width height rotation in percents and degrees; None where nothing is drawn."""
    before = [one for one in sequence if one["frame"] <= number]
    after = [one for one in sequence if one["frame"] > number]
    if not before:
        return None
    last = before[-1]
    if last["frame"] == number or (last.get("enabled") and not after):
        return [*(last[name] for name in NAMES), last["rotation"]]
    if not last.get("enabled"):
        return None
    share = (number - last["frame"]) / (after[0]["frame"] - last["frame"])
    told = [last[name] + (after[0][name] - last[name]) * share for name in NAMES]
    return [*told, half_turn(last["rotation"] + share * half_turn(turn(last, after[0])))]


def turn(start: Keyframe, stop: Keyframe) -> float:
    return float(stop["rotation"] - start["rotation"])


def half_turn(angle: float) -> float:
    """The same angle above -180 and up to 180 degrees."""
    while angle > 180:
        angle -= 360
    while angle <= -180:
        angle += 360
    return angle


def box(told: Sequence[float], size: tuple[int, int]) -> NDArray[np.float64]:
    """The pixels x0 y0 x1 y1 of an upright one."""
    x, y, w, h = np.array(told[:4]) * np.tile(size, 2) / 100
    return np.array([x, y, x + w, y + h])
