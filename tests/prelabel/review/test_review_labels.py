"""Likely label errors: planted ones are found, sound labels are left alone."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.planted import KINDS, Model, detections, plant, scenes
from benchmarks.review import by_score, figures, ours, right
from formats.annotations import Annotations, Flag
from formats.dataset import Dataset
from prelabel.errors import SettingsError
from prelabel.review import Wishes, review

TRUTH = scenes(60, 1)
SEEN = [(name, detections(TRUTH, seed)) for seed, name in enumerate("ab", 3)]
BAD, ERRORS = plant(TRUTH, 2)
FOUND = review(("labels", BAD), SEEN)


def test_planted_errors_come_first():
    """Among as many doubts as there are errors three in five are right, with recall above .9."""
    told = figures(right(ours(FOUND), ERRORS), len(ERRORS))
    naive = figures(right(by_score(BAD, SEEN[0][1]), ERRORS), len(ERRORS))
    assert told[0] > 0.6
    assert told[1] > naive[1] + 0.15
    assert told[2] > 0.9


@pytest.mark.parametrize("kind", ["missed", "class", "place"])
def test_each_kind_is_found(kind):
    some = [error for error in ERRORS if error.kind == kind]
    hits = right([one for one in ours(FOUND) if one[1] == kind], some)
    assert figures(hits, len(some))[0] > 0.6


def test_chances_are_not_far_off():
    """Of the doubts with a chance of .5 or more most are errors, of those below .1 few."""
    hits = right(ours(FOUND), ERRORS)
    chances = np.array([doubt.chance for _, doubt in FOUND.doubts()])
    assert hits[chances >= 0.5].mean() > 0.6
    assert hits[chances < 0.1].mean() < 0.4
    assert 0.4 * len(ERRORS) < chances.sum() < 1.6 * len(ERRORS)


def test_pictures_with_errors_come_first():
    spoilt = {error.path for error in ERRORS}
    order = [entry.path in spoilt for entry in FOUND.entries]
    first = order[: len(order) // 2]
    assert sum(first) > 0.62 * sum(order)


def test_labels_that_models_repeat_are_not_in_doubt():
    same = replace(
        TRUTH,
        chunks=lambda: (
            replace(
                c, annotations=c.annotations.with_columns(scores=np.full(len(c.annotations), 0.9))
            )
            for c in TRUTH.chunks()
        ),
    )
    found = review(("labels", TRUTH), [("model", same)])
    assert found.labelled
    assert all(doubt.chance < 0.3 for _, doubt in found.doubts())


def _sure(table):
    return table.with_columns(scores=np.full(len(table), 0.9))


def test_one_good_model_and_one_hand_made_error_of_each_kind():
    sure = Model(recall=1.0, false=0.0, noise=0.01, misnamed=0.0, insight=6)
    items = list(TRUTH.items)
    first = items[0].annotations
    boxes = first.boxes.copy()
    boxes[1] += (boxes[1, 2] - boxes[1, 0]) * np.array([0.35, 0, 0.35, 0])
    labels = first.labels.copy()
    labels[2] = (labels[2] + 1) % 6
    bad = first.with_columns(boxes=boxes, labels=labels)[1:]
    far = Annotations.of(1, boxes=np.array([[600.0, 440, 639, 479]]), labels=[0])
    items[0] = replace(items[0], annotations=Annotations.concat([bad, far]))
    spoilt = Dataset.of(TRUTH.labels, items)
    found = review(("labels", spoilt), [("model", detections(TRUTH, 5, sure))])
    assert found.entries[0].path == items[0].path
    doubts = {doubt.kind: doubt for doubt in found.entries[0].doubts if doubt.chance > 0.3}
    assert sorted(doubts) == sorted(KINDS)
    assert doubts["missed"].box == pytest.approx(first.boxes[0], abs=8)
    assert doubts["class"].row == 1
    assert doubts["class"].proposed == first.labels[2]
    assert doubts["place"].row == 0
    assert doubts["place"].proposed_box == pytest.approx(first.boxes[1], abs=8)
    assert doubts["extra"].row == len(bad)


def test_crowds_and_what_they_cover_are_left_alone():
    everywhere = [replace(item, annotations=_crowd(item.annotations)) for item in TRUTH.items]
    found = review(("labels", Dataset.of(TRUTH.labels, everywhere)), SEEN)
    assert [doubt for _, doubt in found.doubts() if doubt.kind != "missed"] == []


def _crowd(table):
    return table.with_columns(
        boxes=np.tile([0.0, 0, 640, 480], (len(table), 1)),
        flags=np.full(len(table), Flag.CROWD, np.uint16),
    )


def test_a_picture_that_no_model_looked_at_has_no_doubts():
    half = [
        item if k % 2 else replace(item, annotations=None)
        for k, item in enumerate(SEEN[0][1].items)
    ]
    found = review(("labels", BAD), [("half", Dataset.of(TRUTH.labels, half))])
    unseen = {item.path for item in half if item.annotations is None}
    assert len(found.entries) == len(half)
    assert all(not entry.doubts for entry in found.entries if entry.path in unseen)
    assert any(entry.doubts for entry in found.entries if entry.path not in unseen)


def test_rechecked_labels_prove_the_risk():
    done = Dataset.of(TRUTH.labels, list(TRUTH.items)[:40])
    found = review(("labels", BAD), SEEN, ("rechecked", done), Wishes(risk=0.6))
    assert found.corrected == 40
    assert len(found.entries) == 20
    assert 0 <= found.acceptance.low <= found.acceptance.high <= 1


def test_labels_need_a_model():
    with pytest.raises(SettingsError, match="labels are reviewed against a model"):
        review(("labels", TRUTH))


def test_nothing_but_empty_pictures():
    empty = [replace(item, annotations=Annotations.empty()) for item in list(TRUTH.items)[:3]]
    nothing = Dataset.of(TRUTH.labels, empty)
    found = review(("labels", nothing), [("model", nothing)])
    assert [entry.errors for entry in found.entries] == [0, 0, 0]
    assert found.doubts() == []
