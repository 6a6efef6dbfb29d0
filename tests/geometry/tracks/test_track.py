import numpy as np
import pytest

from geometry import masks
from geometry.errors import GeometryError
from geometry.rings import Rings
from geometry.tracks import Track

RINGS = Rings.of([[[[[0, 0], [4, 0], [4, 3]]]][0], [[[[1, 1], [5, 1], [5, 4]]]][0]])
MASKS = np.array([masks.encode(np.eye(5)), masks.encode(np.eye(5)[::-1])], dtype=object)


def tracks():
    return {
        "box": Track([0, 4], [[0, 0, 1, 2], [1, 1, 3, 3]]),
        "rotated": Track.of([0, 4], rotated=[[5, 5, 4, 2, 0], [6, 5, 4, 2, 0]]),
        "polygon": Track.of([0, 4], rings=RINGS),
        "line": Track.of([0, 4], rings=RINGS, closed=False),
        "mask": Track.of([0, 4], masks=MASKS),
        "keypoints": Track.of([0, 4], keypoints=[[[1, 2, 2], [3, 4, 0]], [[5, 6, 2], [0, 0, 2]]]),
    }


@pytest.mark.parametrize("kind", tracks())
def test_rows_keep_all_that_they_are(kind):
    track = tracks()[kind]
    assert track.kind == kind
    assert len(track) == 2
    back = Track.concat([track[1:], track[[0]]])[[1, 0]]
    assert back.kind == kind
    assert back.frames.tolist() == [0, 4]
    np.testing.assert_array_equal(back.boxes, track.boxes)
    assert len(track[[]]) == len(track[:0]) == 0
    assert track[[]].kind == track[np.array([False, False])].kind == kind


def test_boxes_are_the_bounds_where_none_are_given():
    found = {kind: track.boxes[0].tolist() for kind, track in tracks().items()}
    assert found == {
        "box": [0, 0, 1, 2],
        "rotated": [3, 4, 7, 6],
        "polygon": [0, 0, 4, 3],
        "line": [0, 0, 4, 3],
        "mask": [0, 0, 5, 5],
        "keypoints": [1, 2, 1, 2],
    }


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"boxes": [[0, 0, 1]]}, r"boxes has shape \(1, 3\), expected \(T, 4\)"),
        ({"boxes": [[0, 0, 1, 1]] * 2}, "boxes has 2 rows, expected 1"),
        ({"boxes": [[0, 0, 1, np.nan]]}, "not finite"),
        ({"boxes": [[0, 0, 1, 1]], "rings": RINGS}, "rings has 2 rows, expected 1"),
        (
            {"boxes": [[0, 0, 1, 1]], "rotated": [[0] * 5], "keypoints": [[[0, 0, 1]]]},
            "rotated and keypoints, expected one",
        ),
        ({"boxes": [[0, 0, 1, 1]], "keypoints": [[0, 0, 1]]}, r"expected \(T, K, 3\)"),
    ],
)
def test_errors(columns, message):
    with pytest.raises(GeometryError, match=message):
        Track([0], **columns)


def test_tracks_without_a_shape_and_of_different_kinds():
    with pytest.raises(GeometryError, match="without boxes"):
        Track.of([0])
    with pytest.raises(GeometryError, match="box, mask"):
        Track.concat([tracks()["box"], tracks()["mask"]])
    with pytest.raises(GeometryError, match="no tracks"):
        Track.concat([])
