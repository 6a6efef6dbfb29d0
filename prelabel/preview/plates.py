"""Captions as small pictures: text on a plate of the class's colour."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from prelabel.preview.palette import Colour, ink

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont, ImageFont

    Font = FreeTypeFont | ImageFont

__all__ = ["plate"]

LONGEST = 40
"""Characters of a caption that are shown."""

FALLBACKS = (
    "NotoSans-Regular.ttf",
    "DejaVuSans.ttf",
    "NotoSansCJK-Regular.ttc",
    "WenQuanYi Zen Hei.ttf",
    "Arial Unicode.ttf",
    "msyh.ttc",
)
"""Fonts that a system may have, tried for letters that Pillow's own font does not know."""


@lru_cache(maxsize=4096)
def plate(text: str, size: int, colour: Colour) -> NDArray[np.uint8]:
    """`text` in letters of `size` pixels on a plate of `colour`, (h, w, 3) RGB, read-only."""
    from PIL import Image, ImageDraw

    shown = shortened(text)
    font = _font(shown, size)
    left, _, right, _ = font.getbbox(shown)
    pad = max(2, size // 4)
    width, height = int(right - left) + 2 * pad, round(size * 1.3)
    picture = Image.new("RGB", (width, height), colour)
    middle = (pad - left, height / 2)
    ImageDraw.Draw(picture).text(middle, shown, fill=ink(colour), font=font, anchor="lm")
    pixels = np.asarray(picture).copy()
    pixels.setflags(write=False)
    return pixels


def shortened(text: str) -> str:
    """One line of at most `LONGEST` printable characters; the end, the score, is kept."""
    line = "".join(char if char.isprintable() else " " for char in text)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 8]}…{line[-7:]}"


def _font(text: str, size: int) -> Font:
    """The first font that has every letter, else Pillow's own."""
    letters = "".join(sorted(set(text)))
    return next((font for font in _fonts(size) if _knows(font, letters)), _fonts(size)[0])


@lru_cache(maxsize=32)
def _fonts(size: int) -> tuple[Font, ...]:
    from PIL import ImageFont

    found: list[Font] = [ImageFont.load_default(size)]
    for name in FALLBACKS:
        try:
            found.append(ImageFont.truetype(name, size))
        except OSError:  # this system does not have it
            continue
    return tuple(found)


@lru_cache(maxsize=4096)
def _knows(font: Font, letters: str) -> bool:
    """Whether no letter is drawn as the sign for an unknown one."""
    unknown = bytes(font.getmask("\uffff"))
    return all(char.isspace() or bytes(font.getmask(char)) != unknown for char in letters)
