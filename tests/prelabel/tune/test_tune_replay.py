"""Pictures replayed: the same edits as `cost` counts, whatever was shown."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.annotations import Annotations, Flag
from geometry import boxes
from prelabel.cost.edits import edits
from prelabel.cost.table import EDITS
from prelabel.tune.examples import KEPT, MOVED, NOTHING, RELABELLED, REMADE, UNKNOWN
from prelabel.tune.replay import Replay

PICTURES = 3


def world(seed, crowds=True):
    """Detections and objects of three pictures; many overlap, some lie in a crowd."""
    rng = np.random.default_rng(seed)

    def drawn(n):
        corners = rng.integers(0, 20, (n, 2)).astype(float)
        shapes = np.hstack([corners, corners + rng.integers(5, 12, (n, 2))])
        images = np.sort(rng.integers(0, PICTURES, n)).astype(np.int32)
        return {"boxes": shapes, "labels": rng.integers(0, 2, n), "images": images}

    truth = drawn(int(rng.integers(0, 12)))
    n = len(truth["labels"])
    near = {k: v.copy() for k, v in truth.items()}
    near["boxes"] += rng.normal(0, 0.7, (n, 4)).round(1)
    near["labels"] = np.where(rng.random(n) < 0.2, 1 - near["labels"], near["labels"])
    other = drawn(int(rng.integers(0, 12)))
    found = {k: np.concatenate([near[k], near[k], other[k]]) for k in truth}
    order = np.argsort(found["images"], kind="stable")
    scores = rng.random(len(order)).round(2)
    pre = Annotations.of(**{k: v[order] for k, v in found.items()}, scores=scores)
    flags = (rng.random(n) < 0.2 * crowds).astype(np.uint16) * np.uint16(Flag.CROWD)
    return pre, Annotations.of(n, **truth, flags=flags)


def one(table, picture):
    rows = table[table.images == picture]
    return rows.with_columns(images=np.zeros(len(rows), np.int32))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.3, 0.6, 1.1]))
def test_counts_are_those_of_cost(seed, least):
    pre, corrected = world(seed)
    found = Replay.of(pre, corrected, PICTURES)
    counts = found.counts(found.scores >= least)
    shown = pre[pre.scores >= least]
    plain = [
        edits(one(shown, k), one(corrected, k), task="boxes").counts() for k in range(PICTURES)
    ]
    assert counts.tolist() == [row.tolist() for row in plain]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.permutations(range(PICTURES)), st.integers(0, PICTURES))
def test_a_part_has_the_counts_of_its_pictures(seed, order, many):
    found = Replay.of(*world(seed), PICTURES)
    part = found.part(order[:many])
    assert part.count == many
    whole = found.counts(found.scores >= 0.4)[order[:many]]
    assert (part.counts(part.scores >= 0.4) == whole).all()
    assert len(part.examples()) == np.isin(found.pictures, order[:many]).sum()


def plainly(pre, corrected):
    """Outcomes of one picture, one detection after another, best first."""
    outcomes = np.full(len(pre), NOTHING)
    taken = set()
    for same in (True, False):
        for i in np.argsort(-pre.scores, kind="stable"):
            fits = boxes.iou(pre.boxes[[i]], corrected.boxes)[0]
            alike = (corrected.labels == pre.labels[i]) == same
            free = [j for j in np.flatnonzero(alike & (fits >= 0.5)) if j not in taken]
            if outcomes[i] == NOTHING and free:
                j = max(free, key=lambda j: fits[j])
                taken.add(j)
                exact = fits[j] >= 0.9
                outcomes[i] = (
                    (KEPT if exact else MOVED) if same else RELABELLED if exact else REMADE
                )
    return outcomes


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_better_detections_choose_first(seed):
    pre, corrected = world(seed, crowds=False)
    found = Replay.of(pre, corrected, PICTURES).examples()
    plain = [plainly(one(pre, k), one(corrected, k)) for k in range(PICTURES)]
    assert found.outcomes.tolist() == np.concatenate(plain).tolist()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_f1_counts_pairs_of_one_class(seed):
    pre, corrected = world(seed, crowds=False)
    found = Replay.of(pre, corrected, PICTURES)
    everything = found.scores >= 0
    hits, both = found.found(everything).T
    counts = found.counts(everything)
    fits = edits(pre, corrected)
    assert hits.sum() == len(fits.kept) + len(fits.moved)
    assert both.sum() == len(pre) + len(corrected)
    assert (counts[:, EDITS.index("picture")] == 1).all()


def test_detections_in_a_crowd_teach_nothing():
    shapes = {"boxes": np.array([[0, 0, 10, 10], [40, 40, 50, 50.0]]), "labels": [0, 0]}
    pre = Annotations.of(2, **shapes, scores=[0.9, 0.8])
    crowd = Annotations.of(
        1, boxes=np.array([[0, 0, 30, 30.0]]), labels=[0], flags=np.array([Flag.CROWD], np.uint16)
    )
    found = Replay.of(pre, crowd, 1)
    assert found.examples().outcomes.tolist() == [UNKNOWN, NOTHING]
    assert found.counts(found.scores > 0)[0].tolist() == [0, 0, 1, 0, 0, 1]
    assert found.found(found.scores > 0)[0].tolist() == [0, 1]


@pytest.mark.parametrize("empty", ["both", "detections", "objects"])
def test_nothing_is_something_that_can_be_replayed(empty):
    some = Annotations.of(1, boxes=np.array([[0, 0, 9, 9.0]]), labels=[0], scores=[0.5])
    none = Annotations.empty()
    pre, corrected = {"both": (none, none), "detections": (none, some), "objects": (some, none)}[
        empty
    ]
    found = Replay.of(pre, corrected, 2)
    counts = found.counts(found.scores >= 0.1).sum(axis=0)
    assert counts.tolist() == [0, 0, len(pre), len(corrected), 0, 2]
    assert len(found.examples()) == len(pre)
