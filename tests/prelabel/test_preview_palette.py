"""Colours of classes differ for colour-blind eyes too, and carry readable letters."""

import itertools

import numpy as np
import pytest

from prelabel.preview.palette import PALETTE, colours, ink, luminance

SEEN = {
    "full": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}
"""Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB."""


def oklab(colour, seen):
    linear = np.array(colour) / 255
    linear = np.where(linear <= 0.04045, linear / 12.92, ((linear + 0.055) / 1.055) ** 2.4)
    cones = np.clip(SEEN[seen] @ linear, 0, 1) @ np.array(
        [
            [0.4122214708, 0.2119034982, 0.0883024619],
            [0.5363325363, 0.6806995451, 0.2817188376],
            [0.0514459929, 0.1073969566, 0.6299787005],
        ]
    )
    return np.cbrt(cones) @ np.array(
        [
            [0.2104542553, 1.9779984951, 0.0259040371],
            [0.7936177850, -2.4285922050, 0.7827717662],
            [-0.0040720468, 0.4505937099, -0.8086757660],
        ]
    )


@pytest.mark.parametrize("seen", SEEN)
@pytest.mark.parametrize(("count", "apart"), [(8, 0.1), (16, 0.06)])
def test_colours_are_far_apart(seen, count, apart):
    points = [oklab(colour, seen) for colour in PALETTE[:count]]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(points, 2)) >= apart


@pytest.mark.parametrize("colour", PALETTE)
def test_letters_have_contrast(colour):
    light, dark = sorted((luminance(colour), luminance(ink(colour))), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_a_class_keeps_its_colour():
    assert colours(["cat"]) == colours(["cat", "dog"])[:1]
    assert colours(["cat", "dog", "cat"])[2] == colours(["cat"])[0]


@pytest.mark.parametrize("count", [8, 16])
def test_classes_differ(count):
    names = [f"class {i}" for i in range(count)]
    assert set(colours(names)) == set(PALETTE[:count])


def test_many_classes_share_colours():
    names = [f"class {i}" for i in range(80)]
    assert len(colours(names)) == 80
    assert colours([*names, "cat"])[-1] == colours(["cat"])[0]
