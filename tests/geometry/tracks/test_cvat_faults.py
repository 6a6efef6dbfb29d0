"""What goes wrong in CVAT between keyframes: CVAT's rule has it, ours has not."""

import time

import numpy as np
import pytest

from geometry import polygons, rotated
from geometry.rings import Rings
from geometry.tracks import Track, interpolate, likeness

SQUARE = np.array([[0.0, 0], [10, 0], [10, 10], [0, 10]])
AT = np.arange(11)


def shown(first, last, rule):
    return interpolate(Track.of([0, 10], rings=Rings.of([[[first]], [[last]]])), AT, rule)


def circle(count, start=0.0, middle=(100, 100), radius=50.0):
    angle = start + np.arange(count) * (2 * np.pi / count)
    return radius * np.column_stack([np.cos(angle), np.sin(angle)]) + middle


def test_half_a_turn_jumps_in_cvat():
    track = Track.of([0, 10], rotated=[[50, 50, 40, 20, 0], [50, 50, 40, 20, np.pi]])
    theirs = interpolate(track, AT, "cvat").rotated[:, 4]
    ours = interpolate(track, AT).rotated[:, 4]
    assert np.abs(np.diff(theirs)).max() > np.radians(170)
    np.testing.assert_allclose(np.diff(ours), np.pi / 10)


@pytest.mark.parametrize("turn", range(-179, 180, 7))
@pytest.mark.parametrize("start", [0, 100, 350])
def test_rotation_goes_the_shorter_way_and_evenly(start, turn):
    angles = np.radians([start, (start + turn) % 360])
    track = Track.of([0, 10], rotated=[[50, 50, 40, 20, angle] for angle in angles])
    for rule in ("linear", "cvat"):
        steps = np.diff(interpolate(track, AT, rule).rotated[:, 4])
        even = np.angle(np.exp(1j * (steps - np.radians(turn / 10))))
        np.testing.assert_allclose(even, 0, atol=1e-9)


def test_label_studio_turns_the_shorter_way_about_the_corner():
    track = Track.of(
        [0, 10], rotated=[[50, 50, 40, 20, np.radians(350)], [80, 50, 40, 20, np.radians(10)]]
    )
    middle = interpolate(track, [5], "label-studio").rotated
    assert np.degrees(middle[0, 4]) % 360 == pytest.approx(0, abs=1e-9)
    corner = rotated.corners(middle)[0, 0]
    ends = rotated.corners(track.rotated)[:, 0]
    np.testing.assert_allclose(corner, ends.mean(axis=0))


@pytest.mark.parametrize("shift", [1, 2, 3])
def test_another_start_vertex_shrinks_a_square_in_cvat(shift):
    moved = np.roll(SQUARE, shift, axis=0) + 5
    theirs = polygons.area(shown(SQUARE, moved, "cvat").rings)
    ours = shown(SQUARE, moved, "linear")
    assert theirs.min() < (1e-9 if shift == 2 else 60)
    np.testing.assert_allclose(polygons.area(ours.rings), 100, atol=1e-9)
    np.testing.assert_allclose(polygons.bounds(ours.rings)[5], [2.5, 2.5, 12.5, 12.5], atol=1e-9)


def test_the_other_winding_shrinks_a_square_in_cvat():
    theirs = polygons.area(shown(SQUARE, SQUARE[::-1], "cvat").rings)
    ours = polygons.area(shown(SQUARE, SQUARE[::-1], "linear").rings)
    assert theirs.min() < 1e-9
    np.testing.assert_allclose(ours, 100, atol=1e-9)


def test_a_fifth_vertex_costs_a_corner_in_cvat_and_flickers():
    five = np.insert(SQUARE, 2, [10, 5], axis=0) + 3
    theirs, ours = (shown(SQUARE, five, rule) for rule in ("cvat", "linear"))
    counts = [len(ring) for rule in (theirs, ours) for row in rule.rings for ring in row[0]]
    assert len(set(counts[1:10])) > 1 or polygons.area(theirs.rings)[1:10].min() < 95
    assert set(counts[12:21]) == {5}
    np.testing.assert_allclose(polygons.area(ours.rings), 100, atol=1e-9)
    moved = Track.of(AT, rings=Rings.of([[[SQUARE + 0.3 * k]] for k in AT]))
    assert likeness(ours, moved).min() > 1 - 1e-9


def test_500_and_480_vertices_over_1000_frames_in_a_fifth_of_a_second():
    rings = Rings.of([[[circle(500)]], [[circle(480, 1.0, (300, 200))[::-1]]]])
    track, at = Track.of([0, 1001], rings=rings), np.arange(1, 1001)
    interpolate(track, [1])
    times = []
    for _ in range(3):
        start = time.process_time()
        ours = interpolate(track, at)
        times.append(time.process_time() - start)
    assert min(times) < 0.2
    area = polygons.area(ours.rings)
    ends = polygons.area(rings)
    assert np.abs(area / ends.mean() - 1).max() < 1e-4
    middles = polygons.bounds(ours.rings).reshape(-1, 2, 2).mean(axis=1)
    np.testing.assert_allclose(
        np.diff(middles, axis=0), [[200 / 1001, 100 / 1001]] * 999, atol=0.02
    )


def test_cvat_has_no_masks_between_keyframes():
    from geometry import masks

    pictures = np.zeros((2, 30, 60), dtype=bool)
    pictures[0, 5:15, 5:15] = pictures[1, 5:15, 35:45] = True
    column = np.array([masks.encode(picture) for picture in pictures], dtype=object)
    track = Track.of([0, 10], masks=column)
    theirs, ours = (interpolate(track, AT, rule) for rule in ("cvat", "linear"))
    assert all(mask == column[0] for mask in theirs.masks[:10])
    assert [masks.area(mask) for mask in ours.masks] == [100] * 11
    assert ours.boxes[5].tolist() == [20, 5, 30, 15]
