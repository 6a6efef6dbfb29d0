"""Camera motion against pictures moved by a known map."""

import cv2
import numpy as np
import pytest

from prelabel.image import Image
from prelabel.tracker import motion


def textured(seed=0, size=(480, 640)):
    rng = np.random.default_rng(seed)
    coarse = cv2.resize(rng.integers(0, 255, (30, 40, 3)).astype(np.uint8), size[::-1])
    return np.clip(coarse.astype(int) + rng.integers(-12, 12, (*size, 3)), 0, 255).astype(np.uint8)


def moved(pixels, angle, scale, shift):
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    known = np.column_stack([turn, shift])
    size = pixels.shape[1::-1]
    return cv2.warpAffine(pixels, known, size, borderMode=cv2.BORDER_REFLECT), known


def errors(found, known):
    """Pixels by which the corners of the picture and its middle are off."""
    points = np.array([[0, 0, 1], [640, 0, 1], [0, 480, 1], [640, 480, 1], [320, 240, 1.0]])
    return np.linalg.norm(points @ (found - known).T, axis=1)


@pytest.mark.parametrize(
    ("angle", "scale", "shift"),
    [(0, 1, (0, 0)), (0, 1, (9.5, -4)), (0.03, 1.02, (3, 2)), (-0.02, 0.97, (-8, 6))],
)
def test_a_known_motion_is_found(angle, scale, shift):
    before = textured()
    after, known = moved(before, angle, scale, shift)
    found = motion.between(Image(before), Image(after))
    assert errors(found, known).max() < 1.0


def test_large_pictures_are_looked_at_small():
    before = cv2.resize(textured(), (1920, 1440))
    after, known = moved(before, 0, 1, (30, -18))
    found = motion.between(Image(before), Image(after))
    np.testing.assert_allclose(found, known, atol=1.5)


def test_what_moves_by_itself_is_left_out():
    """Half the picture goes one way, the camera the other: the objects say where not to look."""
    before = textured()
    after, known = moved(before, 0, 1, (6, 0))
    other, _ = moved(before, 0, 1, (-14, 5))
    after[:, 200:] = other[:, 200:]
    objects = np.array([[186.0, 0, 640, 480], [np.nan] * 4])
    found = motion.between(Image(before), Image(after), objects)
    assert errors(found, known).max() < 1.5


def test_nothing_to_follow():
    plain = Image(np.full((480, 640, 3), 90, np.uint8))
    picture = Image(textured())
    assert motion.between(plain, plain) is None
    assert motion.between(picture, plain) is None
    assert motion.between(picture, Image(textured(3)[:240])) is None


def test_a_cut_is_no_motion():
    assert motion.between(Image(textured(1)), Image(textured(2))) is None


def test_the_same_answer_every_time():
    before, (after, _) = textured(), moved(textured(), 0.01, 1.01, (2, 3))
    first, second = (motion.between(Image(before), Image(after)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
