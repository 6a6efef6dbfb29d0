"""`prelabel video`: what is in journal and outputs, what is done again, what is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from jobs import content
from video_jobs import VideoJob, clip, dataset, items, journal, pictures

import formats
from formats.columns import Flag
from formats.native import NAME
from formats.tracks import rows
from prelabel.frames import open_video
from prelabel.labeler import Labeler
from prelabel.models.query import Query
from prelabel.work import Work

FLAGS = ("--conf", "0.6", "--max-det", "6", "--to", "coco")


@pytest.fixture
def job(tmp_path: Path) -> VideoJob:
    clip(tmp_path / "clips" / "a.mp4")
    return VideoJob(tmp_path, *FLAGS)


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Digests of the frames that went through the model."""
    seen: list[str] = []
    label = Work.label

    def traced(self, picture, run):
        seen.append(picture.digest)
        return label(self, picture, run)

    monkeypatch.setattr(Work, "label", traced)
    return seen


def summary(job: VideoJob, *flags: str, **places: object) -> dict:
    """Run a job; its summary with the exit code."""
    path = job.folder / "summary.json"
    code = job.run("--summary", str(path), *flags, **places)
    return {**json.loads(path.read_text()), "code": code}


def test_the_journal_holds_what_the_model_sees_in_every_frame(job: VideoJob) -> None:
    assert job.run() == 0
    lines = journal(job.out)
    with Labeler.open(job.model) as labeler:
        query = Query(conf=0.1, max_det=6)
        video = open_video(job.clips / "a.mp4")
        for frame in video.frames():
            line = lines[f"a.mp4#{frame.index}"]
            found = labeler.label(frame.image, query)
            assert line.get("frame", 0) == frame.index
            assert line.get("time", 0) == pytest.approx(frame.index / 25)
            np.testing.assert_allclose(line["annotations"]["boxes"], found.boxes, atol=1e-3)
            np.testing.assert_allclose(line["annotations"]["scores"], found.scores, atol=1e-6)
    assert len(lines) == video.count


def test_every_certain_detection_is_in_the_tracks(job: VideoJob) -> None:
    assert job.run() == 0
    found = items(job.out)
    for name, line in journal(job.out).items():
        table = found[name].annotations
        written = {tuple(box) for box in table.boxes.tolist()}
        seen = zip(line["annotations"]["boxes"], line["annotations"]["scores"], strict=True)
        assert {tuple(box) for box, score in seen if score >= 0.6} <= written


def test_what_is_weak_stands_in_tracks_only(job: VideoJob) -> None:
    assert job.run() == 0
    for item in items(job.out).values():
        weak = ~(item.annotations.scores >= 0.6)
        assert (rows.ids(item.annotations)[weak] >= 0).all()


def test_a_track_has_one_row_in_a_frame_and_one_class(job: VideoJob) -> None:
    assert job.run() == 0
    classes: dict[int, set[int]] = {}
    for item in items(job.out).values():
        ids = rows.ids(item.annotations)
        tracked = ids[ids >= 0].tolist()
        assert len(tracked) == len(set(tracked))
        for track, label in zip(ids.tolist(), item.annotations.labels.tolist(), strict=True):
            classes.setdefault(track, set()).add(label)
    assert len(classes) > 2
    assert all(len(found) == 1 for track, found in classes.items() if track >= 0)


def test_the_clip_is_described(job: VideoJob) -> None:
    assert job.run() == 0
    (media,) = dataset(job.out).media
    assert (media.path, media.size, media.frames, media.rate) == ("a.mp4", (128, 96), 24, 25)
    coco = json.loads((job.out / "coco/annotations/instances_default.json").read_text())
    assert len(coco["images"]) == 24


def test_frames_between_are_filled_in_with_a_stride(job: VideoJob, looked: list[str]) -> None:
    assert summary(job, "--stride", "4")["looked"] == len(looked) == 6
    found = items(job.out)
    assert list(found) == [f"a.mp4#{i}" for i in range(21)]
    made = 0
    for name, item in found.items():
        between = item.annotations.flagged(Flag.INTERPOLATED)
        assert (between | (int(name.split("#")[1]) % 4 == 0)).all()
        made += int(between.sum())
    assert made > 0


def test_a_range_in_seconds(job: VideoJob) -> None:
    assert job.run("--start", "0.2", "--stop", "0:00.4") == 0
    assert list(journal(job.out)) == [f"a.mp4#{i}" for i in range(5, 10)]


def test_so_often_a_second(job: VideoJob) -> None:
    assert job.run("--fps", "5") == 0
    assert [line.get("frame", 0) for line in journal(job.out).values()] == [0, 5, 10, 15, 20]


def test_adaptive_looks_between_where_it_cannot_tell(job: VideoJob, looked: list[str]) -> None:
    assert job.run("--adaptive", "--stride", "8") == 0
    frames = [line.get("frame", 0) for line in journal(job.out).values()]
    assert frames == sorted(frames)
    assert {0, 8, 16} < set(frames)
    assert len(frames) == len(looked) == len(set(looked))


def test_a_folder_of_pictures_is_a_clip(job: VideoJob) -> None:
    shots = pictures(job.folder / "shots", 6)
    assert job.run("--rate", "10", source=shots) == 0
    found = items(job.out)
    assert list(found) == [f"shots/{i:04d}.png" for i in range(6)]
    assert [item.time for item in found.values()] == pytest.approx([i / 10 for i in range(6)])
    assert all((job.folder / name).exists() for name in found)


def test_clips_have_tracks_of_their_own(job: VideoJob) -> None:
    clip(job.clips / "b.mp4", 12, seed=1)
    assert summary(job)["clips"] == 2
    alone = job.folder / "alone"
    assert job.run(source=job.clips / "b.mp4", out=alone) == 0
    both = {name: i for name, i in items(job.out).items() if name.startswith("b.mp4")}
    for name, item in items(alone).items():
        np.testing.assert_array_equal(item.annotations.boxes, both[name].annotations.boxes)
        np.testing.assert_array_equal(item.annotations.tracks, both[name].annotations.tracks)


def test_keyframed_formats_get_keyframes(job: VideoJob) -> None:
    told = summary(job, "--to", "label-studio", "--keyframes", "0.7")
    every = summary(job, "--to", "label-studio", "--keyframes", "all", "--overwrite")
    assert 0 < told["keyframes"]["label-studio"] < every["keyframes"]["label-studio"]


def test_keyframes_of_the_models_own_boxes_where_that_is_asked_for(job: VideoJob) -> None:
    assert job.run("--to", "label-studio,native", "--keyframes", "all") == 0
    smooth = (job.out / "label-studio/tasks.json").read_bytes()
    native = (job.out / "native/dataset.prelabel.jsonl").read_bytes()
    assert job.run("--resume", "--to", "label-studio,native", "--keyframes", "all", "--exact") == 0
    assert (job.out / "label-studio/tasks.json").read_bytes() != smooth
    assert (job.out / "native/dataset.prelabel.jsonl").read_bytes() == native


def test_the_second_pass_and_its_flags(job: VideoJob) -> None:
    full = summary(job)
    plain = summary(job, "--resume", "--no-offline")
    dropped = summary(job, "--resume", "--no-offline", "--drop-blips")
    assert full["looked"] == 24
    assert plain["looked"] == dropped["looked"] == 0
    assert plain["blips"] == dropped["blips"] > full["blips"]
    tables = [item.annotations for item in items(job.out).values()]
    assert all((rows.ids(table) >= 0).all() for table in tables)


def test_what_no_track_took_is_one_object_for_a_person(job: VideoJob) -> None:
    told = summary(job, "--no-offline", "--to", "label-studio,mot")
    assert told["chains"] > 0
    assert told["chains"] * 3 <= told["linked"] <= told["blips"]
    (task,) = json.loads((job.out / "label-studio/tasks.json").read_text())
    regions = len(task["predictions"][0]["result"])
    assert regions == told["tracks"] + told["chains"] + told["blips"] - told["linked"]
    lines = (job.out / "mot/gt/gt.txt").read_text().splitlines()
    assert sum(line.split(",")[1] == "-1" for line in lines) == told["blips"]


def test_the_same_again_with_one_worker_and_with_many(job: VideoJob) -> None:
    assert job.run("--workers", "1") == 0
    assert job.run("--workers", "5", out=job.folder / "other") == 0
    assert content(job.out) == content(job.folder / "other")


def test_a_model_of_fixed_batches_gives_the_same(job: VideoJob) -> None:
    assert job.run() == 0
    batched = VideoJob(job.folder / "batched", *FLAGS, batch=5)
    batched.clips = job.clips
    assert batched.run() == 0
    ours, theirs = items(job.out), items(batched.out)
    for name, item in ours.items():
        np.testing.assert_array_equal(item.annotations.boxes, theirs[name].annotations.boxes)
        np.testing.assert_array_equal(item.annotations.tracks, theirs[name].annotations.tracks)


def test_resume_looks_at_nothing_again(job: VideoJob, looked: list[str]) -> None:
    assert job.run() == 0
    before = content(job.out)
    looked.clear()
    assert job.run("--resume") == 0
    assert not looked
    assert content(job.out) == before


def test_resume_with_other_tracks_looks_at_nothing_again(job: VideoJob, looked: list[str]) -> None:
    assert job.run() == 0
    looked.clear()
    assert job.run("--resume", "--smooth", "--no-offline", "--keyframes", "0.5") == 0
    assert not looked


def test_more_frames_are_looked_at_when_more_are_wanted(job: VideoJob, looked: list[str]) -> None:
    assert job.run("--stride", "4") == 0
    looked.clear()
    assert job.run("--resume") == 0
    assert len(looked) == 18
    assert job.run(out=job.folder / "anew") == 0
    assert content(job.out) == content(job.folder / "anew")


def test_the_camera_is_of_one_choice_of_frames(
    job: VideoJob, capsys: pytest.CaptureFixture
) -> None:
    assert job.run("--camera-motion", "--stride", "4") == 0
    assert job.run("--camera-motion", "--resume") == 7
    assert "begun with frames" in capsys.readouterr().err


def test_the_cameras_motion_is_in_the_journal(tmp_path: Path) -> None:
    """Everything moves to the right by two pixels a frame, and wraps round at the border."""
    clip(tmp_path / "clips" / "a.mp4", 8)
    job = VideoJob(tmp_path, *FLAGS)
    assert job.run("--camera-motion", "--max-det", "1", "--conf", "1") == 0
    lines = list(journal(job.out).values())
    assert "motion" not in lines[0]["extra"]
    for a, b in pairwise(lines):
        assert b["extra"]["since"] == a.get("frame", 0)
        np.testing.assert_allclose(b["extra"]["motion"], [1, 0, 2, 0, 1, 0], atol=0.3)


def test_a_clip_that_changed_is_looked_at_again(job: VideoJob, looked: list[str]) -> None:
    clip(job.clips / "b.mp4", 6, seed=1)
    assert job.run() == 0
    looked.clear()
    clip(job.clips / "b.mp4", 9, seed=2)
    assert job.run("--resume") == 0
    assert len(looked) == 9
    assert job.run(out=job.folder / "anew") == 0
    assert content(job.out) == content(job.folder / "anew")


def test_a_clip_that_is_gone_is_dropped_and_told(
    job: VideoJob, capsys: pytest.CaptureFixture
) -> None:
    gone = clip(job.clips / "b.mp4", 6, seed=1)
    assert job.run() == 0
    gone.unlink()
    assert summary(job, "--resume")["vanished"] == ["b.mp4"]
    assert not any(name.startswith("b.mp4") for name in journal(job.out))
    assert capsys.readouterr().err.count("b.mp4: is no longer") == 1


def test_broken_clips_do_not_stop_the_others(
    job: VideoJob, capsys: pytest.CaptureFixture, looked: list[str]
) -> None:
    (job.clips / "broken.mp4").write_bytes(b"this is not a film" * 50)
    (job.clips / "cut.mp4").write_bytes((job.clips / "a.mp4").read_bytes()[:500])
    told = summary(job)
    assert (told["code"], told["clips"]) == (1, 3)
    assert [failure["path"] for failure in told["failures"]] == ["broken.mp4", "cut.mp4"]
    assert all(failure["reason"] for failure in told["failures"])
    assert len(looked) == 24
    assert str(job.folder) not in (job.out / NAME).read_text()
    clip(job.clips / "broken.mp4", 6, seed=3)
    (job.clips / "cut.mp4").unlink()
    looked.clear()
    assert summary(job, "--resume")["failures"] == []
    assert len(looked) == 6
    assert job.run(out=job.folder / "anew") == 0
    assert content(job.out) == content(job.folder / "anew")


def test_frames_that_fail_are_told_once_and_tried_again(
    job: VideoJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    label = Work.label
    bad = {frame.image.digest for frame in open_video(job.clips / "a.mp4").frames([3, 4, 9])}

    def fails(self, picture, run):
        if picture.digest in bad:
            raise MemoryError
        return label(self, picture, run)

    with monkeypatch.context() as patched:
        patched.setattr(Work, "label", fails)
        told = summary(job)
    assert told["code"] == 1
    assert told["failures"] == [
        {"path": "a.mp4", "reason": "frames 3 to 4: does not fit into memory"},
        {"path": "a.mp4", "reason": "frame 9: does not fit into memory"},
    ]
    assert summary(job, "--resume")["code"] == 0
    assert job.run(out=job.folder / "anew") == 0
    assert content(job.out) == content(job.folder / "anew")


def test_other_settings_are_an_error_that_names_them(
    job: VideoJob, capsys: pytest.CaptureFixture
) -> None:
    assert job.run() == 0
    assert job.run("--resume", "--iou", "0.3") == 7
    assert "iou" in capsys.readouterr().err


def test_the_least_score_may_change_above_what_a_tracker_sees(
    job: VideoJob, looked: list[str]
) -> None:
    assert job.run() == 0
    looked.clear()
    assert job.run("--resume", "--conf", "0.3") == 0
    assert not looked
    assert job.run("--resume", "--conf", "0.05") == 7


@pytest.mark.parametrize("first", ["label", "video"])
def test_journals_of_pictures_and_of_clips_are_not_taken_for_each_other(
    job: VideoJob, first: str, capsys: pytest.CaptureFixture
) -> None:
    from prelabel.commands import run

    shots = pictures(job.folder / "shots", 3)
    commands = {
        "video": job.arguments(source=shots),
        "label": ["label", *job.arguments(source=shots)[1:]],
    }
    second = commands.pop("video" if first == "label" else "label")
    assert run(commands[first]) == 0
    kept = (job.out / NAME).read_bytes()
    assert run([*second, "--resume"]) == 7
    assert "begun with format" in capsys.readouterr().err
    assert (job.out / NAME).read_bytes() == kept


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--start", "3", "--stop", "1"), "stop: is 1 s"),
        (("--start", "1:2:3:4"), "--start"),
        (("--stop", "soon"), "--stop"),
        (("--fps", "5", "--stride", "2"), "fps"),
        (("--keyframes", "1.5"), "--keyframes"),
        (("--resume", "--overwrite"), "exclude"),
        (("--to", "cocoa"), "did you mean"),
        (("-o", "nonsense=1"), "no option"),
        (("--framerate", "25"), "no option 'framerate'"),
    ],
)
def test_flags_that_cannot_be_are_told_before_anything_is_written(
    job: VideoJob, flags: tuple[str, ...], told: str, capsys: pytest.CaptureFixture
) -> None:
    assert job.run(*flags) == 2
    assert told in capsys.readouterr().err
    assert not (job.out / NAME).exists()


def test_outputs_are_read_by_their_formats(job: VideoJob) -> None:
    assert job.run("--to", "label-studio") == 0
    assert formats.sniff(job.out / "native") == "native"
    assert formats.sniff(job.out / "label-studio") == "label-studio"
    assert formats.sniff(job.out) == "native"
