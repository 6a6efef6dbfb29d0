"""Several raters' labels as one dataset."""

import numpy as np
import pytest

from formats.annotations import Annotations
from formats.dataset import Dataset, Item, Label
from formats.errors import FormatError
from prelabel.compare import panel
from prelabel.compare.figures import figures
from prelabel.consensus import Options, consensus
from prelabel.errors import SettingsError

LABELS = (Label("cat"), Label("dog"), Label("cow"))
SIZE = (100, 100)


def boxes(*corners, labels=None, **columns):
    n = len(corners)
    named = np.zeros(n, int) if labels is None else labels
    return Annotations.of(n, boxes=np.reshape(corners, (n, 4)), labels=named, **columns)


def rater(*tables):
    """One picture for each table; None: not looked at."""
    items = [Item(f"{k}.jpg", SIZE, table) for k, table in enumerate(tables)]
    return Dataset.of(LABELS, items)


def merged(*datasets, **options):
    named = [(f"r{k}", dataset) for k, dataset in enumerate(datasets)]
    return consensus(panel(named), Options(**options))


def tables(found):
    return [item.annotations for item in found.dataset.items]


def shaken(seed, objects=40, pictures=3, missed=0.1):
    """What a rater drew of the same objects; all raters with other seeds drew the same ones."""
    truth = np.random.default_rng(99)
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(pictures):
        low = truth.uniform(0, 60, (objects, 2))
        box = np.hstack([low, low + truth.uniform(5, 40, (objects, 2))])
        labels = truth.integers(0, 3, objects)
        keep = rng.random(objects) > missed
        named = np.where(rng.random(objects) < 0.1, rng.integers(0, 3, objects), labels)
        moved = box + rng.normal(0, 1, box.shape)
        found.append(boxes(*moved[keep], labels=named[keep]))
    return rater(*found)


def test_three_raters_give_medians_votes_and_scores():
    first, second = boxes([0, 0, 10, 10]), boxes([1, 0, 12, 10], labels=[1])
    found = merged(rater(first), rater(first), rater(second))
    (table,) = tables(found)
    assert table.boxes.tolist() == [[0, 0, 10, 10]]
    assert table.labels.tolist() == [0]
    assert table.scores.tolist() == [pytest.approx(1 / 3)]  # one pair of three calls it the same
    assert dict(table.attributes[0]) == {"votes": 3, "raters": 3, "votes_by_class": "cat 2, dog 1"}
    assert found.dataset.sources[0].kind == "consensus"


@pytest.mark.parametrize("raters", [2, 3, 5])
def test_raters_who_agree_keep_everything_with_a_score_of_one(raters):
    one = shaken(1)
    found = merged(*[one] * raters)
    for table, item in zip(tables(found), one.items, strict=True):
        assert len(table) == len(item.annotations)
        np.testing.assert_allclose(
            np.sort(table.boxes, axis=0), np.sort(item.annotations.boxes, axis=0)
        )
        np.testing.assert_allclose(table.scores, 1)
    assert found.agreement == 1
    assert found.experts(1.0) == []


@pytest.mark.parametrize(
    ("quorum", "kept"),
    [
        (None, [3, 4]),
        (1, [1, 2, 3, 4]),
        (2, [2, 3, 4]),
        (3, [3, 4]),
        (9, [4]),
        (0.25, [1, 2, 3, 4]),
        (0.3, [2, 3, 4]),
        (0.5, [2, 3, 4]),
    ],
)
def test_what_cannot_be_asked(options, said):
    with pytest.raises(SettingsError, match=said):
        merged(shaken(1), shaken(2), **options)


def test_one_rater_is_no_consensus():
    with pytest.raises(FormatError, match="r0 is the only rater"):
        merged(shaken(1))


def test_merging_brings_raters_closer_to_the_truth():
    truth = shaken(0, missed=0.0)
    raters = [shaken(seed, missed=0.2) for seed in (1, 2, 3, 4, 5)]

    def f1(dataset):
        return figures(panel([("x", dataset), ("truth", truth)]), levels=()).pairs[0].whole.f1()

    assert f1(merged(*raters).dataset) > max(f1(rater) for rater in raters)
