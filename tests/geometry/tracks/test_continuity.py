import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st
from strategies import FEW, parts

from geometry import rotated
from geometry.rings import Rings
from geometry.tracks import Track, in_step, interpolate, likeness, reduce


@FEW
@given(st.lists(st.integers(-4, 4), min_size=2, max_size=20))
def test_a_turning_box_is_unwound_however_each_row_is_written(quarters):
    count = len(quarters)
    exact = np.column_stack(
        [
            np.arange(count),
            np.arange(count),
            np.full(count, 40),
            np.full(count, 20),
            0.2 * np.arange(count),
        ]
    )
    written = exact.copy()
    for row, turns in zip(written[1:], quarters[1:], strict=True):
        if turns % 2:
            row[2:4] = row[3:1:-1]
        row[4] += turns * np.pi / 2
    track = in_step(Track.of(range(count), rotated=written))
    np.testing.assert_allclose(track.rotated, exact, atol=1e-9)


@FEW
@given(parts(), st.lists(st.tuples(st.integers(0, 11), st.booleans()), min_size=2, max_size=8))
def test_polygons_begin_at_the_same_vertex_and_run_the_same_way(part, written):
    ring = part[0]
    rings = [
        np.roll(ring + k, turn, axis=0)[:: -1 if back else 1]
        for k, (turn, back) in enumerate(written)
    ]
    rings[0] = ring
    track = Track.of(range(len(rings)), rings=Rings.of([[[r]] for r in rings]))
    found = in_step(track)
    for k, row in enumerate(found.rings):
        np.testing.assert_allclose(row[0][0], ring + k, atol=1e-9)
    assert likeness(found, track).min() > 1 - 1e-9


def test_rows_of_several_rings_or_none_stay():
    square = np.array([[0.0, 0], [10, 0], [10, 10], [0, 10]])
    rows = [[[square]], [[square], [square + 20]], [], [[np.roll(square, 2, axis=0)]]]
    found = in_step(Track.of(range(4), rings=Rings.of(rows))).rings
    assert found[[1, 2]] == Rings.of(rows[1:3])
    assert found.row(3)[0][0].tolist() == square.tolist()


def test_reduced_rotated_boxes_do_not_spin_where_the_detector_writes_them_otherwise():
    t = np.arange(40)
    exact = np.column_stack([t, t, np.full(40, 50), np.full(40, 20), 0.03 * t])
    written = exact.copy()
    written[::3, 2:4], written[::3, 4] = exact[::3, 3:1:-1], exact[::3, 4] - np.pi / 2
    track = Track.of(t, rotated=written)
    for rule in ("linear", "label-studio", "cvat"):
        found = reduce(track, 0.9, rule=rule)
        assert len(found.rows) <= 4
        assert rotated.pair_iou(interpolate(found.keyframes, t, rule).rotated, exact).min() >= 0.9


def test_reduced_polygons_do_not_collapse_by_cvats_rule_where_their_start_wanders():
    angle = np.arange(12) * (np.pi / 6)
    ring = np.column_stack([30 * np.cos(angle), 18 * np.sin(angle)])
    rng = np.random.default_rng(0)
    rings = [np.roll(ring + [k, k / 2], int(rng.integers(12)), axis=0) for k in range(40)]
    track = Track.of(range(40), rings=Rings.of([[[r]] for r in rings]))
    found = reduce(track, 0.9, rule="cvat")
    assert len(found.rows) == 2
    shown = interpolate(found.keyframes, np.arange(40), "cvat")
    assert shapely.Polygon(shown.rings.row(20)[0][0]).area > 0.99 * shapely.Polygon(ring).area
    assert likeness(shown, track).min() == found.least
