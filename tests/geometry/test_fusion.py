import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from strategies import FEW
from strategies import boxes as some_boxes

from geometry.errors import GeometryError
from geometry.fusion import weighted_boxes

CASES = json.loads((Path(__file__).parent / "golden" / "fusion.json").read_text())
"""Made by ensemble-boxes 1.0.9: see golden/generate.py."""


@pytest.mark.parametrize("case", CASES)
def test_boxes_and_scores_are_ensemble_boxes(case):
    boxes, scores, labels = (np.array(column) for column in case["fused"])
    found = weighted_boxes(
        case["boxes"],
        case["scores"],
        case["labels"],
        case["models"],
        weights=case["weights"],
        least=0.1,
        score=case["score"],
    )
    np.testing.assert_allclose(found.scores, scores, atol=1e-6)  # it works in float32
    np.testing.assert_allclose(found.boxes, boxes, atol=1e-5)
    assert found.labels.tolist() == labels.astype(int).tolist()


@FEW
@given(some_boxes())
def test_equal_boxes_of_all_models_stay_with_their_score(boxes):
    boxes = boxes[(boxes[:, 2:] > boxes[:, :2]).all(axis=1)][:1]
    count = len(boxes)
    rows, models = np.tile(boxes, (3, 1)), np.repeat(range(3), count)
    found = weighted_boxes(rows, np.full(3 * count, 0.7), np.zeros(3 * count, int), models)
    np.testing.assert_allclose(found.boxes, boxes, atol=1e-9)
    np.testing.assert_allclose(found.scores, np.full(count, 0.7))
    assert found.members.tolist() == [0] * 3 * count


def test_what_one_of_three_models_found_keeps_a_third_of_its_score():
    found = weighted_boxes([[0, 0, 10, 10]], [0.9], [4], [0], weights=[1, 1, 1])
    assert found.scores.tolist() == [pytest.approx(0.3)]
    assert found.labels.tolist() == [4]


def test_classes_low_scores_and_boxes_without_area_stay_apart():
    boxes = [[0, 0, 9, 9], [0, 0, 9, 9], [0, 0, 9, 9], [3, 3, 3, 8]]
    found = weighted_boxes(boxes, [0.9, 0.8, 0.05, 0.9], [0, 1, 0, 0], [0, 1, 1, 0], least=0.1)
    assert found.members.tolist() == [0, 1, -1, -1]
    assert found.labels.tolist() == [0, 1]


def test_no_boxes():
    found = weighted_boxes([], [], [], [], weights=[1, 1])
    assert found.boxes.shape == (0, 4)
    assert len(found.scores) == len(found.labels) == len(found.members) == 0


def test_a_weight_for_every_model():
    with pytest.raises(GeometryError, match="expected 2 or more"):
        weighted_boxes([[0, 0, 1, 1]], [0.5], [0], [1], weights=[1])
