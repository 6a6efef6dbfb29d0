"""Video jobs that are killed inside a clip: taken up again they end in the same bytes, tracks and
all, and no frame that was finished is looked at again.

The usual run kills a small job a few times; ``--soak`` is the full form.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from jobs import content, finished, wait
from video_jobs import VideoJob, clip, journal

from formats.native import NAME
from prelabel.work import Work

FLAGS = ("--conf", "0.6", "--max-det", "5", "--to", "coco,label-studio")
WORKERS = 3
IN_FLIGHT = 2 * WORKERS + 2
"""Frames that may be looked at and not yet in the journal."""
WAYS = {
    "every frame": (),
    "stride and camera": ("--stride", "2", "--camera-motion"),
    "adaptive": ("--adaptive", "--stride", "8", "--camera-motion"),
}


def kill_when(job: VideoJob, ready: Callable[[], bool], pause: float) -> None:
    """Start or go on with a job, and kill it the moment that something is true."""
    with job.start("--resume", pause=pause) as process:
        wait(ready, process)
        process.kill()
    assert process.returncode == -9


@pytest.mark.parametrize("way", WAYS)
def test_killed_inside_a_clip_it_ends_in_the_same_tracks(
    tmp_path: Path, way: str, soak: bool
) -> None:
    count, kills = (150, 12) if soak else (30, 2)
    clip(tmp_path / "clips" / "a.mp4", count)
    clip(tmp_path / "clips" / "b.mp4", count, seed=1)
    job = VideoJob(tmp_path, *FLAGS, *WAYS[way], "--workers", str(WORKERS))
    whole = tmp_path / "whole"
    assert job.run(out=whole) == 0
    frames = len(journal(whole))
    places = sorted(random.Random(2).sample(range(1, frames - IN_FLIGHT), kills))
    between = 0
    for place in places:
        kill_when(job, lambda place=place: finished(job.out) >= place, pause=0.05)
        between += 0 < finished(job.out) < frames
        assert not (job.out / "native").exists()
    assert between == kills
    with job.start("--resume") as process:
        _, told = process.communicate()
    assert process.returncode == 0, told

    assert content(job.out) == content(whole)
    seen = Counter(job.trace.read_text().split())
    assert frames <= seen.total() <= frames + kills * IN_FLIGHT


def test_a_journal_cut_anywhere_in_its_last_line_is_mended(
    tmp_path: Path, soak: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip(tmp_path / "clips" / "a.mp4", 6)
    job = VideoJob(tmp_path, *FLAGS, "--camera-motion")
    assert job.run() == 0
    whole = content(job.out)
    lines = whole[NAME]
    start = lines.rindex(b"\n", 0, -1) + 1
    seen: list[str] = []
    label = Work.label

    def traced(self, picture, run):
        seen.append(picture.digest)
        return label(self, picture, run)

    monkeypatch.setattr(Work, "label", traced)
    cuts = range(start, len(lines))
    for cut in cuts if soak else [*cuts[::97], cuts[-1]]:
        (job.out / NAME).write_bytes(lines[:cut])
        seen.clear()
        assert job.run("--resume") == 0
        assert content(job.out) == whole, cut
        assert len(seen) == 1, cut
