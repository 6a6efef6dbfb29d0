"""The filters against the textbook's: one 8-dimensional Kalman filter with matrices per track."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prelabel.tracker import filters
from prelabel.tracker.filters import Filters

SIDES = st.floats(2, 200)
PLACES = st.tuples(st.floats(-500, 500), st.floats(-500, 500), SIDES, SIDES)
STEPS = st.lists(st.tuples(st.floats(0, 3), st.booleans(), PLACES), max_size=6)


class Textbook:
    """One track: state (8,), covariance (8, 8)."""

    def __init__(self, box):
        self.x = np.concatenate([box, np.zeros(4)])
        size = self.size()
        deviations = np.concatenate([filters.SEEN * size, filters.QUICK * size])
        self.p = np.diag(deviations**2)

    def size(self):
        return np.sqrt(max(self.x[2], 1) * max(self.x[3], 1))

    def predict(self, dt):
        f = np.block([[np.eye(4), dt * np.eye(4)], [np.zeros((4, 4)), np.eye(4)]])
        q = np.diag((filters.AGILE * self.size()) ** 2)
        noise = np.block([[q * dt**3 / 3, q * dt**2 / 2], [q * dt**2 / 2, q * dt]])
        self.x, self.p = f @ self.x, f @ self.p @ f.T + noise

    def correct(self, box):
        h = np.hstack([np.eye(4), np.zeros((4, 4))])
        size = np.sqrt(max(box[2], 1) * max(box[3], 1))
        r = np.diag((filters.SEEN * size) ** 2)
        gain = self.p @ h.T @ np.linalg.inv(h @ self.p @ h.T + r)
        self.x = self.x + gain @ (box - h @ self.x)
        self.p = (np.eye(8) - gain @ h) @ self.p


@given(start=PLACES, steps=STEPS)
def test_as_the_textbook(start, steps):
    book = Textbook(np.array(start))
    ours = Filters.born(np.array([[1.0, 2, 3, 4], start]))
    for seconds, seen, place in steps:
        book.predict(seconds)
        ours = ours.predicted(seconds)
        if seen:
            book.correct(np.array(place))
            ours = ours.corrected(np.array([1]), np.array([place]))
    np.testing.assert_allclose(ours.place[1], book.x[:4], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(ours.speed[1], book.x[4:], rtol=1e-6, atol=1e-6)
    variances = np.stack([np.diag(book.p)[:4], np.diag(book.p[:4, 4:]), np.diag(book.p)[4:]])
    np.testing.assert_allclose(ours.spread[:, 1], variances, rtol=1e-6, atol=1e-6)


def test_a_step_is_two_half_steps():
    one = Filters.born(np.array([[50.0, 60, 20, 40]])).corrected(
        np.array([0]), np.array([[52.0, 60, 20, 40]])
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
    state = Filters.born(np.array([[50.0, 60, 20, 40]])).predicted(0.2)
    state = state.corrected(np.array([0]), np.array([[58.0, 57, 20, 40]]))
    first, last = state.moved(motion).predicted(0.5), state.predicted(0.5)
    np.testing.assert_allclose(first.place[:, :2], last.place[:, :2] @ turn.T + shift)
    np.testing.assert_allclose(first.place[:, 2:], scale * last.place[:, 2:])


def test_no_tracks():
    none = Filters.born(np.empty((0, 4)))
    moved = none.predicted(1.0).moved(np.eye(3)[:2])
    assert len(moved.corrected(np.empty(0, int), np.empty((0, 4))).joined(none)) == 0
