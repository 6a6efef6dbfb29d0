import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from strategies import boxes as some_boxes

from geometry import boxes
from prelabel.tracker.filters import Filters, noise
from prelabel.tracker.likeness import likeness


def born(places):
    """New tracks at (N, 4) cx cy w h."""
    return Filters.born(places, noise(np.full(len(places), 0.7)))


def grown_iou(a, b, grow):
    """IoU of two boxes cx cy w h that grew by `grow` (2,) on every side."""
    wide = [np.concatenate([box[:2], box[2:] + 2 * grow]) for box in (a, b)]
    return boxes.iou(*(boxes.from_cxcywh(box)[None] for box in wide))[0, 0]


@given(some_boxes(most=8), some_boxes(most=8), some_boxes(least=8, most=8), st.floats(0, 9))
def test_as_boxes_that_grow(tracks, found, anchors, spread):
    tracks, found = (boxes.to_cxcywh(one) + [0, 0, 1, 1] for one in (tracks, found))
    anchors = boxes.to_cxcywh(anchors)[: len(tracks)] + [0, 0, 1, 1]
    state = born(tracks)
    state.spread[0] = spread
    i, j, alike = likeness(state, anchors, found)
    matrix = np.zeros((len(tracks), len(found)))
    matrix[i, j] = alike
    grow = np.full(2, np.sqrt(spread))
    for (k, m), value in np.ndenumerate(matrix):
        both = [grown_iou(one[k], found[m], grow) for one in (tracks, anchors)]
        np.testing.assert_allclose(value, np.mean(both), atol=1e-9)


def test_plain_iou_where_the_place_is_certain():
    place = np.array([[50.0, 50, 20, 40]])
    state = born(place)
    state.spread[0] = 0
    found = np.array([[55.0, 52, 22, 38], [500, 50, 20, 40]])
    i, j, alike = likeness(state, place, found)
    corners = boxes.from_cxcywh(place), boxes.from_cxcywh(found)
    assert (i.tolist(), j.tolist()) == ([0], [0])
    np.testing.assert_allclose(alike, boxes.iou(*corners)[0, :1])


def test_the_nearest_fits_best_where_nothing_overlaps():
    state = born(np.array([[50.0, 50, 20, 40]])).predicted(1.0)
    found = np.array([[90.0, 50, 20, 40], [110, 50, 20, 40], [150, 50, 20, 40]])
    _, j, alike = likeness(state, state.place, found)
    assert j.tolist() == [0, 1, 2]
    assert (np.diff(alike) < 0).all()
