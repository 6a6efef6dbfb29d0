"""Windows of one picture at once, against one window at a time on dense pictures."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geometry import crops, masks

SIZE = (9, 7)


def columns(dense: list[np.ndarray]) -> np.ndarray:
    """The windows' pixels as `from_columns` takes them."""
    parts = [np.pad(window, ((0, 1), (0, 0))).T.ravel() for window in dense]
    return np.concatenate([[False], *parts]).astype(bool)


@st.composite
def windows(draw: st.DrawFn) -> list[tuple[int, int, np.ndarray]]:
    """Windows of a picture of `SIZE`: x0, y0, dense pixels; some as high as the picture."""
    found = []
    for _ in range(draw(st.integers(0, 4))):
        x0, y0 = draw(st.integers(0, SIZE[0] - 1)), draw(st.integers(0, SIZE[1] - 1))
        y0 = draw(st.sampled_from([0, y0]))
        width, height = SIZE[0] - x0, draw(st.integers(1, SIZE[1] - y0))
        height = draw(st.sampled_from([height, SIZE[1] - y0]))
        bits = draw(st.integers(0, 2 ** (width * height) - 1))
        flat = np.array([bits >> k & 1 for k in range(width * height)], dtype=bool)
        filled = draw(st.sampled_from([flat, np.ones_like(flat), np.zeros_like(flat)]))
        found.append((x0, y0, filled.reshape(height, width)))
    return found


@given(windows())
def test_every_window_comes_out_as_if_it_were_alone(drawn: list) -> None:
    places = [(x, y, x + d.shape[1], y + d.shape[0]) for x, y, d in drawn]
    boxes = np.array(places, dtype=np.int64).reshape(-1, 4)
    pixels = columns([dense for _, _, dense in drawn])
    assert len(pixels) == crops.column_offsets(boxes)[-1]
    found = crops.from_columns(pixels, boxes, SIZE)
    assert len(found) == len(drawn)
    for mask, (x, y, dense) in zip(found, drawn, strict=True):
        whole = np.zeros((SIZE[1], SIZE[0]), dtype=bool)
        whole[y : y + dense.shape[0], x : x + dense.shape[1]] = dense
        assert mask == masks.encode(whole)
