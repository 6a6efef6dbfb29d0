"""CVAT's rule, beside what CVAT's own code gives for the same keyframes (golden file)."""

import json
from pathlib import Path

import numpy as np
import pytest

from geometry.rings import Rings
from geometry.tracks import Track, interpolate

GOLDEN = json.loads((Path(__file__).parent / "golden" / "cvat_tracks.json").read_text())
FRAMES = 100


def between(track, share, rule="cvat"):
    return interpolate(track, [round(share * FRAMES)], rule)


@pytest.mark.parametrize("case", GOLDEN["polygons"])
def test_polygons(case):
    rings = Rings.of([[[case["first"]]], [[case["last"]]]])
    shown = between(Track.of([0, FRAMES], rings=rings), case["share"])
    np.testing.assert_allclose(shown.rings.points, case["shown"], atol=1e-5)


@pytest.mark.parametrize("case", GOLDEN["polylines"])
def test_polylines(case):
    rings = Rings.of([[[case["first"]]], [[case["last"]]]])
    shown = between(Track.of([0, FRAMES], rings=rings, closed=False), case["share"])
    np.testing.assert_allclose(shown.rings.points, case["shown"], atol=1e-5)


@pytest.mark.parametrize("case", GOLDEN["rectangles"])
def test_rotated_rectangles(case):
    ends = np.array([case["first"], case["last"]], dtype=np.float64)
    shown = between(Track.of([0, FRAMES], rotated=as_rotated(ends)), case["share"])
    wanted = as_rotated(np.array([case["shown"]]))
    np.testing.assert_allclose(shown.rotated[:, :4], wanted[:, :4], atol=1e-5)
    turn = (shown.rotated[0, 4] - wanted[0, 4]) % (2 * np.pi)
    assert min(turn, 2 * np.pi - turn) < 1e-6


def as_rotated(corners):
    """cx cy w h radians of CVAT's x0 y0 x1 y1 degrees."""
    low, high = corners[:, :2], corners[:, 2:4]
    return np.column_stack([(low + high) / 2, high - low, np.radians(corners[:, 4])])


def test_many_frames_at_once_are_the_frames_one_by_one():
    case = GOLDEN["polygons"][3]
    rings = Rings.of([[[case["first"]]], [[case["last"]]], [[case["first"]]]])
    track = Track.of([0, 50, 90], rings=rings)
    at = np.array([3, 77, 50, 12, 88, 0, 95])
    together = interpolate(track, at, "cvat")
    for k, frame in enumerate(at):
        assert together.rings[[k]] == interpolate(track, [frame], "cvat").rings
    assert together.rings[[2]] == rings[[1]]


def test_an_outline_without_a_length_stays():
    rings = Rings.of([[[[[5, 5]]]], [[[[9, 9]]]]])
    shown = between(Track.of([0, FRAMES], rings=rings), 0.5)
    assert len(shown) == 1


def test_points_stay_unless_there_is_one():
    many = np.array([[[0, 0, 2], [4, 4, 2]], [[8, 8, 2], [6, 6, 2]]], dtype=np.float64)
    one = many[:, :1]
    assert between(Track.of([0, FRAMES], keypoints=many), 0.5).keypoints.tolist() == [
        [[0, 0, 2], [4, 4, 2]]
    ]
    assert between(Track.of([0, FRAMES], keypoints=one), 0.5).keypoints.tolist() == [[[4, 4, 2]]]
    skeleton = between(Track.of([0, FRAMES], keypoints=many), 0.5, "cvat-skeleton")
    assert skeleton.keypoints.tolist() == [[[4, 4, 2], [5, 5, 2]]]
