"""Several raters' labels as one dataset."""

from dataclasses import replace

import numpy as np
import pytest

from formats.annotations import Annotations, Flag, Kind
from formats.dataset import Dataset, Item, Label, Media
from formats.errors import FormatError
from geometry import masks
from geometry.rings import Rings
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
def test_the_quorum(quorum, kept):
    corners = {4: [20, 0, 30, 10], 3: [60, 0, 70, 10], 2: [40, 0, 50, 10], 1: [0, 0, 9, 9]}
    raters = [rater(boxes(*(corners[votes] for votes in corners if votes > k))) for k in range(4)]
    (table,) = tables(merged(*raters, quorum=quorum))
    assert sorted(table.boxes[:, 0]) == sorted(corners[votes][0] for votes in kept)


def test_pictures_that_nobody_or_one_rater_looked_at():
    one, empty = boxes([0, 0, 9, 9]), boxes()
    found = merged(rater(one, one, empty, None), rater(one, None, empty, None))
    first, alone, blank, unseen = tables(found)
    assert len(first) == len(alone) == 1
    assert np.isnan(alone.scores[0])
    assert dict(alone.attributes[0]) == {"votes": 1, "raters": 1}
    assert len(blank) == 0
    assert unseen is None
    assert [seen.agreement for seen in found.pictures] == [1, None, 1, None]
    reasons = {seen.path: why for seen, why in found.experts(0.5)}
    assert reasons == {"1.jpg": "only one rater looked", "3.jpg": "nobody looked"}


def test_agreement_of_a_picture_is_close_to_the_figure_of_agree():
    raters = [("a", shaken(1)), ("b", shaken(2)), ("c", shaken(3))]
    found = consensus(panel(raters))
    for number, seen in enumerate(found.pictures):
        f1 = []
        for pair in ((0, 1), (0, 2), (1, 2)):
            two = figures(panel([raters[k] for k in pair]), levels=())
            f1.append(float(two.pairs[0].by_picture.f1()[number]))
        assert seen.agreement == pytest.approx(np.mean(f1), abs=0.02)


def test_two_raters_agree_exactly_as_agree_says():
    raters = [("a", shaken(4)), ("b", shaken(5))]
    found = consensus(panel(raters))
    told = figures(panel(raters), levels=()).pairs[0].by_picture.f1()
    np.testing.assert_allclose([seen.agreement for seen in found.pictures], told)


def test_neither_the_order_of_raters_nor_of_rows_matters():
    raters = [shaken(seed) for seed in (1, 2, 3)]
    one = merged(*raters)
    turned = [
        Dataset.of(LABELS, [replace(i, annotations=i.annotations[::-1]) for i in rater.items])
        for rater in raters[::-1]
    ]
    for a, b in zip(tables(one), tables(merged(*turned)), strict=True):
        orders = [np.lexsort(t.boxes.T) for t in (a, b)]
        np.testing.assert_allclose(a.boxes[orders[0]], b.boxes[orders[1]])
        np.testing.assert_allclose(a.scores[orders[0]], b.scores[orders[1]])
        assert a.labels[orders[0]].tolist() == b.labels[orders[1]].tolist()


def test_weights_decide_what_is_kept_and_where_it_lies():
    two, one = boxes([0, 0, 10, 10]), boxes([0, 0, 14, 10], [50, 50, 60, 60])
    found = merged(rater(two), rater(one), weights={"r0": 1, "r1": 3})
    (table,) = tables(found)
    assert table.boxes.tolist() == [[0, 0, 13, 10], [50, 50, 60, 60]]
    told = merged(rater(two), rater(one), weights={"r0": 2, "x": 3}).told
    assert "without a weight, so taken at 2: r1" in told
    assert "weights of raters that are not here: x" in told


def test_dawid_and_skene_trust_the_rater_who_is_right():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 200)
    corners = np.arange(200)[:, None] * 20 + np.array([0, 0, 10, 10])
    raters = []
    for right in (0.98, 0.6, 0.6):
        named = np.where(rng.random(200) < right, truth, (truth + 1) % 3)
        raters.append(rater(boxes(*corners, labels=named)))
    majority, learned = merged(*raters), merged(*raters, labels="dawid-skene")
    right = [(tables(found)[0].labels == truth).mean() for found in (majority, learned)]
    assert right[1] > right[0] + 0.1
    assert np.argmax(learned.accuracy) == 0


def test_a_class_without_a_majority_is_for_an_expert():
    found = merged(rater(boxes([0, 0, 9, 9])), rater(boxes([0, 0, 9, 9], labels=[1])))
    assert found.pictures[0].tied == 1
    assert found.experts(0.0) == [(found.pictures[0], "class undecided")]


def test_tags_are_votes_for_the_class_of_a_picture():
    def tags(*labels):
        return Annotations.of(len(labels), kinds=[Kind.TAG] * len(labels), labels=labels)

    found = merged(rater(tags(1), tags(0, 1)), rater(tags(1), tags(0, 2)), rater(tags(2), tags(0)))
    one, several = tables(found)
    assert one.labels.tolist() == [1]
    assert np.isnan(one.boxes).all()
    assert several.labels.tolist() == [0]


def outline(x, size=20.0):
    return [[np.array([(x, 0), (x + size, 0), (x + size, size), (x, size)])]]


def polygon(x):
    return boxes([x, 0, x + 20, 20], kinds=[Kind.POLYGON], rings=Rings.of([outline(x)]))


def mask(x):
    pixels = np.zeros((100, 100), dtype=bool)
    pixels[:20, x : x + 20] = True
    return boxes([x, 0, x + 20, 20], kinds=[Kind.MASK], masks=[masks.encode(pixels)])


def turned(x):
    """Written the other way round at every second x."""
    five = [[x + 10.0, 10, 20, 10, 0.1 + np.pi * (x % 2)]]
    return boxes([x, 0, x + 20, 20], kinds=[Kind.ROTATED], rotated=five)


def points(x):
    seen = [[[x, 1, 2], [x + 9, 8, 1]]]
    return boxes([x, 0, x + 20, 20], kinds=[Kind.POINTS], keypoints=seen)


@pytest.mark.parametrize(
    ("drawn", "bounds"),
    [(polygon, [11, 0, 31, 20]), (mask, [11, 0, 31, 20]), (turned, None), (points, [11, 1, 20, 8])],
)
def test_every_kind_of_shape_merges_as_such(drawn, bounds):
    (table,) = tables(merged(*(rater(drawn(x)) for x in (10, 11, 12))))
    middle = drawn(11)
    assert table.kinds.tolist() == middle.kinds.tolist()
    if bounds is not None:
        np.testing.assert_allclose(table.boxes[0], bounds, atol=1e-9)
    if drawn is mask:
        assert table.masks[0] == middle.masks[0]
    if drawn is turned:
        np.testing.assert_allclose(table.rotated[0, :4], middle.rotated[0, :4])
    if drawn is points:
        np.testing.assert_allclose(table.keypoints, middle.keypoints)


def test_crowds_meet_crowds_and_flags_and_attributes_are_voted_on():
    def drawn(flag, **more):
        colours = [{}, {"colour": "red", **more}]
        flags = [Flag.CROWD, flag]
        return rater(boxes([0, 0, 50, 50], [0, 0, 50, 50], flags=flags, attributes=colours))

    (table,) = tables(merged(drawn(Flag.OCCLUDED, n=1), drawn(0), drawn(Flag.OCCLUDED, n=1)))
    assert sorted(table.flags.tolist()) == [Flag.CROWD, Flag.OCCLUDED]
    stated = table.attributes[int(np.flatnonzero(table.flags == Flag.OCCLUDED)[0])]
    assert dict(stated) == {"colour": "red", "n": 1, "votes": 3, "raters": 3}


def clip(tracks, shift=0.0):
    """Two objects that walk through ten frames."""
    frames = []
    for k in range(10):
        first, second = [5 * k + shift, 0, 5 * k + 20, 20], [5 * k, 50, 5 * k + 20, 70]
        table = boxes(first, second, tracks=tracks)
        frames.append(Item(f"clip#{k}", (200, 100), table, media=0, frame=k))
    return Dataset.of(LABELS, frames, media=(Media("clip.mp4", (200, 100), 10, 25.0),))


def test_tracks_keep_their_identity_whatever_each_rater_calls_them():
    found = merged(clip([4, 7]), clip([0, 1], 1.0), clip([1, 0]))
    ids = np.array([table.tracks[np.argsort(table.boxes[:, 1])] for table in tables(found)])
    assert (ids == ids[0]).all()
    assert len(set(ids[0].tolist())) == 2
    assert len(found.dataset.media) == 1
    assert {item.media for item in found.dataset.items} == {0}


def test_the_dataset_can_be_walked_twice():
    found = merged(shaken(1), shaken(2), shaken(3))
    for a, b in zip(tables(found), tables(found), strict=True):
        np.testing.assert_array_equal(a.boxes, b.boxes)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"quorum": 1.5}, "quorum: is 1.5"),
        ({"quorum": 0.0}, "quorum: is 0.0"),
        ({"threshold": 0.0}, "threshold: is 0.0"),
        ({"task": "lines"}, "no task 'lines'"),
        ({"labels": "best"}, "is 'best'"),
        ({"weights": {"r0": -1}}, "'r0' weighs -1"),
        ({"weights": {"r0": 0, "r1": 0}}, "all raters weigh nothing"),
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
