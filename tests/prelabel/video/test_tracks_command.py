"""`prelabel tracks`: densify, reduce, and keyframes found anew after corrections."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import formats
from formats.annotations import Annotations
from formats.columns import Flag
from formats.dataset import Dataset, Item, Label, Media, Source
from formats.tracks import clip as clip_tables
from formats.tracks import rows
from formats.tracks.dense import dense
from formats.tracks.sparse import sparse
from geometry import boxes
from prelabel.commands import run
from prelabel.video.correcting import Views, corrected
from prelabel.video.matching import matched
from prelabel.video.tracks import rule_of, smoothed

SIZE, COUNT, RATE = (640, 480), 60, 25.0
LABELS = (Label("walker"), Label("runner"))
TARGETS = ("label-studio", "cvat-video", "native")


def swaying(frames: np.ndarray, seed: int) -> np.ndarray:
    """Boxes (T, 4) on a curved way, some pixels of jitter on top."""
    rng = np.random.default_rng(seed)
    x = 60 + 150 * seed + 3 * frames + 25 * np.sin(frames / 6)
    y = 100 + 60 * seed + 20 * np.cos(frames / 9)
    found = np.column_stack([x, y, x + 60, y + 110]) + rng.normal(0, 1, (len(frames), 4))
    return found.round(3)


def machine() -> Annotations:
    """Two tracks: one in all frames, one that is away for some."""
    all_frames = np.arange(COUNT)
    some = np.concatenate([np.arange(5, 25), np.arange(35, 55)])
    return clip_tables.by_frame(
        Annotations.of(
            images=np.concatenate([all_frames, some]).astype(np.int32),
            boxes=np.concatenate([swaying(all_frames, 0), swaying(some, 1)]),
            labels=np.repeat([0, 1], [COUNT, len(some)]).astype(np.int32),
            scores=np.full(COUNT + len(some), 0.9),
            tracks=np.repeat([0, 1], [COUNT, len(some)]),
        )
    )


def dataset(table: Annotations) -> Dataset:
    media = Media("a.mp4", SIZE, COUNT, RATE)
    bare = Dataset.of(LABELS, (), sources=(Source("model", "tiny"),), media=(media,))
    clip = clip_tables.ClipTracks(media, 0, table, np.arange(COUNT))
    return clip_tables.dataset([clip], bare)


def table_of(path: Path, name: str) -> Annotations:
    (clip,) = clip_tables.clips(formats.read(path, name))
    return clip.table


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """A folder as a video job leaves it: the tracks, and what a person is given."""
    formats.write(dataset(machine()), tmp_path / "job" / "native", "native")
    for name in TARGETS[:2]:
        options = {"keyframes": 0.8}
        formats.write(dataset(machine()), tmp_path / "job" / name, name, options)
    return tmp_path / "job"


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("least", [0.7, 0.9])
def test_reduced_tracks_show_every_frame_as_their_tool_does(
    job: Path, name: str, least: float
) -> None:
    out = job.parent / "reduced"
    flags = ["--to", name, "--keyframes", str(least)]
    assert run(["tracks", "reduce", str(job / "native"), str(out), *flags]) == 0
    found = table_of(out, name)
    keys = found.flagged(Flag.KEYFRAME) & ~found.flagged(Flag.OUTSIDE)
    assert keys.sum() < len(machine()) / 2
    shown, truth = dense(found, rule_of(name)), machine()
    assert len(shown) == len(truth)
    iou = np.array(
        [
            boxes.iou(shown.boxes[k : k + 1], truth.boxes[truth.images == shown.images[k]]).max()
            for k in range(len(shown))
        ]
    )
    assert iou.min() >= least - 1e-6


@pytest.mark.parametrize("name", TARGETS[:2])
def test_densified_keyframes_reduce_to_the_same_tracks(job: Path, name: str) -> None:
    out = job.parent / "dense"
    assert run(["tracks", "densify", str(job / name), str(out), "--to", "native"]) == 0
    found = table_of(out, "native")
    assert not found.flagged(Flag.KEYFRAME).any()
    np.testing.assert_array_equal(np.sort(found.images), np.sort(machine().images))


def test_the_source_is_never_written_over(job: Path, capsys: pytest.CaptureFixture) -> None:
    source = str(job / "native")
    assert run(["tracks", "reduce", source, str(job), "--to", "native", "--overwrite"]) == 3
    assert "lies in the target" in capsys.readouterr().err
    assert (job / "native").is_dir()


def keyframes(table: Annotations, track: int) -> np.ndarray:
    """Rows of the keyframes of a track."""
    keys = table.flagged(Flag.KEYFRAME) & ~table.flagged(Flag.OUTSIDE)
    return np.flatnonzero(keys & (rows.ids(table) == track))


def moved(table: Annotations, row: int, by: float) -> Annotations:
    """The table with one box to the right."""
    changed = table.boxes.copy()
    changed[row] += [by, 0, by, 0]
    return table.with_columns(boxes=changed)


def corrections(back: Annotations, tolerance: float = 0.8) -> tuple[Annotations, object]:
    given = sparse(machine(), tolerance=0.8)
    return corrected(Views(machine(), given, back, "linear"), tolerance)


def test_what_nobody_touched_stays_as_it_is() -> None:
    back = sparse(machine(), tolerance=0.8)
    table, counts = corrections(back)
    assert (counts.tracks, counts.touched, counts.changed, counts.new) == (2, 0, 0, 0)
    np.testing.assert_array_equal(table.boxes, back.boxes)
    np.testing.assert_array_equal(table.images, back.images)
    np.testing.assert_array_equal(table.flags, back.flags)


@given(place=st.integers(0, 100), by=st.floats(5, 60), track=st.integers(0, 1))
def test_a_corrected_keyframe_stays_and_the_rest_follows(place: int, by: float, track: int) -> None:
    back = sparse(machine(), tolerance=0.8)
    keys = keyframes(back, track)
    k = place % len(keys)
    wanted = moved(back, keys[k], by)
    table, counts = corrections(wanted)
    assert (counts.touched, counts.changed) == (1, 1)
    shown = dense(table)
    here = shown[rows.ids(shown) == track]
    frame = int(wanted.images[keys[k]])
    np.testing.assert_allclose(here.boxes[here.images == frame], wanted.boxes[[keys[k]]])

    truth = machine()[rows.ids(machine()) == track]
    assert here.images.tolist() == truth.images.tolist()
    spans = np.split(truth.images, np.flatnonzero(np.diff(truth.images) > 1) + 1)
    span = next(s for s in spans if frame in s)
    ends = [int(back.images[i]) for i in keys if back.images[i] in span and i != keys[k]]
    before = max((f for f in ends if f < frame), default=int(span[0]))
    after = min((f for f in ends if f > frame), default=int(span[-1]))
    away = (here.images < before) | (here.images > after)
    plain = dense(back)
    plain = plain[rows.ids(plain) == track]
    np.testing.assert_allclose(here.boxes[away], plain.boxes[away])

    share = np.interp(truth.images, [before, frame, after], [before == frame, 1, after == frame])
    true = truth.boxes + share[:, None] * (
        wanted.boxes[keys[k]] - truth.boxes[truth.images == frame]
    )
    within = (here.images > before) & (here.images < after)
    iou = [boxes.iou(a[None], b[None])[0, 0] for a, b in zip(here.boxes, true, strict=True)]
    assert (np.array(iou)[within] >= 0.8 - 1e-6).all()

    other = 1 - track
    np.testing.assert_array_equal(
        table.boxes[rows.ids(table) == other], back.boxes[rows.ids(back) == other]
    )


def test_a_class_that_was_corrected_is_kept() -> None:
    back = sparse(machine(), tolerance=0.8)
    relabelled = np.where(rows.ids(back) == 0, 1, back.labels).astype(np.int32)
    wanted = moved(back, keyframes(back, 0)[1], 30).with_columns(labels=relabelled)
    table, _ = corrections(wanted)
    assert (table.labels[rows.ids(table) == 0] == 1).all()


def test_drawn_tracks_stay_and_deleted_ones_stay_away() -> None:
    back = sparse(machine(), tolerance=0.8)
    drawn = Annotations.of(
        images=np.array([3, 30], np.int32),
        boxes=np.array([[500, 300, 560, 400], [520, 320, 580, 420]], float),
        labels=np.zeros(2, np.int32),
        tracks=np.array([7, 7]),
        flags=np.full(2, Flag.KEYFRAME, np.uint16),
    )
    wanted = clip_tables.by_frame(Annotations.concat([back[rows.ids(back) == 0], drawn]))
    table, counts = corrections(wanted)
    assert (counts.tracks, counts.new) == (2, 1)
    assert set(rows.ids(table).tolist()) == {0, 7}
    np.testing.assert_array_equal(table.boxes[rows.ids(table) == 7], drawn.boxes)


def test_a_span_that_was_cut_short_ends_where_the_person_ended_it() -> None:
    back = sparse(machine(), tolerance=0.8)
    keys = keyframes(back, 0)
    last = keys[len(keys) // 2]
    cut = back[~((rows.ids(back) == 0) & (back.images > back.images[last]))]
    wanted = moved(cut, keyframes(cut, 0)[0], 20)
    table, _ = corrections(wanted)
    shown = dense(table)
    assert shown.images[rows.ids(shown) == 0].max() == back.images[last]


@pytest.mark.parametrize("name", TARGETS[:2])
def test_resolve_reads_and_writes_what_people_work_with(
    job: Path, name: str, capsys: pytest.CaptureFixture
) -> None:
    source = formats.read(job / name, name)
    (clip,) = clip_tables.clips(source)
    track = int(rows.ids(clip.table)[0])
    row = keyframes(clip.table, track)[2]
    edited = clip_tables.ClipTracks(
        clip.media, 0, moved(clip.table, row, 40), clip.looked, clip.items
    )
    formats.write(clip_tables.dataset([edited], source), job.parent / "back", name)
    arguments = [str(job.parent / "back"), str(job.parent / "solved"), "--job", str(job)]
    assert run(["tracks", "resolve", *arguments, "--to", name, "--keyframes", "0.8"]) == 0
    assert "1 corrected keyframes in 1 of 2 tracks, 0 tracks are new" in capsys.readouterr().out
    shown = dense(table_of(job.parent / "solved", name), rule_of(name))
    at = shown.boxes[shown.images == clip.table.images[row]]
    assert boxes.iou(at, edited.table.boxes[[row]]).max() > 0.99


def test_resolve_names_a_clip_that_was_not_given(job: Path, capsys: pytest.CaptureFixture) -> None:
    def written(folder: str, *names: str) -> str:
        media = [Media(name, SIZE, 1, RATE) for name in names]
        items = [
            Item(f"{name}#0", SIZE, Annotations.empty(), media=i, frame=0)
            for i, name in enumerate(names)
        ]
        formats.write(Dataset.of(LABELS, items, media=tuple(media)), job.parent / folder, "native")
        return str(job.parent / folder)

    given = written("given", "b.mp4", "folder/c.mp4")
    back = written("back", "c.mp4")
    out = str(job.parent / "out")
    flags = ["--job", given, "--given", given, "--to", "native"]
    assert run(["tracks", "resolve", back, out, *flags]) == 0
    stranger = written("stranger", "x.mp4")
    assert run(["tracks", "resolve", stranger, f"{out}-2", *flags]) == 3
    assert "x.mp4: no such clip among b.mp4, folder/c.mp4" in capsys.readouterr().err


def test_tracks_are_matched_by_where_they_are() -> None:
    table = machine()
    renamed = table.with_columns(tracks=np.where(rows.ids(table) == 0, 40, 17))
    assert matched(table, renamed) == {0: 40, 1: 17}
    assert matched(table, renamed[rows.ids(renamed) == 17]) == {1: 17}
    assert matched(table, table[:0]) == {}


def test_the_machines_tracks_are_those_that_a_person_is_shown():
    own = dataset(machine())
    (given_,), (smooth,) = clip_tables.clips(own), clip_tables.clips(smoothed(own))
    np.testing.assert_array_equal(smooth.table.tracks, given_.table.tracks)
    np.testing.assert_array_equal(smooth.looked, given_.looked)
    assert np.diag(boxes.iou(smooth.table.boxes, given_.table.boxes)).min() > 0.9
    walker = [clip.table.boxes[clip.table.tracks == 0] for clip in (given_, smooth)]
    rough, fine = (np.abs(np.diff(places, 2, axis=0)).mean() for places in walker)
    assert fine < rough / 3
