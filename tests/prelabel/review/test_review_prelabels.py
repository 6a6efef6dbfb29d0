"""The order of pre-labels: expected errors and seconds come true, the order beats chance."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.planted import Model, detections, scenes
from benchmarks.review import work
from formats.annotations import Annotations
from formats.dataset import Dataset
from prelabel.cost.table import PRESETS
from prelabel.errors import SettingsError
from prelabel.review import Wishes, review

TRUTH = scenes(120, 1)
SEEN = [(name, detections(TRUTH, seed)) for seed, name in enumerate("ab", 3)]
DONE = Dataset.of(TRUTH.labels, list(TRUTH.items)[:60])
TOLD = work(SEEN[0][1], TRUTH)
FOUND = review(SEEN[0], SEEN[1:], ("done", DONE))


def area(order):
    """Under the curve of errors gone over seconds spent: .5 at random."""
    errors = np.cumsum([0.0, *(TOLD[path][0] for path in order)])
    seconds = np.cumsum([0.0, *(TOLD[path][1] for path in order)])
    return np.trapezoid(errors / errors[-1], seconds / seconds[-1])


def test_corrected_pictures_are_done():
    done = {item.path for item in DONE.items}
    assert FOUND.corrected == 60
    assert not done & {entry.path for entry in FOUND.entries}
    assert len(FOUND.entries) == 60


def test_expected_errors_and_seconds_come_true():
    paths = [entry.path for entry in FOUND.entries]
    errors = sum(TOLD[path][0] for path in paths)
    seconds = sum(TOLD[path][1] for path in paths)
    assert sum(e.errors for e in FOUND.entries) == pytest.approx(errors, rel=0.2)
    assert sum(e.seconds for e in FOUND.entries) == pytest.approx(seconds, rel=0.2)


def test_the_order_finds_errors_earlier_than_chance_and_scores():
    order = [entry.path for entry in FOUND.entries]
    assert area(order) > area(sorted(order, key=lambda path: TOLD[path][2])) + 0.01
    assert area(order) > 0.58


def test_a_second_model_helps():
    alone = review(SEEN[0], (), ("done", DONE))
    assert area([e.path for e in FOUND.entries]) > area([e.path for e in alone.entries])


def test_values_fall_and_lanes_are_whole():
    values = [entry.value for entry in FOUND.entries if entry.lane != "accept"]
    assert values == sorted(values, reverse=True)
    assert sum(lane.pictures for lane in FOUND.lanes()) == len(FOUND.entries)
    for entry in FOUND.entries:
        assert np.isfinite([entry.value, entry.seconds, entry.afresh, entry.errors]).all()
        assert 0 <= entry.sound <= 1


def test_without_corrected_pictures_nothing_is_accepted():
    found = review(SEEN[0])
    assert found.acceptance.pictures == 0
    assert "corrected pictures" in found.acceptance.reason
    assert found.lanes()[0].pictures == 0
    assert any("scores are taken as chances" in told for told in found.told)


def test_good_pre_labels_are_accepted_at_the_stated_risk():
    good = Model(recall=0.999, false=0.01, noise=0.02, misnamed=0.001, insight=5)
    truth = scenes(260, 7, objects=3)
    models = [(name, detections(truth, seed, good)) for seed, name in enumerate("ab")]
    done = Dataset.of(truth.labels, list(truth.items)[:130])
    found = review(models[0], models[1:], ("done", done))
    told = work(models[0][1], truth)
    accepted = [entry for entry in found.entries if entry.lane == "accept"]
    assert len(accepted) > 60
    assert np.mean([told[entry.path][0] > 0 for entry in accepted]) <= 0.05
    assert found.entries[-1].lane == "accept"
    assert found.acceptance.low <= found.acceptance.wrong / found.acceptance.pictures
    assert found.acceptance.high < 0.08


def test_hidden_rows_are_missing_objects():
    """What is below the least score is not there for people, but tells of what was missed."""
    all_, some = (review(SEEN[0], wishes=Wishes(least=least)) for least in (0.0, 0.9))
    assert sum(e.objects for e in some.entries) < 0.7 * sum(e.objects for e in all_.entries)
    assert sum(e.afresh for e in some.entries) == pytest.approx(
        sum(e.afresh for e in all_.entries), rel=0.05
    )
    assert sum(lane.pictures for lane in some.lanes()[2:]) > all_.lanes()[2].pictures


def test_least_scores_of_single_classes():
    found = review(SEEN[0], wishes=Wishes(least=0.0, by_class={"class 0": 1.0}))
    shown = sum(entry.objects for entry in found.entries)
    table = [item.annotations for item in SEEN[0][1].items]
    assert shown == sum(int((t.labels != 0).sum()) for t in table)
    with pytest.raises(SettingsError, match="no class 'nobody'"):
        review(SEEN[0], wishes=Wishes(by_class={"nobody": 0.5}))


def test_rare_classes_come_earlier():
    order = {}
    for power in (0.0, 1.0):
        found = review(SEEN[0], wishes=Wishes(rarity=power))
        rare = {i.path for i in SEEN[0][1].items if (i.annotations.labels == 5).any()}
        order[power] = np.mean([k for k, e in enumerate(found.entries) if e.path in rare])
    assert order[1.0] < order[0.0]


def test_the_order_of_pictures_and_rows_does_not_matter():
    rng = np.random.default_rng(0)
    items = list(SEEN[0][1].items)
    mixed = [
        replace(
            items[k], annotations=items[k].annotations[rng.permutation(len(items[k].annotations))]
        )
        for k in rng.permutation(len(items)).tolist()
    ]
    plain = {e.path: e.value for e in review(SEEN[0], SEEN[1:]).entries}
    found = review(("a", Dataset.of(TRUTH.labels, mixed)), SEEN[1:])
    for entry in found.entries:
        assert entry.value == pytest.approx(plain[entry.path])


def test_several_annotators_are_refused():
    items = [replace(i, annotator=who) for i in list(TRUTH.items)[:2] for who in ("ann", "ben")]
    with pytest.raises(SettingsError, match="ann, ben, expected one annotator"):
        review(("labels", Dataset.of(TRUTH.labels, items)), SEEN)


def test_pictures_without_rows_and_other_models_without_pictures():
    empty = [replace(item, annotations=Annotations.empty()) for item in list(TRUTH.items)[:4]]
    found = review(("none", Dataset.of(TRUTH.labels, empty)), SEEN, wishes=Wishes(labelled=False))
    assert {entry.objects for entry in found.entries} == {0}
    assert len(found.entries) == 4
    assert sum(entry.errors for entry in found.entries) > 1


@pytest.mark.parametrize("bad", [{"least": 2}, {"risk": 0}, {"saving": -1}, {"rarity": 1.5}])
def test_wishes_out_of_range(bad):
    with pytest.raises(SettingsError, match="expected"):
        Wishes(**bad)


def test_json_is_plain():
    import json

    told = json.loads(json.dumps(FOUND.as_json(), allow_nan=False))
    assert told["reviewed"] == "pre-labels"
    assert told["pictures"] == len(told["order"]) == 60
    assert told["cost"] == PRESETS["boxes"].as_json()
    assert [lane["name"] for lane in told["lanes"]] == ["accept", "check", "draw"]
