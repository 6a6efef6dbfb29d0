"""Label maps: numbers of pixels, VOC's colours, pictures that are refused before decoding."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from formats import label_maps, png
from formats.errors import FormatError
from formats.label_maps import Canvas
from geometry import masks

VOC = {0: (0, 0, 0), 1: (128, 0, 0), 2: (0, 128, 0), 15: (192, 128, 128), 20: (0, 64, 128)}
"""Colours as VOC's devkit documents them."""


def test_the_palette_is_that_of_voc() -> None:
    found = label_maps.palette()
    assert {k: tuple(found[k].tolist()) for k in VOC} == VOC
    assert found[255].tolist() == [224, 224, 192]


@given(numbers=st.lists(st.integers(0, label_maps.MOST), min_size=1, max_size=20))
def test_numbers_are_colours_and_back(numbers: list[int]) -> None:
    given_ = np.array(numbers, dtype=np.uint32)
    np.testing.assert_array_equal(label_maps.numbers(label_maps.colours(given_)), given_)


@given(seed=st.integers(0, 999), width=st.integers(1, 9), height=st.integers(1, 9))
def test_segments_are_the_pixels_of_each_number(seed: int, width: int, height: int) -> None:
    picture = np.random.default_rng(seed).integers(0, 4, (height, width)).astype(np.uint32)
    found = label_maps.segments(picture)
    assert sorted(found) == np.unique(picture).tolist()
    for number, mask in found.items():
        np.testing.assert_array_equal(masks.decode(mask), picture == number)


@pytest.mark.parametrize("mode", ["L", "P", "I;16", "1"])
def test_indices_are_read_as_they_are(mode: str, tmp_path: Path) -> None:
    dense = np.array([[0, 1, 1], [1, 0, 0]], np.uint8)
    picture = Image.fromarray(dense * (255 if mode == "1" else 1)).convert(mode)
    picture.save(tmp_path / "a.png")
    found = label_maps.read(tmp_path / "a.png")
    assert not found.coloured
    assert (found.numbers > 0).tolist() == (dense > 0).tolist()


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_colours_are_numbered_by_their_bands(mode: str, tmp_path: Path) -> None:
    drawn = np.random.default_rng(2).integers(0, 256, (3, 5, len(mode)), dtype=np.uint8)
    Image.fromarray(drawn).save(tmp_path / "a.png")
    red, green, blue = np.moveaxis(drawn[..., :3].astype(int), -1, 0)
    found = label_maps.read(tmp_path / "a.png")
    assert found.coloured
    np.testing.assert_array_equal(found.numbers, red + 256 * green + 65536 * blue)


def test_what_is_painted_is_read_back(tmp_path: Path) -> None:
    canvas = Canvas((3, 2))
    first = masks.encode(np.array([[1, 1, 0], [0, 1, 0]]))
    canvas.paint(first, 70_000)
    canvas.paint(masks.encode(np.array([[0, 1, 1], [0, 0, 0]])), 5, over=False)
    assert canvas.counts() == {0: 2, 5: 1, 70_000: 3}
    canvas.save_colours(tmp_path / "a.png")
    found = label_maps.read(tmp_path / "a.png")
    assert found.coloured
    assert found.size == (3, 2)
    assert found.numbers.tolist() == [[70_000, 70_000, 5], [0, 70_000, 0]]


def test_indices_have_the_colours_of_voc(tmp_path: Path) -> None:
    canvas = Canvas((2, 1))
    canvas.paint(masks.encode(np.array([[0, 1]])), 15)
    canvas.save_indices(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.mode == "P"
        assert picture.convert("RGB").getpixel((1, 0)) == VOC[15]
    assert label_maps.read(tmp_path / "a.png").numbers.tolist() == [[0, 15]]


@given(seed=st.integers(0, 99), width=st.integers(1, 9), height=st.integers(1, 9))
def test_pillow_reads_the_pictures_that_are_written(seed: int, width: int, height: int) -> None:
    dense = np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)
    with Image.open(BytesIO(png.coloured(dense))) as picture:
        np.testing.assert_array_equal(np.asarray(picture), dense)
    with Image.open(BytesIO(png.indexed(dense[..., 0], label_maps.palette()))) as picture:
        np.testing.assert_array_equal(np.asarray(picture), dense[..., 0])
        shown = label_maps.palette()[dense[..., 0]]
        np.testing.assert_array_equal(np.asarray(picture.convert("RGB")), shown)


def broken(width: int, height: int, body: bytes = b"") -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"no picture", "is a PNG file, found something else"),
        (broken(60_000, 60_000), "60000 x 60000 pixels in 57 bytes is refused"),
        (broken(100, 100), "refused|cannot be decoded"),
        (broken(3, 3, zlib.compress(b"\0")), "cannot be decoded"),
    ],
)
def test_what_is_no_label_map_is_refused(data: bytes, what: str, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(FormatError, match=what) as told:
        label_maps.read(tmp_path / "a.png")
    assert "a.png" in str(told.value)
