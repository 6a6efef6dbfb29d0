"""Counts as a person would write them."""

from __future__ import annotations

import pytest

from formats import counting


@pytest.mark.parametrize(
    ("count", "what", "words"),
    [
        (1, "crowd region", "1 crowd region"),
        (3, "crowd region", "3 crowd regions"),
        (1102, "score", "1,102 scores"),
        (2, "rotated box", "2 rotated boxes"),
        (2, "polygon with holes, written as a mask", "2 polygons with holes, written as a mask"),
        (2, "further class of a picture", "2 further classes of a picture"),
        (2, "name of a frame's picture", "2 names of a frame's picture"),
        (2, "category id that another class has", "2 category ids that another class has"),
        (2, "ignore region (crowd) left out", "2 ignore regions (crowd) left out"),
        (2, "object: cut", "2 objects: cut"),
        (3, "attributes", "attributes of 3 objects"),
        (1, "flags", "flags of 1 object"),
        (2, "keypoints of a row of another kind", "2 keypoints of a row of another kind"),
        (2, "entry", "2 entries"),
        (2, "key", "2 keys"),
        (2, "ellipse not kept as such", "2 ellipses not kept as such"),
        (5, "box", "5 boxes"),
        (2, "annotation id 0, which stays", "2 annotation ids 0, which stays"),
    ],
)
def test_counts_in_words(count: int, what: str, words: str) -> None:
    assert counting.counted(count, what) == words
