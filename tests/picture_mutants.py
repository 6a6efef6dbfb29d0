"""Broken pictures, each made from a whole one and a number, so that any of them can be made again.

Run as a program with two numbers it decodes the mutants from the first to the second and writes
each number before it begins: the last one written is the one that a crash belongs to.
"""

from __future__ import annotations

import io
import sys
import time
import warnings
from functools import cache

import numpy as np
import PIL.Image
from PIL import features

from prelabel.errors import ImageError
from prelabel.image import decode

SEED = 20261122
MAX_PIXELS = 1_000_000
SECONDS = 10.0
"""Of processor time for one picture of at most a million pixels."""


@cache
def whole() -> tuple[bytes, ...]:
    """One picture of every kind that is read, and of every way of writing it that differs."""
    rng = np.random.default_rng(SEED)
    smooth = np.linspace(0, 255, 48 * 64 * 3).reshape(48, 64, 3)
    rgb = PIL.Image.fromarray(
        (smooth + rng.integers(0, 20, smooth.shape)).clip(0, 255).astype("u1")
    )
    grey, rgba = rgb.convert("L"), rgb.copy()
    rgba.putalpha(grey)
    deep = PIL.Image.fromarray(rng.integers(0, 65536, (48, 64)).astype(np.uint16))
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    more = [rgb.rotate(90), grey.convert("RGB")]
    forms: list[tuple[PIL.Image.Image, str, dict]] = [
        (rgb, "JPEG", {"exif": exif}),
        (rgb, "JPEG", {"progressive": True, "quality": 40}),
        (grey, "JPEG", {}),
        (rgb.convert("CMYK"), "JPEG", {}),
        (rgb, "PNG", {"exif": exif}),
        (grey, "PNG", {}),
        (rgba, "PNG", {}),
        (deep, "PNG", {}),
        (rgb.quantize(16), "PNG", {"transparency": 3}),
        (rgb.convert("1"), "PNG", {}),
        (rgb, "PNG", {"save_all": True, "append_images": more}),
        (rgb, "WEBP", {"exif": exif.tobytes()}),
        (rgba, "WEBP", {"lossless": True}),
        (rgb, "WEBP", {"save_all": True, "append_images": more}),
        (rgb, "BMP", {}),
        (rgb.quantize(16), "BMP", {}),
        (rgb, "GIF", {"save_all": True, "append_images": more}),
        (rgb, "PPM", {}),
        (grey, "PPM", {}),
        (rgb.convert("1"), "PPM", {}),
        (deep, "TIFF", {}),
        (deep.convert("F"), "TIFF", {}),
        *((rgb, "TIFF", {"compression": kind}) for kind in (None, "tiff_lzw", "jpeg", "packbits")),
        (rgb.convert("1"), "TIFF", {"compression": "group4"}),
    ]
    if features.check("avif"):
        forms.append((rgb, "AVIF", {}))
    text = b"P3 4 2 255 " + b" ".join(b"%d" % n for n in range(24)) + b"\n"
    return (*(_encoded(*form) for form in forms), text)


def _encoded(picture: PIL.Image.Image, kind: str, options: dict) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def mutant(number: int) -> bytes:
    """The broken picture of that number: one to four faults in one picture."""
    rng = np.random.default_rng([SEED, number])
    pictures = whole()
    data = bytearray(pictures[rng.integers(len(pictures))])
    for _ in range(rng.integers(1, 5)):
        fault = FAULTS[rng.integers(len(FAULTS))]
        fault(data, rng)
        if not data:
            break
    return bytes(data)


def _place(data: bytearray, rng: np.random.Generator) -> int:
    """Anywhere, and every other time in the header."""
    reach = min(len(data), 200) if rng.integers(2) else len(data)
    return int(rng.integers(reach))


def flip(data: bytearray, rng: np.random.Generator) -> None:
    """Turn single bits over."""
    for _ in range(rng.integers(1, 9)):
        data[_place(data, rng)] ^= 1 << int(rng.integers(8))


def overwrite(data: bytearray, rng: np.random.Generator) -> None:
    """Bytes of chance over some of it."""
    start = _place(data, rng)
    noise = rng.bytes(int(rng.integers(1, 40)))
    data[start : start + len(noise)] = noise


def extreme(data: bytearray, rng: np.random.Generator) -> None:
    """A number of a header becomes one that lies at an edge."""
    width = int(rng.choice([1, 2, 4]))
    value = int(rng.choice([0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF]))
    order = "big" if rng.integers(2) else "little"
    start = _place(data, rng)
    data[start : start + width] = (value & (1 << 8 * width) - 1).to_bytes(width, order)


def cut(data: bytearray, rng: np.random.Generator) -> None:
    """The end is missing."""
    del data[_place(data, rng) :]


def remove(data: bytearray, rng: np.random.Generator) -> None:
    """Some of the middle is missing."""
    start = _place(data, rng)
    del data[start : start + int(rng.integers(1, 60))]


def repeat(data: bytearray, rng: np.random.Generator) -> None:
    """Some of it stands there many times."""
    start = _place(data, rng)
    piece = data[start : start + int(rng.integers(1, 60))]
    data[start:start] = piece * int(rng.integers(1, 50))


def splice(data: bytearray, rng: np.random.Generator) -> None:
    """It goes on as another picture does."""
    other = whole()[rng.integers(len(whole()))]
    data[_place(data, rng) :] = other[int(rng.integers(len(other))) :]


FAULTS = (flip, flip, overwrite, extreme, extreme, cut, remove, repeat, splice)


def examine(number: int) -> bool:
    """Decode a mutant; whether it could be read. Anything but a picture or an ImageError raises."""
    start, pixels, told = time.thread_time(), None, ""
    try:
        pixels = decode(mutant(number), f"mutant {number}", MAX_PIXELS).pixels
    except ImageError as error:
        told = str(error)
    assert pixels is not None or told.startswith(f"mutant {number}: ")
    assert "\n" not in told
    assert time.thread_time() - start < SECONDS
    if pixels is not None:
        assert pixels.dtype == np.uint8
        assert pixels.ndim == 3
        assert pixels.shape[2] == 3
        assert 0 < pixels.shape[0] * pixels.shape[1] <= MAX_PIXELS
    return pixels is not None


def main(first: int, last: int) -> None:
    """Write each number, and at the end how many mutants could be read."""
    warnings.simplefilter("ignore")
    read = 0
    for number in range(first, last):
        print(number, flush=True)
        read += examine(number)
    print("read", read, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
