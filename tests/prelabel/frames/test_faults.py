"""Faults: neighbours share a line, and nothing is told twice."""

from hypothesis import given
from hypothesis import strategies as st

from prelabel.frames.faults import Faults


def test_lines():
    faults = Faults()
    faults.frames([4, 3, 5], "cannot be decoded")
    faults.frames([9], "cannot be decoded")
    faults.frames([], "is damaged")
    faults.clip("is cut off")
    assert [str(fault) for fault in faults.lines()] == [
        "is cut off",
        "frames 3 to 5: cannot be decoded",
        "frame 9: cannot be decoded",
    ]


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from("ab"))))
def test_every_frame_once(found):
    faults = Faults()
    for frame, what in found:
        faults.frames([frame], what)
    lines = faults.lines()
    told = [(n, f.what) for f in lines for n in range(f.first, f.last + 1)]
    assert sorted(told) == sorted(set(found))
    assert all((f.last + 1, f.what) not in found for f in lines)
