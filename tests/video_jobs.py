"""Small video jobs for tests: clips of coloured blocks in motion, a run of the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tiny_model
from jobs import WATCHED
from numpy.typing import NDArray
from PIL import Image

from formats.dataset import Dataset, Item
from formats.native import NAME, read
from formats.native import NativeOptions as Options
from prelabel.commands import run
from prelabel.frames import ClipWriter

__all__ = ["SIZE", "VideoJob", "clip", "dataset", "frames", "items", "journal", "pictures"]

SIZE = (128, 96)


def frames(count: int, seed: int = 0, speed: int = 2) -> Iterator[NDArray[np.uint8]]:
    """Pictures (H, W, 3) of coloured blocks that move to the right, `speed` pixels a frame."""
    width, height = SIZE
    blocks = np.random.default_rng(seed).integers(0, 2, (6, 8, 3), dtype=np.uint8) * 255
    ground = np.kron(blocks, np.ones((height // 6, width // 8, 1), dtype=np.uint8))
    for i in range(count):
        yield np.roll(ground, speed * i, axis=1)


def clip(path: Path, count: int = 24, seed: int = 0, speed: int = 2) -> Path:
    """A clip file of them, 25 frames a second."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with ClipWriter(path, SIZE, 25) as writer:
        for picture in frames(count, seed, speed):
            writer.write(picture)
    return path


def pictures(folder: Path, count: int = 12, seed: int = 0) -> Path:
    """The same as a folder of pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, picture in enumerate(frames(count, seed)):
        Image.fromarray(picture).save(folder / f"{i:04d}.png")
    return folder


def journal(out: Path) -> dict[str, dict[str, Any]]:
    """The lines of a job's journal, by name."""
    lines = (out / NAME).read_bytes().splitlines()[1:]
    return {line["path"]: line for line in map(json.loads, lines)}


def dataset(out: Path) -> Dataset:
    """The tracks of a job."""
    return read(out / "native", Options())


def items(out: Path) -> dict[str, Item]:
    """The frames of a job's tracks, by name."""
    return {item.path: item for item in dataset(out).items}


class VideoJob:
    """`prelabel video` with the tiny model; `flags` are those of every run."""

    def __init__(self, folder: Path, *flags: str, layers: int = 0, batch: int = 1) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.clips = folder / "clips"
        self.out = folder / "out"
        self.model = tiny_model.write(folder / "tiny.onnx", layers=layers, batch=batch)
        self.trace = folder / "trace.txt"
        self.flags = flags

    def arguments(self, *flags: str, source: object = None, out: object = None) -> list[str]:
        """The command line, without the program."""
        places = [str(source or self.clips), "--out", str(out or self.out)]
        return ["video", *places, "--model", str(self.model), *self.flags, *flags]

    def run(self, *flags: str, **places: object) -> int:
        """Run in this process; the exit code."""
        return run(self.arguments(*flags, **places))

    def start(self, *flags: str, pause: float = 0.0, **places: object) -> subprocess.Popen[str]:
        """Run in a process of its own that notes in `trace` what it looks at."""
        watched = [str(WATCHED), str(self.trace), str(pause), "0"]
        return subprocess.Popen(
            [sys.executable, *watched, *self.arguments(*flags, **places)],
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
