"""Where a picture lies in a tensor, and what the tensor holds."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prelabel.image import Image
from prelabel.models.card import Card
from prelabel.models.preprocess import PAD, fitted, letterbox, stretch, tensor

CARD = Card("m", "yolo", "detect", (), (640, 480), "", "raw", "images")
SIZES = st.tuples(st.integers(1, 5000), st.integers(1, 5000))


@given(SIZES, st.booleans(), st.booleans())
def test_corners_go_there_and_back(size: tuple[int, int], centre: bool, rounded: bool) -> None:
    place = letterbox(size, (640, 480), centre=centre, rounded=rounded)
    corners = np.array([[0.0, 0.0, *size]])
    there = place.affine.points(corners)
    assert there == pytest.approx(np.array([[*place.pad, *np.add(place.pad, place.resized)]]))
    assert place.back(there) == pytest.approx(corners)


@given(SIZES)
def test_the_picture_fills_one_side_and_keeps_its_proportions(size: tuple[int, int]) -> None:
    place = letterbox(size, (640, 480))
    width, height = place.resized
    assert width == 640 or height == 480
    assert width <= 640
    assert height <= 480
    gain = min(640 / size[0], 480 / size[1])
    assert abs(width - size[0] * gain) <= max(0.5, 1 - size[0] * gain)
    assert abs(height - size[1] * gain) <= max(0.5, 1 - size[1] * gain)
    spare = 640 - width - place.pad[0], 480 - height - place.pad[1]
    assert all(0 <= after - before <= 1 for after, before in zip(spare, place.pad, strict=True))


def test_back_clips_to_the_picture_and_keeps_empty() -> None:
    place = letterbox((100, 50), (200, 200))
    assert place.back(np.array([[-5.0, 0, 300, 90]])).tolist() == [[0, 0, 100, 20]]
    assert place.back(np.empty((0, 4))).shape == (0, 4)


def test_stretch_maps_each_axis_alone() -> None:
    place = stretch((100, 50), (200, 200))
    assert place.back(np.array([100.0, 100.0])).tolist() == [50, 25]


@given(SIZES)
def test_free_size_takes_multiples_of_the_stride_and_no_more(size: tuple[int, int]) -> None:
    place = fitted(size, replace(CARD, dynamic_size=True), 32)
    width, height = place.tensor
    assert (width % 32, height % 32) == (0, 0)
    assert width <= 640
    assert height <= 480
    assert width - place.resized[0] < 32
    assert height - place.resized[1] < 32


def test_fixed_size_is_kept() -> None:
    assert fitted((100, 100), CARD).tensor == (640, 480)


def naive(image: Image, width: int, height: int) -> np.ndarray:
    """A centred letterbox of a wide picture, written out."""
    inner = cv2.resize(image.pixels, (width, width // 2))
    out = np.full((height, width, 3), PAD, dtype=np.float32)
    top = (height - width // 2) // 2
    out[top : top + width // 2] = inner
    return out.transpose(2, 0, 1)[None]


@pytest.fixture
def image() -> Image:
    return Image(np.random.default_rng(0).integers(0, 256, (50, 100, 3), dtype=np.uint8))


def test_values_are_rgb_in_0_to_1(image: Image) -> None:
    made = tensor(image, letterbox(image.size, (64, 65)))
    assert made.dtype == np.float32
    assert np.array_equal(made, naive(image, 64, 65) / np.float32(255))


def test_bytes_and_halves(image: Image) -> None:
    place = letterbox(image.size, (64, 64))
    assert np.array_equal(tensor(image, place, "uint8"), naive(image, 64, 64).astype(np.uint8))
    half = tensor(image, place, "float16")
    assert half.dtype == np.float16
    assert np.array_equal(half, (naive(image, 64, 64) / np.float32(255)).astype(np.float16))


def test_colour_order_mean_and_deviation(image: Image) -> None:
    place = letterbox(image.size, (64, 64))
    mean, std = (1.0, 2.0, 3.0), (4.0, 5.0, 8.0)
    made = tensor(image, place, divisor=1, bgr=True, mean=mean, std=std)
    blue_first = naive(image, 64, 64)[:, ::-1]
    expected = (blue_first - np.reshape(mean, (3, 1, 1))) / np.reshape(std, (3, 1, 1))
    assert made == pytest.approx(expected, abs=1e-5)


def test_a_picture_of_one_row(image: Image) -> None:
    line = Image(image.pixels[:1])
    made = tensor(line, letterbox(line.size, (64, 64)))
    assert made.shape == (1, 3, 64, 64)
