"""Rows before they are written down: classes, polygons, digits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.annotations import Annotations, Kind
from geometry import masks
from prelabel.finishing import outlined, relabelled, rounded


def blob(seed: int) -> np.ndarray:
    """A round mask with a hole and a part of its own."""
    y, x = np.mgrid[:80, :90]
    radius = 18 + seed % 12
    dense = (x - 40) ** 2 + (y - 38) ** 2 < radius**2
    dense &= (x - 38) ** 2 + (y - 36) ** 2 > (radius / 3) ** 2
    dense[70:76, 70:85] = True
    return dense


def table(*dense: np.ndarray) -> Annotations:
    found = [masks.encode(mask) for mask in dense]
    return Annotations.of(
        kinds=[Kind.MASK] * len(found),
        boxes=[masks.bounds(mask) for mask in found],
        masks=found,
        labels=[0] * len(found),
    )


@given(st.integers(0, 1000))
def test_polygons_without_tolerance_are_the_very_pixels(seed: int) -> None:
    dense = blob(seed)
    found = outlined(table(dense), 0)
    assert found.masks is None
    assert found.kinds.tolist() == [Kind.POLYGON]
    assert np.array_equal(masks.decode(masks.from_rings(found.rings.row(0), (90, 80))), dense)


@pytest.mark.parametrize("tolerance", [0.5, 1, 3])
def test_polygons_stay_within_the_tolerance(tolerance: float) -> None:
    import shapely

    from geometry import polygons

    exact = outlined(table(blob(3)), 0).rings
    found = outlined(table(blob(3)), tolerance).rings
    (a,), (b,) = (polygons.shapes(rings) for rings in (exact, found))
    assert shapely.hausdorff_distance(a.boundary, b.boundary, densify=0.05) <= tolerance + 1e-9
    assert len(found.points) < len(exact.points)
    assert [len(part) for part in found.row(0)] == [2, 1]


def test_a_mask_without_a_pixel_stays_a_box() -> None:
    found = outlined(table(np.zeros((5, 5), bool), blob(1)), 1)
    assert found.kinds.tolist() == [Kind.BOX, Kind.POLYGON]
    assert found.rings.row(0) == []


def test_what_has_no_mask_is_left_alone() -> None:
    boxes = Annotations.of(boxes=[[0.0, 0, 1, 1]])
    assert outlined(boxes, 1) is boxes


def test_classes_are_looked_up_and_unwanted_rows_left_out() -> None:
    found = relabelled(Annotations.of(labels=[0, 1, 2, 1], scores=[0.4, 0.3, 0.2, 0.1]), (5, -1, 0))
    assert found.labels.tolist() == [5, 0]
    assert found.scores.tolist() == [0.4, 0.2]
    assert len(relabelled(Annotations.empty(), (1,))) == 0


def test_digits_are_those_that_a_float32_knows() -> None:
    found = rounded(
        Annotations.of(
            boxes=[[1 / 3, 2 / 3, 100 / 3, 1e4 / 3]],
            scores=[2 / 3],
            rotated=[[1 / 3, 1 / 3, 1 / 3, 1 / 3, 1 / 3]],
            keypoints=[[[1 / 3, 2 / 3, 2]]],
            keypoint_scores=[[1 / 3]],
            labels=[0],
        )
    )
    assert found.boxes.tolist() == [[0.333, 0.667, 33.333, 3333.333]]
    assert found.scores.tolist() == [0.666667]
    assert found.rotated.tolist() == [[0.333, 0.333, 0.333, 0.333, 0.333333]]
    assert found.keypoints.tolist() == [[[0.333, 0.667, 2]]]
    assert found.keypoint_scores.tolist() == [[0.333333]]
