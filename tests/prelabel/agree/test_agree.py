"""The figures of agreement: by hand, against their own definitions, and together."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from raters import boxes, seen
from scipy.optimize import linear_sum_assignment

from geometry.boxes import iou
from prelabel.agree import Asked, agree
from prelabel.errors import FormatError, SettingsError

QUICK = Asked(repeats=0)
CAT, DOG, COW = range(3)


def test_identical_raters_agree_whatever_they_drew():
    pictures = [[(CAT, 10, 10, 50), (DOG, 100, 100, 30)], [(COW, 5, 5, 9)], []]
    found = agree(seen(anna=pictures, bob=pictures))
    for estimate in (found.scores.f1, found.scores.mean_iou, found.scores.pq, found.alpha):
        assert (estimate.value, estimate.low, estimate.high) == (1, 1, 1)
    assert (found.split.same, found.split.what, found.split.where, found.split.missed) == (
        3,
        0,
        0,
        0,
    )
    assert found.pairs[0].both_empty == 1
    assert found.pictures.worst(10) == []


def test_by_hand():
    anna = [[(CAT, 0, 0, 100), (DOG, 200, 0, 100), (COW, 400, 0, 100)], [(CAT, 0, 0, 100)], None]
    bob = [[(CAT, 0, 0, 100), (COW, 200, 0, 100), (COW, 480, 0, 100)], [], [(CAT, 0, 0, 10)]]
    found = agree(seen(anna=anna, bob=bob), QUICK)
    split = found.split
    # the cow's boxes have 1/9 in common: near, but no object of both
    assert (split.same, split.what, split.where, split.only_a, split.only_b) == (1, 1, 1, 1, 0)
    assert found.scores.f1.value == pytest.approx(2 / 7)
    assert found.scores.mean_iou.value == pytest.approx(1 / 6)
    assert found.scores.pq.value == pytest.approx(1 / 3.5)
    assert found.pairs[0].precision == pytest.approx(1 / 4)
    assert found.pairs[0].recall == pytest.approx(1 / 3)
    assert len(found.pictures) == found.pairs[0].pictures == 2
    assert found.pictures.f1.tolist() == pytest.approx([1 / 3, 0])
    assert found.pairs[0].per_picture == pytest.approx(1 / 6)
    assert [found.pictures.path(i) for i in found.pictures.worst(5)] == ["0.jpg", "1.jpg"]
    assert math.isnan(found.scores.f1.low)


def test_confusion_has_what_was_called_what():
    anna = [[(CAT, 0, 0, 99), (CAT, 200, 0, 99), (DOG, 400, 0, 99), (DOG, 0, 300, 99)]]
    bob = [[(CAT, 0, 0, 99), (DOG, 200, 0, 99), (DOG, 400, 0, 99), (COW, 300, 300, 9)]]
    confusion = agree(seen(anna=anna, bob=bob), QUICK).confusion
    assert confusion.labels[-1] == "cow"
    place = {name: i for i, name in enumerate(confusion.labels)}
    assert confusion.counts[place["cat"], place["dog"]] == 1
    assert confusion.counts[place["dog"], place["cat"]] == 0
    assert confusion.only_a[place["dog"]] == 1
    assert confusion.only_b[place["cow"]] == 1
    assert confusion.counts.sum() == 3


def test_classes_are_about_their_own_objects():
    anna = [[(CAT, 0, 0, 99), (DOG, 200, 0, 99)], [(DOG, 0, 0, 99)], []]
    bob = [[(CAT, 0, 0, 99), (COW, 200, 0, 99)], [(DOG, 0, 0, 99)], []]
    found = {c.name: c for c in agree(seen(anna=anna, bob=bob), QUICK).classes}
    assert list(found) == ["dog", "cat", "cow"]
    assert [found[name].objects for name in found] == [3, 2, 1]
    assert found["dog"].scores.f1.value == pytest.approx(2 / 3)
    assert found["cow"].scores.f1.value == 0
    assert (found["dog"].what, found["cow"].what, found["cat"].what) == (1, 1, 0)


def test_a_class_on_few_pictures_has_no_interval():
    some = [[(CAT, 0, 0, 99)]] * 4 + [[(DOG, 0, 0, 99)]] * 5
    other = [[]] + [[(CAT, 0, 0, 99)]] * 3 + [[]] + [[(DOG, 0, 0, 99)]] * 4
    found = {c.name: c.scores.f1 for c in agree(seen(a=some, b=other)).classes}
    assert math.isnan(found["cat"].low)
    assert 0 <= found["dog"].low < found["dog"].value < found["dog"].high <= 1


def test_several_raters_and_the_one_who_differs():
    usual = [[(CAT, 20 * i, 0, 99), (DOG, 300, 20 * i, 99)] for i in range(6)]
    odd = [[(COW, 500, 300, 50)] for _ in range(6)]
    found = agree(seen(a=usual, b=usual, c=usual, odd=odd), QUICK)
    people = {r.name: r for r in found.people}
    assert people["a"].scores.f1.value == pytest.approx(2 / 3)
    assert people["odd"].scores.f1.value == 0
    assert people["odd"].alpha_without == 1
    assert people["a"].alpha_without < 1
    assert found.scores.f1.value == pytest.approx(1 / 2)
    assert len(found.pairs) == 6


def test_confirmed_and_found():
    full = [[(CAT, 0, 0, 99), (CAT, 200, 0, 99), (CAT, 400, 0, 99), (CAT, 0, 300, 99)]]
    half = [full[0][:2]]
    found = agree(seen(full=full, half=half), QUICK)
    assert [(r.confirmed, r.found) for r in found.people] == [(0.5, 1), (1, 0.5)]


def test_who_looked_at_nothing_in_common_with_others_is_left_out():
    one = [[(CAT, 0, 0, 99)], None]
    found = agree(seen(a=one, b=one, apart=[None, []]), QUICK)
    assert [r.name for r in found.people] == ["a", "b"]
    assert len(found.pairs) == 1


@pytest.mark.parametrize(
    ("asked", "error"),
    [(Asked(threshold=0), SettingsError), (Asked(task="circles"), SettingsError)],
)
def test_wrong_questions(asked, error):
    with pytest.raises(error):
        agree(seen(a=[[]], b=[[]]), asked)


def test_nothing_to_compare():
    with pytest.raises(SettingsError, match="one rater only"):
        agree(seen(a=[[]]))
    with pytest.raises(FormatError, match="two raters"):
        agree(seen(a=[[], None], b=[None, []]))


row = st.tuples(st.integers(0, 2), st.integers(0, 40), st.integers(0, 40), st.integers(1, 30)).map(
    lambda r: (r[0], 10 * r[1], 10 * r[2], 10 * r[3])
)
picture = st.one_of(st.none(), st.lists(row, max_size=5))
rater = st.lists(picture, min_size=3, max_size=3)


def counted(a, b, threshold):
    """(pairs of one class, their likeness, all objects) by definition: one matrix per class."""
    same, total = 0, 0.0
    for label in range(3):
        of_a, of_b = ([r for r in rows if r[0] == label] for rows in (a, b))
        likeness = iou(boxes(*of_a).boxes, boxes(*of_b).boxes)
        worth = np.where(likeness >= threshold, likeness, 0)
        rows, columns = linear_sum_assignment(worth, maximize=True)
        chosen = worth[rows, columns]
        same, total = same + int((chosen > 0).sum()), total + float(chosen.sum())
    return same, total, len(a) + len(b)


@given(rater, rater, st.sampled_from([0.3, 0.5, 0.75]))
@settings(max_examples=40)
def test_figures_are_those_of_the_definition(a, b, threshold):
    both = [(x, y) for x, y in zip(a, b, strict=True) if x is not None and y is not None]
    if not both:
        return
    found = agree(seen(a=a, b=b), Asked(threshold=threshold, repeats=0))
    each = [counted(x, y, threshold) for x, y in both]
    same, total, objects = (sum(column) for column in zip(*each, strict=True))
    assert found.scores.f1.value == pytest.approx(2 * same / objects if objects else 1)
    union = objects - same
    assert found.scores.mean_iou.value == pytest.approx(total / union if objects else 1)
    assert found.pictures.f1.tolist() == pytest.approx([2 * s / n if n else 1 for s, _, n in each])


@given(st.lists(rater, min_size=2, max_size=4), st.randoms(use_true_random=False))
@settings(max_examples=25)
def test_order_of_raters_does_not_matter_and_sums_fit(raters, random):
    named = {f"r{i}": pictures for i, pictures in enumerate(raters)}
    if not any(sum(p is not None for p in column) > 1 for column in zip(*raters, strict=True)):
        return
    shuffled = list(named)
    random.shuffle(shuffled)
    found, other = (agree(seen(**{k: named[k] for k in ks}), QUICK) for ks in (named, shuffled))
    assert found.scores.f1.value == pytest.approx(other.scores.f1.value)
    assert found.scores.pq.value == pytest.approx(other.scores.pq.value)
    assert found.alpha.value == pytest.approx(other.alpha.value)
    split, pictures, classes = found.split, found.pictures, found.classes
    assert pictures.same.sum() == split.same == sum(c.same for c in classes)
    assert pictures.where.sum() == split.where == sum(c.where for c in classes)
    assert pictures.missed.sum() == split.missed == sum(c.missed for c in classes)
    assert 2 * pictures.what.sum() == 2 * split.what == sum(c.what for c in classes)
    everything = 2 * (split.same + split.what + split.where) + split.missed
    assert sum(c.objects for c in classes) == everything
    assert found.confusion.counts.sum() == split.same + split.what


@given(rater, rater)
@settings(max_examples=25)
def test_json_holds_no_nan_and_intervals_hold_the_figure(a, b):
    if all(x is None or y is None for x, y in zip(a, b, strict=True)):
        return
    found = agree(seen(a=a, b=b), Asked(repeats=50))
    record = json.loads(json.dumps(found.as_json(), allow_nan=False))
    assert len(record["pictures"]) == len(found.pictures)
    assert record["scores"]["f1"]["value"] == found.scores.f1.value
    for estimate in (found.scores.f1, found.scores.mean_iou, found.scores.pq):
        assert 0 <= estimate.low <= estimate.high <= 1


def test_intervals_are_the_same_again_and_narrower_with_more_pictures():
    rng = np.random.default_rng(3)
    here = [[(CAT, 0, 0, 99)] if rng.random() < 0.7 else [] for _ in range(160)]
    there = [[(CAT, 0, 0, 99)]] * 160

    def width(count, **more):
        f1 = agree(seen(a=here[:count], b=there[:count]), Asked(repeats=200, **more)).scores.f1
        assert f1.low < f1.value < f1.high
        return f1.high - f1.low

    assert width(20) == width(20) > 1.5 * width(160)
    assert width(160, level=0.5) < width(160)
