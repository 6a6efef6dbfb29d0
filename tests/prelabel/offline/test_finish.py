"""The pass over a whole clip: on drawn motion with detections taken away, and for every input."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import FEW
from strategies import boxes as some_boxes

from formats.annotations import Annotations, Flag, Kind
from formats.tracks.clip import by_frame
from geometry import boxes
from geometry.rings import Rings
from prelabel import offline, tracker
from prelabel.errors import SettingsError
from prelabel.offline import OfflineOptions, joining
from prelabel.offline.finish import _changes

RATE = 10.0
TIMES = np.arange(400) / RATE


def walkers(starts, speeds, frames, hidden=()):
    """Objects of 20 x 40 on straight lines; `hidden`: (object, from, to) without detections.

    The table and, beside it, who each row is.
    """
    rows = [
        (frame, who, start + speed * frame / RATE, 60.0 * who)
        for frame in frames
        for who, (start, speed) in enumerate(zip(starts, speeds, strict=True))
        if not any(who == w and a <= frame < b for w, a, b in hidden)
    ]
    images, who, x, y = np.array(rows).T
    corners = np.column_stack([x, y, x + 20, y + 40])
    table = Annotations.of(images=images.astype(int), boxes=corners, scores=np.full(len(x), 0.9))
    return table, who.astype(int)


def finished(table, looked=None, **options):
    followed = tracker.track(table, TIMES, looked=looked)
    return offline.finish(followed, TIMES, OfflineOptions(**options), looked)


def test_a_whole_track_is_left_alone():
    table, who = walkers([0, 300], [30, -20], range(50))
    told, counts = finished(table)
    np.testing.assert_array_equal(told.tracks, who)
    np.testing.assert_array_equal(told.boxes, table.boxes)
    assert counts == offline.Finished(tracks=2)


def test_fragments_are_joined():
    """Hidden for longer than a tracker waits: two tracks become one, the gap stays open."""
    table, who = walkers([0, 300], [30, -20], range(60), hidden=[(0, 20, 38)])
    followed = tracker.track(table, TIMES)
    assert len(np.unique(followed.tracks[who == 0])) > 1
    told, counts = offline.finish(followed, TIMES)
    assert len(np.unique(told.tracks[who == 0])) == 1
    assert counts.joined == 1
    assert counts.filled == 0
    assert len(told) == len(table)


def test_cuts_are_no_negative_joins():
    """A tracker's number that two objects have one after the other: cut, and nothing is joined."""
    table, _who = walkers([0, 600], [30, -20], range(60), hidden=[(0, 30, 60), (1, 0, 34)])
    mixed = table.with_columns(tracks=np.zeros(len(table), dtype=int))
    apart, counts = offline.finish(mixed, TIMES)
    assert (counts.cut, counts.joined) == (0, 0)  # nothing better: the tracker's link stays
    other, _ = walkers([0], [30], range(30, 60))
    both = by_frame(Annotations.concat([mixed, other.with_columns(tracks=np.ones(30, dtype=int))]))
    apart, counts = offline.finish(both, TIMES)
    assert (counts.cut, counts.joined) == (1, 1)
    mine = apart.boxes[:, 1] == 0
    assert len(np.unique(apart.tracks[mine])) == 1
    assert len(np.unique(apart.tracks)) == 2


@given(st.lists(st.tuples(st.integers(-1, 5), st.integers(-1, 5)), max_size=20))
def test_joins_and_cuts_by_definition(rows):
    before, after = np.array(rows, dtype=np.int64).reshape(-1, 2).T
    both = {(a, b) for a, b in rows if a >= 0 and b >= 0}
    joined, cuts = _changes(before, after)
    assert joined == sum(len({a for a, b in both if b == n}) - 1 for n in {b for _, b in both})
    assert cuts == sum(len({b for a, b in both if a == n}) - 1 for n in {a for a, _ in both})


def test_many_fragments_are_joined_in_little_memory(monkeypatch):
    """Some candidates at a time join the same as all at once."""
    hidden = [(w, a, a + 3) for w in range(8) for a in range(5, 95, 8)]
    table, _ = walkers(range(0, 800, 100), [20] * 8, range(100), hidden=hidden)
    flicker = table.with_columns(tracks=np.arange(len(table)) // 4)
    whole, counts = offline.finish(flicker, TIMES)
    monkeypatch.setattr(joining, "MANY", 7)
    told, same = offline.finish(flicker, TIMES)
    assert counts == same
    assert counts.joined > 50
    np.testing.assert_array_equal(told.tracks, whole.tracks)


def test_one_missed_look_leaves_no_hole():
    """Where frames are skipped, what is carried over them goes over a miss of .4 s, too."""
    looked = np.arange(0, 60, 2)
    table, _ = walkers([0], [30], looked.tolist(), hidden=[(0, 20, 21)])
    followed = tracker.track(table, TIMES, looked=looked)
    told = offline.propagate(followed, TIMES, looked)
    assert told.images.tolist() == list(range(59))
    every = offline.propagate(followed, TIMES)  # all were looked at: nothing is made up
    assert len(every) == len(table)


def test_who_is_far_from_where_it_should_be_is_somebody_else():
    first, _ = walkers([0], [30], range(20))
    second, _ = walkers([900], [30], range(25, 60))
    _told, counts = finished(Annotations.concat([first, second]))
    assert counts.tracks == 2
    assert counts.joined == 0


def test_the_rows_before_the_number_are_taken():
    """A track gets its number with the second detection; weak ones before it belong to it, too."""
    table, _ = walkers([0], [30], range(5, 40))
    other, _ = walkers([0, 0], [0, 0], range(40), hidden=[(0, 0, 40)])
    both = Annotations.concat([table, other])
    both = both[np.argsort(both.images, kind="stable")]
    first = (both.images < 9) & (both.boxes[:, 1] == 0)
    weak = both.with_columns(scores=np.where(first, 0.3, 0.9))
    told, counts = finished(weak)
    mine = told.boxes[:, 1] == 0
    assert counts.taken == 5
    assert len(np.unique(told.tracks[mine])) == 1
    assert (told.tracks[mine] >= 0).all()


def test_a_short_gap_is_filled_where_it_was():
    table, _who = walkers([0, 300], [30, -20], range(50), hidden=[(0, 20, 23)])
    told, counts = finished(table)
    made = told.flagged(Flag.INTERPOLATED)
    assert counts.filled == made.sum() == 3
    assert told.images[made].tolist() == [20, 21, 22]
    whole, _ = walkers([0], [30], range(20, 23))
    np.testing.assert_allclose(told.boxes[made], whole.boxes)
    assert (np.diff(told.images) >= 0).all()


def test_skipped_frames_are_filled_with_and_without_the_pass():
    looked = np.arange(0, 60, 6)
    table, _ = walkers([0, 300], [30, -20], looked.tolist())
    whole, _ = walkers([0, 300], [30, -20], range(55))
    followed = tracker.track(table, TIMES, looked=looked)
    for told in (offline.propagate(followed, TIMES, looked), finished(table, looked)[0]):
        order = np.lexsort((told.boxes[:, 1], told.images))
        np.testing.assert_array_equal(told.images[order], whole.images)
        np.testing.assert_allclose(told.boxes[order], whole.boxes, atol=1e-6)
        assert told.flagged(Flag.INTERPOLATED).sum() == len(whole) - len(table)


def lone_blip():
    table, _ = walkers([0], [30], range(30))
    blip = Annotations.of(images=[10], boxes=[[500, 300, 520, 340]], scores=[0.9])
    both = Annotations.concat([table, blip])
    return both[np.argsort(both.images, kind="stable")]


def test_blips_are_marked():
    table = lone_blip()
    told, counts = finished(table)
    assert counts.blips == 1
    assert len(told) == len(table)
    blip = np.flatnonzero(told.boxes[:, 0] == 500)
    assert told.tracks[blip] == -1
    assert [dict(cell) for cell in told.attributes[blip]] == [{"blip": True}]
    assert sum(bool(cell) for cell in told.attributes) == 1


def test_blips_are_dropped_where_that_is_asked_for():
    table = lone_blip()
    told, counts = finished(table, drop_blips=True)
    assert counts.blips == 1
    assert len(told) == len(table) - 1
    assert not (told.boxes[:, 0] == 500).any()


def test_polygons_are_carried_over_a_gap():
    table, _ = walkers([0], [30], range(30), hidden=[(0, 10, 12)])
    corners = [
        [[np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])]] for x0, y0, x1, y1 in table.boxes
    ]
    drawn = table.with_columns(kinds=np.full(len(table), Kind.POLYGON), rings=Rings.of(corners))
    told, _ = finished(drawn)
    made = told[told.flagged(Flag.INTERPOLATED)]
    assert made.images.tolist() == [10, 11]
    assert made.rings is not None
    for i in range(2):
        np.testing.assert_allclose(boxes.bounds(made.rings.row(i)[0][0]), made.boxes[i], atol=1e-6)


def test_keypoints_are_carried_over_a_gap():
    table, _ = walkers([0], [30], range(30), hidden=[(0, 10, 12)])
    points = np.stack([table.boxes[:, :2], table.boxes[:, 2:]], axis=1)
    seen = np.concatenate([points, np.full((len(table), 2, 1), 2.0)], axis=2)
    told, _ = finished(table.with_columns(kinds=np.full(len(table), Kind.POINTS), keypoints=seen))
    made = told[told.flagged(Flag.INTERPOLATED)]
    np.testing.assert_allclose(made.keypoints[:, 0, :2], made.boxes[:, :2], atol=1e-6)


def test_smoothing_takes_jitter_out():
    table, _ = walkers([0], [30], range(60))
    rng = np.random.default_rng(0)
    shaken = table.with_columns(boxes=table.boxes + rng.normal(0, 1.5, table.boxes.shape))
    plain, smooth = (finished(shaken, smooth=on)[0] for on in (False, True))
    np.testing.assert_array_equal(plain.boxes, shaken.boxes)
    off = [np.abs(one.boxes - table.boxes).mean() for one in (plain, smooth)]
    assert off[1] < 0.7 * off[0]


FRAMES = st.lists(some_boxes(most=5), min_size=1, max_size=12)


@FEW
@given(FRAMES, st.integers(0, 2**32 - 1))
def test_detections_out_are_detections_in(frames, seed):
    """Every detection is there once; no track is twice in a frame; made rows have their flag."""
    rng = np.random.default_rng(seed)
    images = np.repeat(np.arange(len(frames)), [len(found) for found in frames])
    table = Annotations.of(
        len(images),
        images=images,
        boxes=np.concatenate(frames),
        scores=rng.uniform(0.1, 1, len(images)),
        labels=rng.integers(0, 2, len(images)),
        ids=np.arange(len(images)),
    )
    told, counts = finished(table)
    made = told.flagged(Flag.INTERPOLATED)
    assert made.sum() == counts.filled
    np.testing.assert_array_equal(told.ids[~made], np.arange(len(table)))
    np.testing.assert_array_equal(told.boxes[~made], table.boxes)
    assert (np.diff(told.images) >= 0).all()
    pairs = told[told.tracks >= 0]
    assert len({*zip(pairs.images.tolist(), pairs.tracks.tolist(), strict=True)}) == len(pairs)


def test_nothing():
    told, counts = finished(Annotations.empty())
    assert len(told) == 0
    assert counts == offline.Finished()
    told, counts = offline.finish(Annotations.empty(), [], looked=[])
    assert counts == offline.Finished()


@pytest.mark.parametrize("wrong", [{"gap": -1}, {"join": float("nan")}, {"fit": 2.0}])
def test_options_that_mean_nothing(wrong):
    with pytest.raises(SettingsError, match=next(iter(wrong))):
        OfflineOptions(**wrong)


def test_smoothing_goes_no_further_than_jitter_would():
    """A thing that bounces off a wall stays where it was seen there."""
    frames = np.arange(61)
    x = 900 - 30.0 * np.abs(frames - 30)
    places = np.stack([x, np.full(61, 50.0), x + 20, np.full(61, 70.0)], axis=1)
    table = Annotations.of(images=frames, boxes=places, tracks=np.zeros(61, np.int64))
    smooth = offline.smooth(table, frames / 25)
    assert np.diag(boxes.iou(smooth.boxes, places)).min() >= 0.5
    np.testing.assert_array_equal(smooth.boxes[30], places[30])
    np.testing.assert_allclose(smooth.boxes[:10], places[:10], atol=0.01)
