"""`tracks_of`: one clip for a caller without a journal."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from video_jobs import VideoJob, clip, items

from prelabel.errors import CancelledError, DeadlineError, FetchError, ImageError, SettingsError
from prelabel.job import Asked
from prelabel.labeler import Labeler
from prelabel.tickets import Ticket
from prelabel.video.options import Options, Sampling, Tracking
from prelabel.video.service import tracks_of

ASKED = Asked(conf=0.6, max_det=6)


@pytest.fixture
def job(tmp_path: Path) -> VideoJob:
    clip(tmp_path / "clips" / "a.mp4", 20)
    return VideoJob(tmp_path, "--conf", "0.6", "--max-det", "6")


@pytest.fixture
def labeler(job: VideoJob) -> Iterator[Labeler]:
    with Labeler.open(job.model) as labeler:
        yield labeler


@pytest.mark.parametrize(
    ("options", "flags"),
    [
        (Options(), ()),
        (Options(sampling=Sampling(stride=3)), ("--stride", "3")),
        (
            Options(sampling=Sampling(stride=8, adaptive=True), tracking=Tracking(camera=True)),
            ("--adaptive", "--stride", "8", "--camera-motion"),
        ),
        (Options(tracking=Tracking(offline=False)), ("--no-offline",)),
    ],
)
def test_tracks_are_those_of_a_job(
    job: VideoJob, labeler: Labeler, options: Options, flags: tuple[str, ...]
) -> None:
    assert job.run(*flags) == 0
    found = tracks_of(job.clips / "a.mp4", labeler, ASKED, options, Ticket())
    written = items(job.out)
    assert [f"a.mp4#{i}" for i in found.looked] == list(written)
    for i, item in zip(found.looked.tolist(), written.values(), strict=True):
        rows = found.table[found.table.images == i]
        np.testing.assert_array_equal(rows.boxes, item.annotations.boxes)
        np.testing.assert_array_equal(rows.tracks, item.annotations.tracks)
        np.testing.assert_array_equal(rows.labels, item.annotations.labels)
    assert found.media.frames == 20
    assert found.problems == ()


def test_the_caller_is_told_how_far_it_is(job: VideoJob, labeler: Labeler) -> None:
    told: list[tuple[int, int]] = []
    ticket = Ticket()
    path = job.clips / "a.mp4"
    tracks_of(path, labeler, ASKED, Options(), ticket, told=lambda *n: told.append(n))
    assert told == [(i, 20) for i in range(1, 21)]


def test_every_frame_passes_the_entrance(job: VideoJob, labeler: Labeler) -> None:
    inside, most, passed = 0, 0, 0
    lock = threading.Lock()

    @contextmanager
    def entrance() -> Iterator[None]:
        nonlocal inside, most, passed
        with lock:
            inside, passed = inside + 1, passed + 1
            most = max(most, inside)
        yield
        with lock:
            inside -= 1

    path = job.clips / "a.mp4"
    tracks_of(path, labeler, ASKED, Options(), Ticket(), entrance=entrance)
    assert (passed, inside) == (20, 0)
    assert most <= labeler.workers


def test_a_cancelled_ticket_ends_it_at_the_next_frame(job: VideoJob, labeler: Labeler) -> None:
    ticket = Ticket()
    done: list[int] = []

    def told(frames: int, total: int) -> None:
        done.append(frames)
        if frames == 3:
            ticket.cancel()

    with pytest.raises(CancelledError):
        tracks_of(job.clips / "a.mp4", labeler, ASKED, Options(), ticket, told=told)
    assert done == [1, 2, 3]


def test_a_deadline_that_is_past_ends_it(job: VideoJob, labeler: Labeler) -> None:
    with pytest.raises(DeadlineError):
        tracks_of(job.clips / "a.mp4", labeler, ASKED, Options(), Ticket.within(0))


@pytest.mark.parametrize("error", [FetchError, ImageError])
def test_what_is_no_clip_is_an_error(
    tmp_path: Path, labeler: Labeler, error: type[Exception]
) -> None:
    path = tmp_path / "x.mp4"
    if error is ImageError:
        path.write_text("no film")
    with pytest.raises(error, match=r"x\.mp4"):
        tracks_of(path, labeler, ASKED, Options(), Ticket())


def test_a_choice_of_frames_that_is_none_is_an_error(job: VideoJob, labeler: Labeler) -> None:
    options = Options(sampling=Sampling(start=2, stop=1))
    with pytest.raises(SettingsError):
        tracks_of(job.clips / "a.mp4", labeler, ASKED, options, Ticket())
