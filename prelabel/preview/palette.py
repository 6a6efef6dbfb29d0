"""Colours of classes: far apart for every eye, and the same for the same name."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

__all__ = ["PALETTE", "Colour", "colours", "ink"]

Colour = tuple[int, int, int]

PALETTE: tuple[Colour, ...] = (
    (0, 136, 255),
    (187, 255, 0),
    (255, 0, 0),
    (255, 187, 255),
    (85, 187, 153),
    (187, 51, 170),
    (255, 153, 34),
    (0, 136, 85),
    (153, 238, 187),
    (170, 153, 238),
    (0, 238, 119),
    (136, 68, 221),
    (204, 102, 136),
    (238, 204, 51),
    (255, 119, 119),
    (238, 34, 255),
)
"""RGB, chosen one after another so that the least OKLab distance to those before is greatest.

The distance is the least of full colour vision, protanopia and deuteranopia as Machado, Oliveira
and Fernandes (2009) simulate them.
"""


def colours(names: Sequence[str]) -> list[Colour]:
    """A colour for each class name, in order.

    The name alone decides; where that colour is taken, the class gets the next free one. The first
    half of the palette, whose colours are farthest apart, is used up first; when all are taken,
    they are shared.
    """
    slots: dict[str, int] = {}
    for name in dict.fromkeys(names):
        tries = _slots(name)
        slots[name] = next((slot for slot in tries if slot not in slots.values()), tries[0])
    return [PALETTE[slots[name]] for name in names]


def _slots(name: str) -> list[int]:
    """Indices into the palette in the order in which a name asks for them."""
    half = len(PALETTE) // 2
    first = crc32(name.encode("utf-8", "replace"))
    steps = [(first + step) % half for step in range(half)]
    return [*steps, *(half + step for step in steps)]


def ink(background: Colour) -> Colour:
    """Black or white, whichever stands off more from the background (WCAG 2 contrast)."""
    light = luminance(background)
    return (0, 0, 0) if (light + 0.05) / 0.05 > 1.05 / (light + 0.05) else (255, 255, 255)


def luminance(colour: Colour) -> float:
    """Relative luminance, 0 to 1, of an sRGB colour."""
    red, green, blue = (_linear(value / 255) for value in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    linear: float = value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
    return linear
