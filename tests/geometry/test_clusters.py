from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import FEW

from geometry import consensus, matching
from geometry.errors import GeometryError
from geometry.overlaps import overlap_pairs

SEEDS = st.integers(0, 10_000)
NONE = (np.empty(0, int), np.empty(0, int), np.empty(0))


def drawn(seed, raters, objects=12, side=60, wobble=3.0):
    """Boxes that raters drew of the same, often overlapping objects; whose each is, and pairs."""
    rng = np.random.default_rng(seed)
    low = rng.uniform(0, side, (objects, 2))
    truth = np.hstack([low, low + rng.uniform(8, 40, (objects, 2))])
    seen = [truth[rng.random(objects) < 0.9] for _ in range(raters)]
    boxes = np.concatenate([t + rng.normal(0, wobble, t.shape) for t in seen])
    owner = np.repeat(np.arange(raters), [len(t) for t in seen])
    return boxes, owner, alike(boxes, owner)


def alike(boxes, owner, threshold=0.4):
    i, j, iou = overlap_pairs(boxes, boxes, threshold)
    apart = (i < j) & (owner[i] != owner[j])
    return i[apart], j[apart], iou[apart]


def total(found, pairs):
    return sum(s for i, j, s in zip(*pairs, strict=True) if found[i] == found[j])


def sets(found):
    return {frozenset(np.flatnonzero(found == k).tolist()) for k in np.unique(found)}


@FEW
@given(SEEDS, st.integers(2, 5))
def test_members_all_pair_and_each_rater_has_one(seed, raters):
    boxes, owner, pairs = drawn(seed, raters)
    found = consensus.clusters(owner, pairs)
    linked = set(zip(*(column.tolist() for column in pairs[:2]), strict=True))
    for members in sets(found):
        assert len(set(owner[list(members)])) == len(members)
        assert all(pair in linked for pair in combinations(sorted(members), 2))
    firsts = [int(np.flatnonzero(found == k)[0]) for k in range(found.max(initial=-1) + 1)]
    assert firsts == sorted(firsts)
    assert len(found) == len(boxes)


@FEW
@given(SEEDS)
def test_two_raters_are_matched_as_the_optimal_matching_does(seed):
    boxes, owner, pairs = drawn(seed, 2, objects=20)
    found = consensus.clusters(owner, pairs)
    ours = int((owner == 0).sum())
    best = matching.optimal((pairs[0], pairs[1] - ours, pairs[2]), ours, len(boxes) - ours)
    assert total(found, pairs) == pytest.approx(pairs[2][best].sum())


def partitions(rows, owner, linked):
    """All ways to put rows into clusters that may be."""
    if not rows:
        yield []
        return
    first, *rest = rows
    for others in partitions(rest, owner, linked):
        yield [[first], *others]
        for k, cluster in enumerate(others):
            if all((first, mate) in linked for mate in cluster):
                yield [*others[:k], [first, *cluster], *others[k + 1 :]]


def test_three_raters_come_close_to_the_best_of_all_partitions():
    shares = []
    for seed in range(25):
        _, owner, pairs = drawn(seed, 3, objects=3, side=15, wobble=4.0)
        likeness = {(i, j): s for i, j, s in zip(*(c.tolist() for c in pairs), strict=True)}
        best = max(
            sum(likeness[pair] for cluster in way for pair in combinations(sorted(cluster), 2))
            for way in partitions(list(range(len(owner))), owner, set(likeness))
        )
        shares.append(total(consensus.clusters(owner, pairs), pairs) / best if best else 1.0)
    assert min(shares) > 0.9
    assert np.mean(shares) > 0.995


@FEW
@given(SEEDS, st.integers(2, 4))
def test_neither_the_order_of_rows_nor_of_raters_matters(seed, raters):
    boxes, owner, pairs = drawn(seed, raters)
    found = consensus.clusters(owner, pairs)
    order = np.random.default_rng(seed).permutation(len(boxes))
    turned = (owner[order] + 1) % raters
    again = consensus.clusters(turned, alike(boxes[order], turned))
    back = np.empty(len(order), int)
    back[order] = again
    assert sets(back) == sets(found)


@pytest.mark.parametrize("raters", [1, 2, 3, 7])
@pytest.mark.parametrize("objects", [0, 1, 9])
def test_raters_who_drew_the_same_give_one_cluster_an_object(raters, objects):
    boxes = np.arange(objects)[:, None] * 10 + np.array([0.0, 0, 8, 8])
    rows, owner = np.tile(boxes, (raters, 1)), np.repeat(np.arange(raters), objects)
    found = consensus.clusters(owner, alike(rows, owner))
    assert found.tolist() == [*range(objects)] * raters


def test_equal_labels_find_together_first():
    # a person on a horse: both in nearly one place, the third rater saw the person only
    boxes = np.array(
        [[0, 0, 10, 10.0], [0, 0, 10, 11], [0, 0, 10, 11], [0, 0, 10, 10], [0, 0, 10, 11]]
    )
    owner, labels = np.array([0, 0, 1, 1, 2]), np.array([1, 2, 1, 2, 1])
    found = consensus.clusters(owner, alike(boxes, owner), labels)
    assert sets(found) == {frozenset({0, 2, 4}), frozenset({1, 3})}


def test_clusters_of_two_labels_join_where_they_lie_alike():
    boxes = np.tile([[0.0, 0, 10, 10]], (4, 1))
    found = consensus.clusters([0, 1, 2, 3], alike(boxes, np.arange(4)), [5, 5, 6, 6])
    assert found.tolist() == [0, 0, 0, 0]


def test_a_chain_of_neighbours_is_no_cluster():
    boxes = np.array([[0, 0, 10, 10.0], [3, 0, 13, 10], [6, 0, 16, 10]])
    found = consensus.clusters([0, 1, 2], alike(boxes, np.arange(3), 0.5))
    assert len(sets(found)) == 2


def test_a_duplicate_stays_alone():
    boxes = np.array([[0, 0, 10, 10.0], [0, 0, 10, 10], [0, 0, 10, 10]])
    found = consensus.clusters([0, 0, 1], alike(boxes, np.array([0, 0, 1])))
    assert sorted(np.bincount(found).tolist()) == [1, 2]


def test_rows_without_pairs_are_alone_and_no_rows_have_no_clusters():
    assert consensus.clusters([0, 1, 1], NONE).tolist() == [0, 1, 2]
    assert consensus.clusters([], NONE).tolist() == []
    with pytest.raises(GeometryError, match="2 labels of 1 rows"):
        consensus.clusters([0], NONE, [1, 2])
