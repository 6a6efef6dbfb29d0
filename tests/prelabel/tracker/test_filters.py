"""The filters against the textbook's: one 8-dimensional Kalman filter with matrices per track."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prelabel.tracker import agility, filters
from prelabel.tracker.filters import Filters, noise

SIDES = st.floats(2, 200)
PLACES = st.tuples(st.floats(-500, 500), st.floats(-500, 500), SIDES, SIDES)
SCORES = st.floats(0, 1)
STEPS = st.lists(st.tuples(st.floats(0, 3), st.booleans(), PLACES, SCORES), max_size=6)

OFF = np.array([[0.1]])


class Textbook:
    """One track: state (8,), covariance (8, 8)."""

    def __init__(self, box, off):
        self.x = np.concatenate([box, np.zeros(4)])
        size = self.size()
        deviations = np.concatenate([np.full(4, off * size), filters.QUICK * size])
        self.p = np.diag(deviations**2)

    def size(self):
        return np.sqrt(max(self.x[2], 1) * max(self.x[3], 1))

    def predict(self, dt):
        f = np.block([[np.eye(4), dt * np.eye(4)], [np.zeros((4, 4)), np.eye(4)]])
        q = np.diag((filters.AGILE * self.size()) ** 2)
        noise = np.block([[q * dt**3 / 3, q * dt**2 / 2], [q * dt**2 / 2, q * dt]])
        self.x, self.p = f @ self.x, f @ self.p @ f.T + noise

    def correct(self, box, off):
        h = np.hstack([np.eye(4), np.zeros((4, 4))])
        size = np.sqrt(max(box[2], 1) * max(box[3], 1))
        r = np.eye(4) * (off * size) ** 2
        gain = self.p @ h.T @ np.linalg.inv(h @ self.p @ h.T + r)
        self.x = self.x + gain @ (box - h @ self.x)
        self.p = (np.eye(8) - gain @ h) @ self.p


@given(start=PLACES, score=SCORES, steps=STEPS)
def test_as_the_textbook(start, score, steps):
    off = noise(np.array([0.5, score]))
    book = Textbook(np.array(start), off[1, 0])
    ours = Filters.born(np.array([[1.0, 2, 3, 4], start]), off)
    for seconds, seen, place, score in steps:
        book.predict(seconds)
        ours = ours.predicted(seconds)
        if seen:
            off = noise(np.array([score]))
            book.correct(np.array(place), off[0, 0])
            ours = ours.corrected(np.array([1]), np.array([place]), off)
    np.testing.assert_allclose(ours.place[1], book.x[:4], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(ours.speed[1], book.x[4:], rtol=1e-6, atol=1e-6)
    variances = np.stack([np.diag(book.p)[:4], np.diag(book.p[:4, 4:]), np.diag(book.p)[4:]])
    np.testing.assert_allclose(ours.spread[:, 1], variances, rtol=1e-6, atol=1e-6)


def test_a_step_is_two_half_steps():
    one = Filters.born(np.array([[50.0, 60, 20, 40]]), OFF).corrected(
        np.array([0]), np.array([[52.0, 60, 20, 40]]), OFF
    )
    whole, halves = one.predicted(0.8), one.predicted(0.4).predicted(0.4)
    np.testing.assert_allclose(whole.place, halves.place)
    np.testing.assert_allclose(whole.spread, halves.spread)


@pytest.mark.parametrize("angle", [0.0, 0.3, np.pi / 2])
def test_a_moved_camera_moves_what_is_expected(angle):
    """Map then predict, or predict then map: the same place, for any similarity."""
    scale, shift = 1.5, np.array([7.0, -3])
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    motion = np.column_stack([turn, shift])
    state = Filters.born(np.array([[50.0, 60, 20, 40]]), OFF).predicted(0.2)
    state = state.corrected(np.array([0]), np.array([[58.0, 57, 20, 40]]), OFF)
    first, last = state.moved(motion).predicted(0.5), state.predicted(0.5)
    np.testing.assert_allclose(first.place[:, :2], last.place[:, :2] @ turn.T + shift)
    np.testing.assert_allclose(first.place[:, 2:], scale * last.place[:, 2:])


def test_no_tracks():
    none = Filters.born(np.empty((0, 4)), np.empty((0, 1)))
    moved = none.predicted(1.0).moved(np.eye(3)[:2])
    same = moved.corrected(np.empty(0, int), np.empty((0, 4)), np.empty((0, 1)))
    assert len(same.joined(none)) == 0


def test_a_certain_detection_moves_its_track_more():
    """The less certain a detection is, the less of its way the track goes with it."""
    state = Filters.born(np.array([[50.0, 60, 20, 40]]), OFF).predicted(0.1)
    scores, seen = np.array([0.1, 0.5, 0.9, 1.0]), np.array([[60.0, 60, 20, 40]])
    after = [state.corrected(np.array([0]), seen, noise(scores[i : i + 1])) for i in range(4)]
    way = np.array([one.place[0, 0] for one in after])
    assert (np.diff(way) > 0).all()
    assert way.min() > 50
    assert way.max() < 60


def wandering(agile, rng, steps=400, step=0.1):
    """Boxes of an object that is `agile` times as agile as assumed, half as noisy as told."""
    turns = rng.normal(0, np.sqrt(agile * step), (steps, 2)) * filters.AGILE[:2] * 100
    noises = rng.normal(0, OFF[0, 0] / 2 * 100, (steps, 2))
    places = np.cumsum(np.cumsum(turns, axis=0) * step, axis=0) + noises
    return np.column_stack([places, np.full((steps, 2), 100.0)])


def followed(boxes):
    """The agility that was learned, a mean of the last half, and the mean surprise there."""
    state, known, told = Filters.born(boxes[:1], OFF), np.ones(1), []
    for place in boxes[1:, None]:
        state = state.predicted(0.1, known[:, None])
        surprise = np.minimum(state.surprise(place, OFF), agility.STRANGE)
        known = agility.learned(known, surprise)
        state = state.corrected(np.array([0]), place, OFF)
        told.append((known[0], surprise[0]))
    return np.mean(told[len(told) // 2 :], axis=0)


def test_agility_is_found():
    """More for what is more agile, and then detections surprise as much as is aimed at."""
    found = [followed(wandering(a, np.random.default_rng(0))) for a in (0.1, 3, 10, 30)]
    learned, surprise = np.transpose(found)
    assert learned[0] < 1.2
    assert (np.diff(learned) > 0.2).all()
    np.testing.assert_allclose(surprise[1:], agility.EXPECTED, atol=0.1)
    assert surprise[0] < agility.EXPECTED
