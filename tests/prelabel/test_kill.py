"""Jobs that are killed: taken up again they end in the same bytes, and no picture is done twice.

The usual run kills a small job a few times; ``--soak`` is the full form: 300 pictures, 18 kills
between the first and the last picture, 2 in the export, and a journal cut at every byte.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from jobs import Job, content, draw, finished, wait

from formats.native import NAME
from prelabel.work import Work

FLAGS = ("--conf", "0.6", "--max-det", "3", "--to", "coco,yolo", "-o", "images=none")
WORKERS = 3
IN_FLIGHT = 2 * WORKERS + 2
"""Pictures that the engine may be ahead of the journal."""


def kill_when(job: Job, ready: Callable[[], bool], **pauses: float) -> None:
    """Start or go on with a job, and kill it the moment that something is true."""
    with job.start("--resume", **pauses) as process:
        wait(ready, process)
        process.kill()
    assert process.returncode == -9


def test_killed_again_and_again_it_ends_in_the_same_bytes(tmp_path: Path, soak: bool) -> None:
    count, kills, in_export = (300, 18, 2) if soak else (48, 3, 1)
    draw(tmp_path / "photos", count)
    job = Job(tmp_path, *FLAGS, "--workers", str(WORKERS))
    out = job.out
    places = sorted(random.Random(1).sample(range(1, count - IN_FLIGHT), kills))
    between = 0
    for place in places:
        kill_when(job, lambda place=place: finished(out) >= place, pause=0.05)
        between += 0 < finished(out) < count
    assert between == kills
    for _ in range(in_export):
        kill_when(job, lambda: any(out.glob(".coco.*.partial")), export_pause=0.02)
        assert finished(out) == count
        assert any(out.glob(".coco.*.partial"))
    with job.start("--resume") as process:
        _, told = process.communicate()
    assert process.returncode == 0, told

    whole = tmp_path / "whole"
    assert job.run(out=whole) == 0
    assert content(out) == content(whole)
    assert sorted(path.name for path in out.iterdir()) == ["coco", NAME, "yolo"]
    inferred = Counter(job.trace.read_text().split())
    assert len(inferred) == count
    assert inferred.total() <= count + kills * IN_FLIGHT
    assert sum(times == 1 for times in inferred.values()) >= count - kills * IN_FLIGHT


def test_a_journal_cut_in_its_last_record_is_mended(
    tmp_path: Path, soak: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw(tmp_path / "photos", 4)
    job = Job(tmp_path, *FLAGS, "--max-det", "1")
    assert job.run() == 0
    whole = content(job.out)
    journal = whole[NAME]
    start = journal.rindex(b"\n", 0, -1) + 1
    seen: list[str] = []
    label = Work.label

    def traced(self, picture, run):
        seen.append(picture.digest)
        return label(self, picture, run)

    monkeypatch.setattr(Work, "label", traced)
    cuts = range(start, len(journal))
    for cut in cuts if soak else [*cuts[::23], cuts[-1]]:
        (job.out / NAME).write_bytes(journal[:cut])
        seen.clear()
        assert job.run("--resume") == 0
        assert content(job.out) == whole, cut
        assert len(seen) == 1, cut
