"""Jobs that are killed: taken up again they end in the same bytes, and no picture is done twice.

The usual run kills a small job a few times; ``--soak`` is the full form: 300 pictures, 18 kills
between the first and the last picture, 2 in the export, and a journal cut at every byte.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from jobs import Job, content, draw, finished

from formats.native import NAME
from prelabel.work import Work

SCRIPT = Path(__file__).parents[1] / "watched_label.py"
FLAGS = ("--conf", "0.6", "--max-det", "3", "--to", "coco,yolo", "-o", "images=none")
WORKERS = 3
IN_FLIGHT = 2 * WORKERS + 2
"""Pictures that the engine may be ahead of the journal."""


class Killed:
    """A job that runs in processes of its own until it is killed."""

    def __init__(self, folder: Path, count: int) -> None:
        draw(folder / "photos", count)
        self.job = Job(folder, *FLAGS, "--workers", str(WORKERS), layers=2)
        self.trace = folder / "trace.txt"
        self.count = count

    def start(self, sleep: float = 0.0) -> subprocess.Popen[bytes]:
        command = [sys.executable, str(SCRIPT), str(self.trace), str(sleep)]
        return subprocess.Popen(
            [*command, *self.job.arguments("--resume")],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def kill_when(self, ready: Callable[[], bool], sleep: float = 0.0) -> None:
        """Start or go on with the job, and kill it the moment that something is true."""
        with self.start(sleep) as process:
            end = time.monotonic() + 120
            while not ready():
                assert process.poll() is None, process.stderr.read().decode()
                assert time.monotonic() < end
                time.sleep(0.0005)
            process.kill()
        assert process.returncode == -9

    def exporting(self) -> bool:
        return any(self.job.out.glob(".coco.*.partial"))

    def inferred(self) -> Counter[str]:
        return Counter(self.trace.read_text().split())


def test_killed_again_and_again_it_ends_in_the_same_bytes(tmp_path: Path, soak: bool) -> None:
    count, kills, in_export = (300, 18, 2) if soak else (48, 3, 1)
    killed = Killed(tmp_path, count)
    out = killed.job.out
    places = sorted(random.Random(1).sample(range(1, count - IN_FLIGHT), kills))
    between = 0
    for place in places:
        killed.kill_when(lambda place=place: finished(out) >= place)
        between += 0 < finished(out) < count
    assert between == kills
    for _ in range(in_export):
        killed.kill_when(killed.exporting, sleep=0.01)
        assert finished(out) == count
        assert killed.exporting()
    with killed.start() as process:
        _, told = process.communicate()
    assert process.returncode == 0, told.decode()

    whole = tmp_path / "whole"
    assert killed.job.run(out=whole) == 0
    assert content(out) == content(whole)
    assert sorted(path.name for path in out.iterdir()) == ["coco", NAME, "yolo"]
    inferred = killed.inferred()
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
