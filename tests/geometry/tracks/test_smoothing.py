import numpy as np
import pytest
from hypothesis import given
from strategies import FEW, arrays, floats

from geometry.errors import GeometryError
from geometry.rings import Rings
from geometry.tracks import Track, gaussian

T = np.arange(60)


@FEW
@given(arrays((2, 4), -100.0, 100.0), floats(0.5, 6.0))
def test_even_motion_stays_as_it_is(ends, sigma):
    boxes = np.linspace(*ends, 12)
    frames = np.arange(12) * 2 + 5
    np.testing.assert_allclose(gaussian(Track(frames, boxes), sigma).boxes, boxes, atol=1e-6)


def test_every_row_is_on_the_weighted_line_through_its_neighbours():
    rng = np.random.default_rng(0)
    frames = np.cumsum(rng.integers(1, 3, 30))
    boxes = rng.normal(0, 10, (30, 4))
    found = gaussian(Track(frames, boxes), 2.0).boxes
    for row in (0, 1, 14, 29):
        near = np.abs(np.arange(30) - row) <= 6
        weights = np.exp(-0.25 * ((frames - frames[row]) / 2.0) ** 2)  # polyfit squares them
        for side in range(4):
            line = np.polyfit(frames[near], boxes[near, side], 1, w=weights[near])
            assert found[row, side] == pytest.approx(np.polyval(line, frames[row]))


def test_jitter_gets_less():
    rng = np.random.default_rng(1)
    boxes = np.tile([10.0, 10, 60, 90], (60, 1))
    noisy = boxes + rng.normal(0, 2, boxes.shape)
    errors = [np.abs(gaussian(Track(T, noisy), s).boxes - boxes).mean() for s in (1.5, 4)]
    assert errors[1] < errors[0] < np.abs(noisy - boxes).mean() / 1.5


def test_rotated_boxes_are_smoothed_through_the_jump_of_their_angle():
    turn = np.linspace(0, 4, 60)
    rotated = np.column_stack([T, T, np.full(60, 40), np.full(60, 20), turn])
    written = rotated.copy()
    written[:, 4] = (turn + np.pi / 2) % np.pi - np.pi / 2
    found = gaussian(Track.of(T, rotated=written), 2.0).rotated
    np.testing.assert_allclose(found[:, :4], rotated[:, :4], atol=1e-9)
    np.testing.assert_allclose(np.tan(found[:, 4]), np.tan(turn), rtol=1e-6, atol=1e-9)


def test_polygons_move_with_their_bounds():
    ring = np.array([[0.0, 0], [10, 0], [4, 8]])
    jump = np.where(T == 30, 5.0, 0.0)
    rings = Rings.of([[[ring + [k, shift]]] for k, shift in zip(T, jump, strict=True)])
    found = gaussian(Track.of(T, rings=rings), 2.0)
    shape = found.rings.row(30)[0][0]
    np.testing.assert_allclose(np.diff(shape, axis=0), np.diff(ring, axis=0), atol=1e-9)
    assert 0 < shape[0, 1] < 2
    assert shape[0, 0] == pytest.approx(30)


def test_keypoints_are_smoothed_where_they_are_labelled():
    points = np.dstack(
        [np.tile(T[:, None], (1, 2)), np.tile(T[:, None], (1, 2)), np.full((60, 2), 2)]
    )
    points = points.astype(np.float64)
    points[20:25, 1] = 0
    found = gaussian(Track.of(T, keypoints=points), 2.0).keypoints
    np.testing.assert_allclose(found, points, atol=1e-9)


def test_one_row_and_a_spread_that_is_none():
    track = Track([4], [[0, 0, 5, 5]])
    assert gaussian(track, 2.0).boxes.tolist() == [[0, 0, 5, 5]]
    with pytest.raises(GeometryError, match="spread of 0 frames"):
        gaussian(track, 0)
