"""Predictions and corrected labels, side by side: what is taken, what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from drawn_detections import drawn

from formats.dataset import Dataset, Label
from formats.errors import FormatError
from prelabel.corrections.reading import CLASSES
from prelabel.tune.material import material

PREDICTIONS, CORRECTED = drawn(20)


def changed(data, change, labels=None, **rest):
    items = [found for k, item in enumerate(data.items) if (found := change(k, item)) is not None]
    return Dataset.of(labels or data.labels, items, **rest)


def cut(least):
    def change(_, item):
        return replace(item, annotations=item.annotations[item.annotations.scores >= least])

    return changed(PREDICTIONS, change)


def test_all_pictures_and_rows_are_there():
    found = material(PREDICTIONS, CORRECTED)
    assert found.replay.count == 20
    assert len(found.replay.scores) == sum(len(item.annotations) for item in PREDICTIONS.items)
    assert found.labels == ("class 0", "class 1", "class 2")
    assert dict(found.classes) == {"class 0": 0, "class 1": 1, "class 2": 2}
    assert found.told == ()


def test_predictions_that_were_cut_are_refused_with_the_lowest_score():
    table = np.concatenate([item.annotations.scores for item in cut(0.25).items])
    with pytest.raises(FormatError) as error:
        material(cut(0.25), CORRECTED)
    assert f"the lowest score is {table.min():.3g}, expected all detections" in str(error.value)
    assert "--model" in str(error.value)
    assert material(cut(0.25), CORRECTED, unfiltered=True).replay.count == 20


def test_a_journal_tells_where_it_was_cut():
    def journal(data, **job):
        return changed(data, lambda _, item: item, extra={"job": job})

    assert material(journal(cut(0.25), conf=0.01), CORRECTED).replay.count == 20
    for job in ({"conf": 0.25}, {"conf": 0.01, "conf-class": {"class 1": 0.5}}):
        with pytest.raises(FormatError, match="expected all detections"):
            material(journal(PREDICTIONS, **job), CORRECTED)


def test_predictions_without_scores_are_refused():
    def bare(_, item):
        table = item.annotations
        return replace(item, annotations=table.with_columns(scores=np.full(len(table), np.nan)))

    with pytest.raises(FormatError, match="no detections with a score"):
        material(changed(PREDICTIONS, bare), CORRECTED)


def test_too_few_pictures_are_refused():
    few = changed(CORRECTED, lambda k, item: item if k < 9 else None)
    with pytest.raises(FormatError, match="9 of 20 pictures are on both sides, expected 10"):
        material(PREDICTIONS, few)


def test_pictures_that_nobody_looked_at_are_left_out():
    unseen = changed(CORRECTED, lambda k, item: replace(item, annotations=None) if k < 5 else item)
    found = material(PREDICTIONS, unseen)
    assert found.replay.count == 15
    assert any("5 pictures were not looked at by both" in line for line in found.told)
    later = material(changed(PREDICTIONS, lambda k, i: i if k >= 5 else None), unseen)
    assert (found.replay.scores == later.replay.scores).all()
    assert (found.replay.pictures == later.replay.pictures).all()


def test_of_several_annotators_the_first_counts():
    def two(data):
        items = []
        for k, item in enumerate(data.items):
            items.append(replace(item, annotator="ann"))
            if k % 2:
                empty = item.annotations[:0]
                items.append(replace(item, annotator="bob", annotations=empty))
        return Dataset.of(data.labels, items)

    found = material(PREDICTIONS, two(CORRECTED))
    assert len(found.replay.true_labels) == len(material(PREDICTIONS, CORRECTED).replay.true_labels)
    with pytest.raises(FormatError, match="several models or people"):
        material(two(PREDICTIONS), CORRECTED)


def test_classes_are_the_models_own():
    ours = tuple(Label(f"their {k}") for k in range(3))
    renamed = changed(PREDICTIONS, lambda _, item: item, labels=ours)
    found = material(renamed, CORRECTED, aliases={f"their {k}": f"class {k}" for k in range(3)})
    assert [found.labels[k] for k in found.classes.values()] == ["class 0", "class 1", "class 2"]
    assert list(found.classes) == ["their 0", "their 1", "their 2"]
    assert len(found.replay.pairs[0]) == len(material(PREDICTIONS, CORRECTED).replay.pairs[0])


def test_a_store_of_corrections_tells_the_models_classes():
    stored = changed(
        PREDICTIONS, lambda _, item: item, extra={CLASSES: {"class 1": ["bus", "coach"]}}
    )
    found = material(stored, CORRECTED)
    assert dict(found.classes) == {"class 0": 0, "bus": 1, "coach": 1, "class 2": 2}
