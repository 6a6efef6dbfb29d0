import numpy as np
import pytest
from hypothesis import given
from strategies import FEW, arrays
from strategies import rotated as some_rotated

from geometry import rotated
from geometry.rings import Rings
from geometry.tracks import Track, interpolate, likeness, reduce, rounding

SIZE = (1920, 1080)


@FEW
@given(arrays((6, 2, 2), 0.0, 900.0))
def test_label_studio_keeps_percents_of_six_digits(corners):
    boxes = np.sort(corners, axis=1).reshape(-1, 4)
    kept = rounding.label_studio(SIZE).kept(Track(range(6), boxes)).boxes
    percents = np.column_stack([kept[:, :2], kept[:, 2:] - kept[:, :2]]) * 100 / np.tile(SIZE, 2)
    np.testing.assert_allclose(percents, np.round(percents, 6), atol=1e-9)
    np.testing.assert_allclose(kept, boxes, atol=2e-5)


@FEW
@given(some_rotated(least=1))
def test_label_studio_keeps_the_turned_corner(found):
    kept = rounding.label_studio(SIZE, 3).kept(Track.of(range(len(found)), rotated=found)).rotated
    corner = rotated.corners(kept)[:, 0] * 100 / SIZE
    np.testing.assert_allclose(corner, np.round(corner, 3), atol=1e-8)
    degrees = np.degrees(kept[:, 4])
    np.testing.assert_allclose(degrees, np.round(degrees, 3), atol=1e-9)
    np.testing.assert_allclose(kept, found, atol=0.03)


def test_cvat_keeps_decimals_of_pixels_and_degrees():
    rule = rounding.cvat(2)
    boxes = rule.kept(Track([0], [[0.123, 4.567, 10.001, 20.999]])).boxes
    np.testing.assert_allclose(boxes, [[0.12, 4.57, 10, 21]])
    turned = rule.kept(Track.of([0], rotated=[[50.001, 50.001, 20.333, 10.777, 1.23456]])).rotated
    np.testing.assert_allclose(turned[0, 4], np.radians(round(np.degrees(1.23456), 2)))
    np.testing.assert_allclose(turned[0, :2], [50, 50], atol=0.01)
    rings = Rings.of([[[[0.123, 4.567], [10.001, 20.999], [7, 7]]]])
    kept = rule.kept(Track.of([0], rings=rings)).rings
    np.testing.assert_allclose(kept.points, np.round(rings.points, 2))
    assert rounding.cvat(1, "cvat-skeleton").name == "cvat-skeleton"


@pytest.mark.parametrize("decimals", [0, 1, 2])
def test_the_promise_counts_what_the_file_keeps(decimals):
    rng = np.random.default_rng(decimals)
    t = np.arange(80)
    corner = np.column_stack([20 + t, 30 + 8 * np.sin(t / 9)])
    boxes = np.column_stack([corner, corner + [12, 18]]) + rng.normal(0, 0.3, (80, 4))
    track = Track(t, boxes)
    rule = rounding.cvat(decimals)
    found = reduce(track, 0.8, rule=rule)
    np.testing.assert_array_equal(found.keyframes.boxes, np.round(found.keyframes.boxes, decimals))
    shown = interpolate(found.keyframes, t, rule)
    assert likeness(shown, track).min() == found.least >= 0.8


def test_where_rounding_breaks_the_promise_least_tells():
    t = np.arange(4)
    track = Track(t, np.array([0.4, 0.4, 2.6, 2.6]) + t[:, None])
    found = reduce(track, 0.99, rule=rounding.cvat(0))
    assert found.least < 0.99
    shown = interpolate(found.keyframes, t)
    assert likeness(shown, track).min() == found.least
