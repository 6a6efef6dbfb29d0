"""Memory of a job does not grow with the length of its clip but by what is found in it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from video_jobs import SIZE, VideoJob, clip

SHORT, LONG = 400, 1600
"""Frames: by the first number everything that a job holds once is there, its buffers are full."""
FRAME = SIZE[0] * SIZE[1] * 3
"""Bytes of a frame's pixels."""


def peak(job: VideoJob, *flags: str, source: Path) -> int:
    """Bytes that a process of its own held at most."""
    command = [sys.executable, "-m", "prelabel", *job.arguments(*flags, source=source)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, cwd=job.folder, **quiet)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss * 1024


@pytest.mark.slow
@pytest.mark.parametrize("flags", [(), ("--stride", "5", "--camera-motion")], ids=" ".join)
def test_four_times_the_frames_take_little_more(tmp_path: Path, flags: tuple[str, ...]) -> None:
    job = VideoJob(tmp_path, "--max-det", "4", "--to", "mot,label-studio", "--overwrite")
    few = peak(job, *flags, source=clip(tmp_path / "few.mp4", SHORT, speed=0))
    many = peak(job, *flags, source=clip(tmp_path / "many.mp4", LONG, speed=0))
    assert (many - few) / (LONG - SHORT) < FRAME / 2
