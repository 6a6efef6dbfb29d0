"""Gold pictures: picked by strata, annotators scored on them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import FEW

from formats.annotations import Annotations
from formats.dataset import Dataset, Item, Label
from formats.errors import FormatError
from prelabel.compare import panel
from prelabel.compare.figures import figures
from prelabel.errors import SettingsError
from prelabel.gold import pick, score
from prelabel.gold.times import saved

LABELS = (Label("cat"), Label("dog"), Label("rare"))
SIZE = (200, 200)


def truth(pictures=60):
    """Every picture a few objects apart from each other; one in twenty has a rare one."""
    rng = np.random.default_rng(5)
    items = []
    for k in range(pictures):
        count = int(rng.integers(0, 6))
        low = np.arange(count)[:, None] * 30.0 + rng.uniform(0, 5, (count, 2))
        labels = np.where(rng.random(count) < 0.3, 1, 0)
        if k % 20 == 3:
            low, labels = np.vstack([low, [170.0, 5]]), np.append(labels, 2)
        table = Annotations.of(boxes=np.hstack([low, low + 20]), labels=labels)
        items.append(Item(f"{k:03}.jpg", SIZE, table, id=k + 1))
    return Dataset.of(LABELS, items)


def annotator(seed, missed, gold=None, start=None, worse_after=None):
    """Misses a share of the objects; from a picture on, more."""
    rng = np.random.default_rng(seed)
    items = []
    for k, item in enumerate((gold or truth()).items):
        share = missed if worse_after is None or k < worse_after else missed + 0.5
        keep = rng.random(len(item.annotations)) >= share
        when = {} if start is None else {"saved_at": (start + timedelta(hours=k)).isoformat()}
        items.append(replace(item, annotations=item.annotations[keep], extra=when))
    return Dataset.of(LABELS, items)


@FEW
@given(st.integers(1, 80), st.integers(0, 99))
def test_as_many_pictures_as_asked_and_the_same_ones_again(count, seed):
    gold = truth()
    found, again = pick(gold, count, seed=seed), pick(gold, count, seed=seed)
    assert found.names == again.names
    assert len(set(found.names)) == len(found.names) == min(count, 60)
    assert tuple(item.path for item in found.dataset.items) == found.names
    assert sum(stratum.picked for stratum in found.strata) == len(found.names)
    assert all(s.picked <= s.pictures for s in found.strata)
    if count >= len(found.strata):
        assert all(s.picked for s in found.strata)


def test_rare_classes_are_picked_more_often_than_by_chance():
    strata = {s.name: s for s in pick(truth(), 12).strata}
    assert strata["rare"].pictures == 3
    share = {name: stratum.picked / stratum.pictures for name, stratum in strata.items()}
    assert share["rare"] > share["cat"]
    assert strata["cat"].picked >= strata["dog"].picked >= 1
    assert "" in strata


def test_neither_the_order_of_pictures_nor_what_is_not_looked_at_matters():
    items = list(truth().items)
    turned = Dataset.of(LABELS, [*items[::-1], Item("x.jpg", SIZE)])
    assert set(pick(turned, 15).names) == set(pick(truth(), 15).names)
    assert len({pick(truth(), 15, seed=seed).names for seed in range(5)}) == 5


def test_the_gold_dataset_keeps_its_rows():
    gold = {item.path: item for item in truth().items}
    for item in pick(truth(), 20).dataset.items:
        np.testing.assert_array_equal(item.annotations.boxes, gold[item.path].annotations.boxes)


def test_what_cannot_be_picked():
    with pytest.raises(SettingsError, match="count: is 0"):
        pick(truth(), 0)
    with pytest.raises(FormatError, match="no picture was looked at"):
        pick(Dataset.of(LABELS, [Item("a.jpg")]), 1)
    item = Item("a.jpg", SIZE, Annotations.empty())
    with pytest.raises(FormatError, match="is there twice"):
        pick(Dataset.of(LABELS, [item, item]), 1)


def test_figures_are_those_of_agree():
    person = annotator(1, 0.3)
    (found,) = score(truth(), [("ann", person)]).raters
    whole = figures(panel([("ann", person), ("gold", truth())]), levels=()).pairs[0].whole
    for name in ("f1", "precision", "recall"):
        assert found.figures[name].value == pytest.approx(float(getattr(whole, name)()))
    assert found.figures["mean_iou"].value == pytest.approx(1)
    assert found.objects == sum(len(item.annotations) for item in truth().items)
    for figure in found.figures.values():
        assert figure.low <= figure.value <= figure.high
    assert found.figures["f1"].high - found.figures["f1"].low > 0.02


def test_only_gold_pictures_that_an_annotator_saw_count():
    gold = pick(truth(), 20).dataset
    half = list(annotator(1, 0.2).items)[:30]
    checked = score(gold, [("all", annotator(1, 0.2)), ("half", Dataset.of(LABELS, half))])
    everything, some = checked.raters
    assert checked.gold == everything.pictures == 20
    names = {item.path for item in half}
    assert some.pictures == len([item for item in gold.items if item.path in names])


def test_a_gold_picture_left_empty_is_a_rating():
    (item,) = list(truth(1).items)
    table = Annotations.of(boxes=[[0, 0, 20, 20.0]], labels=[0])
    gold = Dataset.of(LABELS, [replace(item, annotations=table)])
    (found,) = score(
        gold, [("ann", Dataset.of(LABELS, [replace(item, annotations=Annotations.empty())]))]
    ).raters
    assert found.figures["f1"].value == 0
    assert found.figures["recall"].value == 0


def test_who_is_better_weighs_more_and_few_objects_weigh_like_the_others():
    people = [("good", annotator(1, 0.02)), ("poor", annotator(2, 0.5))]
    seen = [item for item in annotator(3, 0.0).items if len(item.annotations) == 1][:1]
    checked = score(truth(), [*people, ("new", Dataset.of(LABELS, seen))])
    weight = {rater.name: rater.weight for rater in checked.raters}
    assert weight["good"] > weight["new"] > weight["poor"] > 0
    assert np.mean(list(weight.values())) == pytest.approx(1, abs=1e-5)


def test_drift_is_found_where_there_is_some():
    start = datetime(2026, 3, 1, tzinfo=UTC)
    steady = annotator(1, 0.1, start=start)
    tired = annotator(2, 0.1, start=start, worse_after=35)
    checked = score(truth(), [("steady", steady), ("tired", tired), ("untimed", annotator(3, 0.1))])
    drifts = [rater.drift for rater in checked.raters]
    assert not drifts[0].sure
    assert drifts[1].sure
    assert drifts[1].change.value < -0.2
    assert drifts[2] is None
    assert sum(window.pictures for window in drifts[1].windows) == 60
    starts = [window.start for window in drifts[1].windows]
    assert starts == sorted(starts)
    assert starts[0] == start.timestamp()


@pytest.mark.parametrize(
    ("extra", "told"),
    [
        ({"saved_at": "2026-01-01T00:00:00Z"}, 1767225600.0),
        ({"updated_at": "2026-01-01T01:00:00+01:00"}, 1767225600.0),
        ({"created_at": "2026-01-01"}, 1767225600.0),
        ({"saved_at": 12.5}, 12.5),
        ({"saved_at": "yesterday", "created_at": 3}, 3.0),
        ({"saved_at": True}, None),
        ({}, None),
    ],
)
def test_times(extra, told):
    assert saved(extra) == told


def test_nobody_saw_a_gold_picture():
    other = Dataset.of(LABELS, [Item("other.jpg", SIZE, Annotations.empty())])
    with pytest.raises(FormatError, match="no annotator looked at a gold picture"):
        score(truth(), [("ann", other)])
    both = score(truth(), [("ann", other), ("bob", annotator(1, 0.1))])
    assert [rater.name for rater in both.raters] == ["bob"]
    assert both.told == ("looked at no gold picture: ann",)
