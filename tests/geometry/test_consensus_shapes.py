import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from strategies import FEW, arrays, pictures
from strategies import boxes as some_boxes
from strategies import rings as some_rings
from strategies import rotated as some_rotated

from geometry import consensus, masks, polygons, rotated
from geometry.errors import GeometryError
from geometry.rings import Rings

SEEDS = st.integers(0, 10_000)


@given(some_boxes(least=3))
def test_three_boxes_or_more_give_the_median_of_every_side(boxes):
    merged = consensus.boxes(boxes, np.zeros(len(boxes), int))
    np.testing.assert_allclose(merged[0], np.median(boxes, axis=0))
    assert (merged[0, 2:] >= merged[0, :2]).all()


@given(some_boxes(least=2, most=2), arrays(2, 0.1, 1.0))
def test_two_boxes_give_the_weighted_mean(boxes, weights):
    merged = consensus.boxes(boxes, [0, 0], weights)
    np.testing.assert_allclose(merged[0], np.average(boxes, axis=0, weights=weights))


@given(some_boxes(least=3, most=8), st.lists(st.integers(1, 4), min_size=8, max_size=8))
def test_a_whole_weight_is_as_many_equal_boxes(boxes, times):
    weights = np.array(times[: len(boxes)])
    often = np.repeat(boxes, weights, axis=0)
    merged = consensus.boxes(boxes, np.zeros(len(boxes), int), weights)
    np.testing.assert_allclose(merged[0], np.median(often, axis=0))
    assert (merged[0, 2:] >= merged[0, :2]).all()


@given(some_boxes(most=20), SEEDS)
def test_groups_are_merged_apart_in_any_order(boxes, seed):
    rng = np.random.default_rng(seed)
    groups = np.sort(rng.integers(0, 5, len(boxes)))
    groups = np.unique(groups, return_inverse=True)[1]
    order = rng.permutation(len(boxes))
    merged = consensus.boxes(boxes[order], groups[order])
    assert merged.shape == (len(set(groups.tolist())), 4)
    for k, box in enumerate(merged):
        alone = consensus.boxes(boxes[groups == k], np.zeros((groups == k).sum(), int))
        np.testing.assert_allclose(box, alone[0])


def test_weights_of_nothing_count_alike_and_others_are_refused():
    merged = consensus.boxes([[0, 0, 1, 1], [0, 0, 3, 3]], [0, 0], [0, 0])
    assert merged.tolist() == [[0, 0, 2, 2]]
    for wrong in ([1, -1], [1, np.nan], [1]):
        with pytest.raises(GeometryError, match="expected 2 numbers of 0 or more"):
            consensus.boxes([[0, 0, 1, 1], [0, 0, 3, 3]], [0, 0], wrong)


def written(box, turns):
    """The same rotated box after quarter turns with swapped sides."""
    sides = box[[3, 2]] if turns % 2 else box[2:4]
    return np.array([*box[:2], *sides, box[4] + turns * np.pi / 2])


@FEW
@given(some_rotated(least=1, most=1), st.lists(st.integers(-4, 8), min_size=1, max_size=5))
def test_one_rotated_box_in_any_way_of_writing_stays_itself(boxes, turns):
    rows = np.array([written(boxes[0], turn) for turn in turns])
    merged = consensus.rotated(rows, np.zeros(len(rows), int))
    assert rotated.pair_iou(merged, boxes)[0] == pytest.approx(1, abs=1e-9)


@FEW
@given(SEEDS, st.integers(2, 6))
def test_rotated_boxes_lie_in_the_middle_however_they_are_written(seed, count):
    rng = np.random.default_rng(seed)
    truth = np.array([50, 40, rng.uniform(20, 40), rng.uniform(5, 15), rng.uniform(-4, 4)])
    rows = truth + rng.normal(0, [1, 1, 1, 1, 0.05], (count, 5))
    plain = consensus.rotated(rows, np.zeros(count, int))
    turned = np.array(
        [written(row, turn) for row, turn in zip(rows, rng.integers(-4, 4, count), strict=True)]
    )
    merged = consensus.rotated(turned[rng.permutation(count)], np.zeros(count, int))
    assert rotated.pair_iou(merged, plain)[0] == pytest.approx(1, abs=1e-9)
    middle = np.median if count > 2 else np.mean
    assert rotated.pair_iou(plain, middle(rows, axis=0)[None])[0] > 0.999


def same_size(count):
    def of(size):
        return st.lists(pictures(st.just(size)), min_size=count[0], max_size=count[1])

    return st.tuples(st.integers(1, 20), st.integers(1, 20)).flatmap(of)


@FEW
@given(same_size((3, 6)), SEEDS)
def test_masks_go_by_most_pixels(dense, seed):
    weights = np.random.default_rng(seed).integers(1, 3, len(dense))
    weights[0] += 1 - weights.sum() % 2  # an odd sum: no pixel is undecided
    found = masks.decode(consensus.mask([masks.encode(d) for d in dense], weights))
    votes = np.tensordot(weights, np.array(dense, dtype=int), axes=1)
    np.testing.assert_array_equal(found, votes > weights.sum() / 2)


@FEW
@given(same_size((2, 2)), arrays(2, 0.1, 1.0))
def test_the_mask_of_two_lies_between_them(dense, weights):
    a, b = dense
    found = masks.decode(consensus.mask([masks.encode(d) for d in dense], weights))
    assert found[a & b].all()
    assert not found[~(a | b)].any()
    order = consensus.mask([masks.encode(b), masks.encode(a)], weights[::-1])
    np.testing.assert_array_equal(masks.decode(order), found)


def disc(x, radius, size=80):
    rows, columns = np.indices((size, size)) + 0.5
    return masks.encode((columns - x) ** 2 + (rows - size / 2) ** 2 < radius**2)


def test_two_discs_give_the_disc_between():
    found = consensus.mask([disc(40, 10), disc(40, 20)])
    assert masks.iou([found], [disc(40, 15)])[0, 0] > 0.93
    nearer = consensus.mask([disc(40, 10), disc(40, 20)], [3, 1])
    assert masks.iou([nearer], [disc(40, 12.5)])[0, 0] > 0.93


def test_masks_alone_empty_and_of_other_sizes():
    one = disc(30, 8)
    assert consensus.mask([one]) == one
    assert consensus.mask([one, one, one, one]) == one
    empty = masks.encode(np.zeros((80, 80)))
    assert masks.area(consensus.mask([empty, empty])) == 0
    for wrong in ([], [one, disc(3, 2, size=9)]):
        with pytest.raises(GeometryError, match="expected one size"):
            consensus.mask(wrong)


def star(seed, count, wobble=2.0):
    """Outlines that raters drew of one star-shaped object, with different numbers of points."""
    rng = np.random.default_rng(seed)
    turn = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    reach = 20 + 5 * np.sin(3 * turn + rng.uniform(0, 6))
    rows = []
    for _ in range(count):
        at = np.sort(rng.choice(200, rng.integers(20, 60), replace=False))
        spokes = reach[at] * np.stack([np.cos(turn[at]), np.sin(turn[at])])
        rows.append([[spokes.T + 40 + rng.normal(0, wobble, 2)]])
    return Rings.of(rows), rng.uniform(0.5, 2, count)


@FEW
@given(SEEDS, st.integers(3, 6), st.booleans())
def test_polygons_go_by_a_vote_on_fine_pixels(seed, count, weighed):
    rows, weights = star(seed, count if count % 2 or weighed else count + 1)
    weights = weights if weighed else np.ones(len(rows))
    merged = consensus.polygon(rows, weights)
    fine = 8
    votes = sum(
        w * masks.decode(masks.from_rings(row, (80 * fine, 80 * fine)))
        for row, w in zip(rows.moved(rows.points * fine), weights, strict=True)
    )
    wanted = votes > weights.sum() / 2
    found = masks.from_rings(merged.moved(merged.points * fine).row(0), (80 * fine, 80 * fine))
    assert (masks.decode(found) != wanted).sum() <= 2e-3 * wanted.sum() + 30
    assert polygons.valid(merged)[0]


@FEW
@given(SEEDS)
def test_the_polygon_of_two_is_more_like_both_than_they_are(seed):
    rows, weights = star(seed, 2)
    apart = polygons.iou(rows[:1], rows[1:])[0, 0]
    merged = consensus.polygon(rows, weights)
    assert polygons.iou(merged, rows).min() >= apart - 1e-9
    back = consensus.polygon(rows[::-1], weights[::-1])
    assert polygons.iou(merged, back)[0, 0] > 0.999


@FEW
@given(some_rings(least=1, most=5, tangled=True))
def test_any_polygons_merge_into_a_proper_one(rows):
    merged = consensus.polygon(rows)
    assert len(merged) == 1
    area, most = polygons.area(merged)[0], polygons.area(rows).max(initial=0)
    assert np.isfinite(area)
    if len(rows) > 2:
        whole = shapely.union_all(polygons.shapes(rows))
        assert area <= shapely.area(whole) + 1e-6
        assert area > 0 or most >= 0


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_equal_polygons_with_a_hole_stay_as_they_are(count):
    ring = np.array([(0, 0), (10, 0), (10, 10), (0, 10.0)])
    row = [[ring, ring[::-1] * 0.3 + 3]]
    merged = consensus.polygon(Rings.of([row] * count))
    assert polygons.area(merged)[0] == pytest.approx(91)
    assert polygons.iou(merged, Rings.of([row]))[0, 0] == pytest.approx(1)


def test_keypoints_are_the_median_of_the_labelled():
    rows = np.array(
        [
            [[0, 0, 2], [5, 5, 2], [0, 0, 0], [np.nan] * 3],
            [[2, 1, 2], [7, 5, 1], [3, 3, 2], [np.nan] * 3],
            [[50, 2, 1], [0, 0, 0], [0, 0, 0], [np.nan] * 3],
        ]
    )
    merged = consensus.keypoints(rows, [0, 0, 0])
    expected = [[2, 1, 2], [6, 5, 2], [0, 0, 0], [np.nan] * 3]
    np.testing.assert_array_equal(merged[0], expected)


@FEW
@given(SEEDS, st.integers(1, 6), st.integers(1, 4))
def test_keypoints_of_groups_in_any_order(seed, count, width):
    rng = np.random.default_rng(seed)
    rows = np.dstack([rng.uniform(0, 50, (count, width, 2)), rng.integers(0, 3, (count, width))])
    groups = np.unique(rng.integers(0, 2, count), return_inverse=True)[1]
    order = rng.permutation(count)
    merged = consensus.keypoints(rows[order], groups[order])
    for group, points in enumerate(merged):
        members = rows[groups == group]
        for k, point in enumerate(points):
            seen = members[members[:, k, 2] > 0, k]
            if len(seen) * 2 >= len(members):
                np.testing.assert_allclose(point[:2], np.median(seen[:, :2], axis=0))
                assert point[2] == (2 if (seen[:, 2] == 2).mean() >= 0.5 else 1)
            else:
                assert point.tolist() == [0, 0, 0]


def test_nothing_merges_into_nothing():
    assert consensus.boxes([], []).shape == (0, 4)
    assert consensus.rotated([], []).shape == (0, 5)
    assert consensus.keypoints(np.empty((0, 3, 3)), []).shape == (0, 3, 3)
    assert consensus.polygon(Rings.of([[]])).counts().tolist() == [0]
    assert consensus.polygon(Rings.of([[], [], []])).counts().tolist() == [0]
