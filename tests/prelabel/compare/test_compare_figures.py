"""Figures of a panel: alpha by kalos, counts by their meaning, and what must not matter."""

import drawn_raters
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.annotations import Annotations, Flag, Kind
from formats.dataset import Dataset, Item, Label, Media
from formats.errors import FormatError
from geometry.tracks.identity import Hota
from prelabel.compare import match, panel
from prelabel.compare.figures import figures
from prelabel.errors import SettingsError

KALOS = {
    (2, False, 1, 3.0): (0.35494880546075086, 0.15725100631110864),
    (2, True, 3, 3.0): (0.37491835401698237, 0.3791877711229419),
    (3, True, 4, 1.0): (0.39275030793594934, 0.33104836903857854),
    (4, True, 5, 1.0): (0.39813686462480025, 0.30081401744390135),
    (5, True, 6, 1.0): (0.39187980683240925, 0.3237575512827067),
}
"""(raters, objects apart, seed, jitter) -> alpha of all pictures, and the mean over pictures, by
kalos 0.8 (``calculate_iaa``, box IoU .5, Hungarian matching, equal categories first)."""


@pytest.mark.parametrize("scene", KALOS)
def test_alpha_is_that_of_kalos(scene):
    raters, apart, seed, jitter = scene
    found = drawn_raters.tables(raters, apart=apart, seed=seed, jitter=jitter)
    alpha = figures(panel(drawn_raters.named(found)), task="boxes").alpha
    assert (alpha.value, alpha.by_picture.mean()) == pytest.approx(KALOS[scene], abs=1e-9)


def drawn(raters, seed, **rest):
    return drawn_raters.tables(raters, pictures=6, seed=seed, apart=False, **rest)


def summary(found):
    """All figures that the names and the order of raters must not change."""
    return {
        frozenset((found.raters[pair.a], found.raters[pair.b])): [
            pytest.approx(float(x))
            for x in (
                pair.whole.f1(),
                pair.whole.mean_iou(),
                pair.whole.pq(),
                pair.whole.what,
                pair.whole.where,
                pair.whole.objects,
                *pair.sweep.f1(),
            )
        ]
        for pair in found.pairs
    }


@settings(max_examples=12)
@given(seed=st.integers(0, 1000), raters=st.integers(2, 4), data=st.data())
def test_raters_pictures_and_rows_have_no_order(seed, raters, data):
    tables = drawn(raters, seed, jitter=1.0)
    named = list(zip([f"r{k}" for k in range(raters)], tables, strict=True))
    found = figures(panel([(name, drawn_raters.dataset(t)) for name, t in named]))
    turned = data.draw(st.permutations(named))
    other = figures(
        panel([(name, drawn_raters.dataset([x[::-1] for x in t])) for name, t in turned])
    )
    assert summary(other) == summary(found)
    assert other.alpha.value == pytest.approx(found.alpha.value)
    np.testing.assert_allclose(other.alpha.by_picture, found.alpha.by_picture)
    confusion = found.confusion() + found.confusion().T
    np.testing.assert_array_equal(other.confusion() + other.confusion().T, confusion)


@pytest.mark.parametrize("raters", [2, 3, 5])
def test_raters_who_say_the_same_agree(raters):
    tables = drawn(1, 7)[0]
    found = figures(panel(drawn_raters.named([tables] * raters)))
    assert [float(pair.whole.f1()) for pair in found.pairs] == [1.0] * (raters * (raters - 1) // 2)
    assert all(float(pair.whole.pq()) == pytest.approx(1) for pair in found.pairs)
    assert (found.alpha.value, *found.alpha.interval()) == (1, 1, 1)
    assert (found.alpha.by_picture == 1).all()
    assert (found.alpha.sweep == 1).all()
    assert np.isnan(found.alpha.without).all() if raters == 2 else (found.alpha.without == 1).all()


@pytest.mark.parametrize("copies", [1, 2])
def test_duplicates_are_punished(copies):
    tables = drawn(1, 8)[0]
    doubled = [Annotations.concat([t] * (copies + 1)) for t in tables]
    (pair,) = figures(panel(drawn_raters.named([tables, doubled]))).pairs
    assert pair.whole.f1() == pytest.approx(2 / (2 + copies))


@settings(max_examples=10)
@given(seed=st.integers(0, 1000), threshold=st.sampled_from([0.3, 0.5, 0.75]))
def test_counts_are_those_of_match_picture_by_picture(seed, threshold):
    first, second = drawn(2, seed)
    found = figures(panel(drawn_raters.named([first, second])), threshold=threshold, task="boxes")
    (pair,) = found.pairs
    counts = pair.by_picture
    for k, (a, b) in enumerate(zip(first, second, strict=True)):
        one = match(a, b, threshold=threshold, task="boxes")
        assert (counts.same[k], counts.what[k]) == (len(one.same), len(one.other))
        assert counts.only_a[k] + counts.where[k] == len(one.only_a)
        assert counts.only_b[k] + counts.where[k] == len(one.only_b)
        assert counts.total[k] == pytest.approx(one.same_likeness.sum())
        assert counts.objects[k] == len(a) + len(b)
    np.testing.assert_allclose(pair.by_group.values.sum(axis=(0, 1)), pair.whole.values)


def test_confusion_counts_every_object():
    first, second = drawn(2, 3, swap=0.5)
    found = figures(panel(drawn_raters.named([first, second])))
    matrix, (pair,) = found.confusion(), found.pairs
    a, b = (
        np.bincount(np.concatenate([t.labels for t in side]), minlength=5)
        for side in (first, second)
    )
    np.testing.assert_array_equal(matrix.sum(axis=1)[:4], a[:4])
    np.testing.assert_array_equal(matrix.sum(axis=0)[:4], b[:4])
    assert np.trace(matrix) == pair.whole.same
    off = matrix[:4, :4].sum() - np.trace(matrix)
    assert off == pair.whole.what > 0


def test_the_sweep_counts_at_each_level():
    tables = drawn(3, 4)
    found = figures(panel(drawn_raters.named(tables)))
    for k in (0, 3, 9):
        at = figures(panel(drawn_raters.named(tables)), threshold=found.levels[k], levels=())
        for pair, other in zip(found.pairs, at.pairs, strict=True):
            assert pair.sweep.f1()[k] == pytest.approx(float(other.whole.f1()))
            assert pair.sweep.mean_iou()[k] == pytest.approx(float(other.whole.mean_iou()))
        assert found.alpha.sweep[k] == pytest.approx(at.alpha.value)


def test_alpha_without_a_rater_is_that_of_the_others():
    """The clusters are those of all raters, so objects stand apart here."""
    tables = drawn_raters.tables(4, seed=9, jitter=1.0)
    found = figures(panel(drawn_raters.named(tables)), levels=())
    for k in range(4):
        others = [table for r, table in enumerate(tables) if r != k]
        alone = figures(panel(drawn_raters.named(others)), levels=())
        assert found.alpha.without[k] == pytest.approx(alone.alpha.value)


def test_who_did_not_look_is_no_rating():
    """Three raters, one of whom saw only half: the rest is as if two had been there."""
    tables = drawn_raters.tables(3, seed=10, jitter=1.0)
    half = [*tables[2][:6], *[None] * 6]
    found = figures(panel(drawn_raters.named([tables[0], tables[1], half])), levels=())
    two = figures(panel(drawn_raters.named(tables[:2])), levels=())
    three = figures(panel(drawn_raters.named([t[:6] for t in tables])), levels=())
    np.testing.assert_allclose(found.alpha.by_picture[6:], two.alpha.by_picture[6:])
    np.testing.assert_allclose(found.alpha.by_picture[:6], three.alpha.by_picture)
    assert [len(pair.pictures) for pair in found.pairs] == [12, 6, 6]
    assert found.pairs[1].whole.f1() == pytest.approx(float(three.pairs[1].whole.f1()))


def test_two_empty_pictures_agree_and_one_that_is_empty_does_not():
    box = Annotations.of(boxes=[(0, 0, 9, 9)], labels=[0])
    none = Annotations.empty()
    found = figures(panel(drawn_raters.named([[none, box], [none, none]])))
    np.testing.assert_array_equal(found.pairs[0].by_picture.f1(), [1, 0])
    np.testing.assert_array_equal(found.alpha.by_picture[:1], [1])
    nobody = figures(panel(drawn_raters.named([[none], [none]])))
    assert (float(nobody.pairs[0].whole.f1()), nobody.alpha.value) == (1, 1)


@settings(max_examples=12)
@given(seed=st.integers(0, 1000), raters=st.integers(2, 3), miss=st.sampled_from([0.5, 0.9, 1.0]))
def test_nothing_is_nan(seed, raters, miss):
    found = figures(panel(drawn_raters.named(drawn(raters, seed, miss=miss))))
    for pair in found.pairs:
        for counts in (pair.whole, pair.by_picture, pair.by_group, pair.sweep):
            for figure in (counts.f1(), counts.mean_iou(), counts.pq(), counts.precision()):
                assert np.isfinite(figure).all()
                assert (figure >= 0).all()
                assert (figure <= 1 + 1e-12).all()
    alphas = (found.alpha.value, *found.alpha.by_picture, *found.alpha.sweep)
    assert np.isfinite([*alphas, *found.alpha.interval()]).all()


def test_crowds_take_no_part_and_are_told():
    box = Annotations.of(
        boxes=[(0, 0, 90, 90)], labels=[0], flags=np.array([Flag.CROWD], np.uint16)
    )
    inside = Annotations.of(boxes=[(5, 5, 9, 9), (95, 95, 99, 99)], labels=[0, 0])
    for tables in ([[box], [inside]], [[box], [inside], [inside]]):
        found = figures(panel(drawn_raters.named(tables)))
        assert found.pairs[0].whole.objects == 1
        assert any("crowd" in fact for fact in found.told)
    assert found.alpha.value == pytest.approx(
        0
    )  # one object seen by two of three, one by all asked


def tagged(*labels):
    return Annotations.of(labels=labels, kinds=np.full(len(labels), Kind.TAG))


def test_whole_pictures_that_are_tagged():
    first, second = [tagged(0), tagged(1), tagged(2)], [tagged(0), tagged(2), tagged(2)]
    found = figures(panel(drawn_raters.named([first, second])))
    (pair,) = found.pairs
    assert (pair.whole.same, pair.whole.what, pair.whole.objects) == (2, 1, 6)
    assert found.confusion()[1, 2] == 1
    assert found.alpha.value == pytest.approx(1 - (2 / 6) / (22 / 30))


def clip(shift):
    """One object of 20 frames; track 1, from frame `shift` on track 2."""
    items = [
        Item(
            f"x.mp4#{k}",
            (99, 99),
            Annotations.of(boxes=[(k, 0, k + 20, 20)], labels=[0], tracks=[1 + (k >= shift)]),
            media=0,
            frame=k,
        )
        for k in range(20)
    ]
    return Dataset.of([Label("car")], items, media=(Media("x.mp4", (99, 99), 20, 25.0),))


def test_tracks_of_clips():
    (pair,) = figures(panel([("a", clip(15)), ("b", clip(99))])).pairs
    assert pair.whole.f1() == 1
    whole, one = pair.clips
    assert (one.name, one.frames, one.tracks_a, one.tracks_b) == ("x.mp4", 20, 2, 1)
    assert (whole.identity, whole.hota, whole.clear) == (one.identity, one.hota, one.clear)
    assert one.identity.idf1 == pytest.approx(0.75)
    assert one.clear.switches == 1
    assert one.hota.association == pytest.approx((15 / 20) ** 2 + (5 / 20) ** 2)
    (same,) = figures(panel([("a", clip(15)), ("b", clip(15))])).pairs
    assert same.clips[0].hota == Hota(1, 1, 1, 1)


def test_pictures_have_no_tracks():
    (pair,) = figures(panel(drawn_raters.named(drawn(2, 1)))).pairs
    assert pair.clips == ()


@pytest.mark.parametrize("value", [0, 1.5, -1])
def test_refuses_thresholds(value):
    both = panel(drawn_raters.named(drawn(2, 1)))
    with pytest.raises(SettingsError, match="threshold"):
        figures(both, threshold=value)
    with pytest.raises(SettingsError, match="threshold"):
        figures(both, levels=[0.5, value])


def test_refuses_what_cannot_be_compared():
    with pytest.raises(SettingsError, match="one rater"):
        figures(panel(drawn_raters.named(drawn(1, 1))))
    a, b = drawn_raters.dataset(drawn(1, 1)[0]), drawn(1, 1)[0][:1]
    other = Dataset.of(drawn_raters.LABELS, [Item("elsewhere.png", annotations=b[0])])
    with pytest.raises(FormatError, match="elsewhere"):
        figures(panel([("a", a), ("b", other)]))
