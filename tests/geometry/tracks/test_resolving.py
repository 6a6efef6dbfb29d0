import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import FEW, arrays

from geometry.errors import GeometryError
from geometry.rings import Rings
from geometry.tracks import Track, adjusted, interpolate, likeness, reduce, resolve

T = np.arange(120)


def wavy(jitter=0.0):
    """A box on a wave; the same with jitter."""
    middle = np.column_stack([100 + T, 100 + 25 * np.sin(T / 12)])
    boxes = np.column_stack([middle - [15, 30], middle + [15, 30]])
    return Track(T, boxes + np.random.default_rng(0).normal(0, jitter, boxes.shape))


def corrected_at(track, row, by):
    one = track[[row]]
    return one.with_columns(boxes=one.boxes + by)


def test_only_the_segments_around_the_corrected_keyframe_change():
    track = wavy(0.4)
    before = reduce(track, 0.85)
    row = int(before.rows[len(before.rows) // 2])
    fix = corrected_at(before.keyframes, len(before.rows) // 2, [6, 0, 6, 0])
    after = resolve(track, before.keyframes, fix, 0.85)
    near = slice(*before.rows[[len(before.rows) // 2 - 1, len(before.rows) // 2 + 1]].tolist())
    outside = [r for r in before.rows if r <= near.start or r >= near.stop]
    assert [r for r in after.rows if r <= near.start or r >= near.stop] == outside
    for r in outside:
        old, new = (k.keyframes.boxes[list(k.rows).index(r)] for k in (before, after))
        np.testing.assert_array_equal(old, new)
    np.testing.assert_array_equal(after.keyframes.boxes[list(after.rows).index(row)], fix.boxes[0])
    truth = adjusted(track, before.keyframes, fix)
    like = likeness(interpolate(after.keyframes, T), truth)
    assert after.least == like.min() >= 0.85
    np.testing.assert_array_equal(truth.boxes[: near.start], track.boxes[: near.start])
    np.testing.assert_array_equal(truth.boxes[near.stop :], track.boxes[near.stop :])


def test_a_correction_does_not_bring_keyframes_that_put_the_error_back():
    """What the detector said next to a corrected keyframe was as wrong as there."""
    track = wavy()
    before = reduce(track, 0.8)
    k = len(before.rows) // 2
    after = resolve(track, before.keyframes, corrected_at(before.keyframes, k, [0, 12, 0, 12]), 0.8)
    assert len(after.rows) <= len(before.rows) + 2
    shown = interpolate(after.keyframes, T).boxes[:, 1] - track.boxes[:, 1]
    row = int(before.rows[k])
    assert shown[[row - 1, row + 1]].min() > 6


@FEW
@given(st.lists(st.integers(0, 39), min_size=1, max_size=4, unique=True), arrays((4, 2), -5.0, 5.0))
def test_any_rows_may_be_corrected(rows, by):
    track = wavy(0.5)[:40]
    before = reduce(track, 0.8)
    rows = sorted(rows)
    offsets = np.tile(by[: len(rows)], 2)
    fix = track[rows].with_columns(boxes=track.boxes[rows] + offsets)
    after = resolve(track, before.keyframes, fix, 0.8)
    assert set(after.rows) >= {0, 39, *rows}
    for row, box in zip(rows, fix.boxes, strict=True):
        np.testing.assert_array_equal(after.keyframes.boxes[list(after.rows).index(row)], box)
    truth = adjusted(track, before.keyframes, fix)
    assert after.least == likeness(interpolate(after.keyframes, track.frames), truth).min()
    assert after.least >= 0.8


def test_without_corrections_nothing_changes():
    track = wavy(0.3)
    before = reduce(track, 0.8)
    after = resolve(track, before.keyframes, track[:0], 0.8)
    np.testing.assert_array_equal(after.rows, before.rows)
    np.testing.assert_array_equal(after.keyframes.boxes, before.keyframes.boxes)
    assert after.least == before.least


def test_corrections_fade_out_evenly():
    track = Track(np.arange(21), np.tile([0.0, 0, 10, 10], (21, 1)))
    fix = Track([10], [[4, 0, 14, 10]])
    found = adjusted(track, track[[0, 20]], fix).boxes[:, 0]
    np.testing.assert_allclose(found, 4 - np.abs(np.arange(21) - 10) * 0.4)


def kinds():
    ring = np.array([[0.0, 0], [20, 0], [20, 30], [0, 30]])
    points = np.array([[0.0, 0, 2], [20, 30, 2]])
    n = 31
    return {
        "rotated": Track.of(range(n), rotated=[[50 + k, 50, 20, 40, 0.05 * k] for k in range(n)]),
        "polygon": Track.of(range(n), rings=Rings.of([[[ring + k]] for k in range(n)])),
        "keypoints": Track.of(range(n), keypoints=[points + [k, k, 0] for k in range(n)]),
    }


@pytest.mark.parametrize("kind", ["rotated", "polygon", "keypoints"])
@pytest.mark.parametrize("rule", ["linear", "label-studio", "cvat-skeleton"])
def test_other_shapes(kind, rule):
    track = kinds()[kind]
    before = reduce(track, 0.8, rule=rule)
    fix = {
        "rotated": lambda: track[[15]].with_columns(
            rotated=track.rotated[[15]] + [3, 2, 0, 0, 0.1]
        ),
        "polygon": lambda: track[[15]].with_columns(
            rings=track.rings[[15]].moved(track.rings[[15]].points + [3, 2])
        ),
        "keypoints": lambda: track[[15]].with_columns(
            keypoints=track.keypoints[[15]] + [[3, 2, 0]]
        ),
    }[kind]()
    after = resolve(track, before.keyframes, fix, 0.8, rule=rule)
    at = list(after.rows).index(15)
    assert likeness(after.keyframes[[at]], fix)[0] > 1 - 1e-9
    truth = adjusted(track, before.keyframes, fix)
    shown = interpolate(after.keyframes, track.frames, rule)
    assert likeness(shown, truth).min() == pytest.approx(after.least, abs=1e-9)
    assert after.least >= 0.8


def test_a_keyframe_needs_a_row():
    track = wavy()
    with pytest.raises(GeometryError, match="frame 500"):
        resolve(track, track[[0, 119]], Track([500], [[0, 0, 1, 1]]), 0.8)
