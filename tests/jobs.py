"""Small jobs for tests: pictures, a run of the command line, all bytes of a folder."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tiny_model
from PIL import Image

from formats.native import NAME
from prelabel.commands import run

__all__ = ["WATCHED", "Job", "content", "draw", "finished", "wait"]

WATCHED = Path(__file__).with_name("watched_label.py")


def draw(folder: Path, count: int, seed: int = 0, side: int = 64) -> Path:
    """`count` pictures of coloured quarters, no two alike, some in a folder of their own."""
    random = np.random.default_rng(seed)
    for i in range(count):
        quarters = random.integers(0, 256, (2, 2, 3), dtype=np.uint8)
        pixels = np.kron(quarters, np.ones((side // 2, side // 2, 1), dtype=np.uint8))
        path = folder / ("more" if i % 3 == 2 else ".") / f"{seed}-{i:04d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
    return folder


def content(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by name."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def finished(out: Path) -> int:
    """How many lines about pictures the journal has."""
    journal = out / NAME
    return max(journal.read_bytes().count(b"\n") - 1, 0) if journal.exists() else 0


class Job:
    """`prelabel label` with the tiny model; `flags` are those of every run."""

    def __init__(self, folder: Path, *flags: str, layers: int = 0, batch: int = 1) -> None:
        self.folder = folder
        self.photos = folder / "photos"
        self.out = folder / "out"
        self.model = tiny_model.write(folder / "tiny.onnx", layers=layers, batch=batch)
        self.trace = folder / "trace.txt"
        self.flags = flags

    def arguments(self, *flags: str, source: object = None, out: object = None) -> list[str]:
        """The command line, without the program."""
        places = [str(source or self.photos), "--out", str(out or self.out)]
        return ["label", *places, "--model", str(self.model), *self.flags, *flags]

    def run(self, *flags: str, **places: object) -> int:
        """Run in this process; the exit code."""
        return run(self.arguments(*flags, **places))

    def start(
        self, *flags: str, pause: float = 0.0, export_pause: float = 0.0, **options: Any
    ) -> subprocess.Popen[str]:
        """Run in a process of its own that notes in `trace` what it labels; see watched_label."""
        watched = [str(WATCHED), str(self.trace), str(pause), str(export_pause)]
        return subprocess.Popen(
            [sys.executable, *watched, *self.arguments(*flags)],
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **options,
        )


def wait(ready: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait until something is true of a process that is at work."""
    end = time.monotonic() + 120
    while not ready():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end, "nothing happened for two minutes"
        time.sleep(0.001)
