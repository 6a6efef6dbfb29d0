"""Which frames to look at next: against clips whose motion is known."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from formats.annotations import Annotations
from prelabel.tracker import adaptive


def clip(places, frames):
    """A table of one object of 20 x 20 pixels at (F,) x places, seen in `frames`."""
    x = np.asarray(places, dtype=float)[frames]
    boxes = np.column_stack([x, np.zeros_like(x), x + 20, np.full_like(x, 20)])
    return Annotations.of(images=np.asarray(frames), boxes=boxes, scores=np.ones(len(x)))


def asked(places, frames, see=lambda frame: True):
    """All frames that were looked at in the end."""
    looked = np.array(frames)
    for _ in range(20):
        seen = np.array([frame for frame in looked if see(frame)], dtype=int)
        more = adaptive.more(clip(places, seen), looked)
        assert not np.isin(more, looked).any()
        if not len(more):
            return looked
        looked = np.union1d(looked, more)
    raise AssertionError("never ends")


COARSE = [0, 10, 20, 30, 40]


def test_what_stands_still_needs_no_more():
    assert asked(np.zeros(41), COARSE).tolist() == COARSE


def test_more_where_it_is_fast():
    places = np.concatenate([np.zeros(20), np.arange(21) * 8.0])
    looked = asked(places, COARSE)
    assert (looked <= 20).sum() == 3
    assert (looked > 20).sum() > 8


def test_where_something_comes_the_moment_is_found():
    looked = asked(np.zeros(41), COARSE, see=lambda frame: frame >= 24)
    assert {23, 24} <= set(looked.tolist())
    assert not ((looked > 0) & (looked < 10)).any()


def test_weak_detections_do_not_ask():
    table = clip(np.zeros(41), np.array([10])).with_columns(scores=np.array([0.3]))
    assert not len(adaptive.more(table, COARSE))


def test_classes_are_no_partners():
    table = clip(np.zeros(41), np.array([0, 10])).with_columns(labels=np.array([0, 1]))
    assert adaptive.more(table, [0, 10]).tolist() == [5]


def test_nothing_looked_at():
    assert not len(adaptive.more(Annotations.empty(), []))
    assert not len(adaptive.more(Annotations.empty(), [4]))


@given(st.lists(st.floats(0, 300), min_size=41, max_size=41), st.sets(st.integers(0, 40)))
def test_it_ends_and_asks_only_between(places, frames):
    looked = asked(places, sorted(frames))
    assert set(frames) <= set(looked.tolist())
    if frames:
        assert min(frames) == looked.min()
        assert max(frames) == looked.max()
