"""`prelabel video` beside bare decoding and `session.run` (the bound), and its memory by length.

``python -m benchmarks.video [--real-data DIR] [--rounds 3]``. The bound decodes every frame to RGB
with PyAV alone and runs the graph on a prepared tensor, with as many threads as the job has; no
tensor is made of the frame, no output is read, nothing is tracked or written. The job's rate is
that of its steady phase (its own summary): frames, detections, journal. Making tracks and writing
formats come after it and stand beside it.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import av
import numpy as np

from benchmarks import machine
from benchmarks.bound import opened
from prelabel import clips, weights
from prelabel.frames import ClipWriter

LENGTHS = (300, 3000)
"""Frames of the two clips whose peak memory is compared."""


class Bound:
    """A clip and a graph: every frame is decoded, and the graph runs once for it."""

    def __init__(self, model: Path, clip: Path) -> None:
        self.model, self.clip = model, clip

    def rate(self, callers: int, threads: int) -> float:
        """Frames per second with so many callers, each with a session of so many threads."""
        session = opened(self.model, threads)
        tensor = session.get_inputs()[0]
        shape = [size if isinstance(size, int) else 1 for size in tensor.shape]
        inputs = {tensor.name: np.random.default_rng(0).random(shape, dtype=np.float32)}
        session.run(None, inputs)
        with av.open(str(self.clip)) as container, ThreadPoolExecutor(callers) as pool:
            container.streams.video[0].thread_type = "AUTO"
            decoded, lock = container.decode(video=0), threading.Lock()

            def work(_: int) -> int:
                done = 0
                while True:
                    with lock:
                        frame = next(decoded, None)
                        if frame is None:
                            return done
                        frame.to_ndarray(format="rgb24")
                    session.run(None, inputs)
                    done += 1

            start = time.perf_counter()
            frames = sum(pool.map(work, range(callers)))
            return frames / (time.perf_counter() - start)


WAYS = {"1 thread": (1, 1), "2 threads": (1, 2), "2 parallel runs": (2, 1)}


def measure(model: Path, clip: Path, scratch: Path, rounds: int) -> list[str]:
    """The table of one model and clip: medians over the rounds."""
    bound = Bound(model, clip)
    rates: dict[str, list[float]] = {}
    tracking: list[float] = []
    for _ in range(rounds):
        for name, (callers, threads) in WAYS.items():
            rates.setdefault(name, []).append(bound.rate(callers, threads))
        start = time.perf_counter()
        summary = job(model, clip, scratch)
        whole = time.perf_counter() - start
        rates.setdefault("prelabel video", []).append(summary["frames_per_second"])
        tracking.append(whole - summary["startup_seconds"] - summary["looking_seconds"])
    medians = {name: statistics.median(found) for name, found in rates.items()}
    best = max(medians[name] for name in WAYS)
    return [
        f"{model.stem} on {clip.name}: medians of {rounds} rounds, load {machine.load():.1f}",
        *(f"  {name:24} {rate:7.2f} frames/s" for name, rate in medians.items()),
        f"  share of the bound       {medians['prelabel video'] / best:.3f}",
        f"  start of Python, tracks and export {statistics.median(tracking):.1f} s",
    ]


def job(model: Path, clip: Path, scratch: Path) -> dict[str, Any]:
    """The summary of one run of the command."""
    summary, classes = scratch / "summary.json", scratch / "classes.txt"
    classes.write_text("".join(f"class{k}\n" for k in range(80)))
    named = ["--labels", str(classes)] if model.stem.startswith("yolox") else []
    run(model, clip, scratch, "--summary", str(summary), *named)
    found: dict[str, Any] = json.loads(summary.read_text())
    return found


def run(model: Path, clip: Path, scratch: Path, *flags: str) -> list[tuple[float, float]]:
    """Run the command; its resident memory as (seconds, MiB), some times a second."""
    command = [sys.executable, "-m", "prelabel", "video", str(clip), "--model", str(model)]
    options = ["--to", "mot,label-studio", "--out", str(scratch / "tracks"), "--overwrite"]
    process = subprocess.Popen(
        [*command, *options, *flags], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    start, found = time.perf_counter(), list[tuple[float, float]]()
    while process.poll() is None:
        found.append((time.perf_counter() - start, resident(process.pid)))
        time.sleep(0.1)
    if process.returncode:
        sys.exit(f"prelabel video ended with status {process.returncode}")
    return found


def peaks(model: Path, clip: Path, scratch: Path) -> tuple[float, float]:
    """MiB at most: while frames are looked at; at all, with the making of tracks and files."""
    summary = scratch / "summary.json"
    found = run(model, clip, scratch, "--summary", str(summary))
    told = json.loads(summary.read_text())
    looked = told["startup_seconds"] + told["looking_seconds"]
    return max(mib for at, mib in found if at < looked), max(mib for _, mib in found)


def resident(pid: int) -> float:
    """MiB of memory that a process holds, 0 once it has ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * resource.getpagesize() / 2**20


def growth(model: Path, scratch: Path) -> list[str]:
    """Peak memory at two lengths of a clip that repeats itself."""
    found = {n: peaks(model, drawn(scratch / f"{n}.mp4", n), scratch) for n in LENGTHS}
    lines = [f"{model.stem}: peak memory in MiB"]
    for n, (looking, whole) in found.items():
        lines.append(
            f"  {n:5,} frames  while looking {looking:.0f}, with tracks and files {whole:.0f}"
        )
    return lines


def drawn(path: Path, frames: int, size: int = 320) -> Path:
    """A drawn clip of 60 frames, forth and back as often as needed."""
    pictures = [scene.pixels for scene in clips.draw_clip(7_000_000, 60, size)]
    turn = [*pictures, *pictures[-2:0:-1]]
    with ClipWriter(path, (size, size), 25) as writer:
        for i in range(frames):
            writer.write(turn[i % len(turn)])
    return path


def main() -> None:
    """Measure with nothing else running; the load is part of the table."""
    parser = argparse.ArgumentParser(prog="benchmarks.video", description=__doc__)
    parser.add_argument("--real-data", type=Path, help="folder of the real models and clips")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-memory", action="store_true", help="leave out the long clips")
    asked = parser.parse_args()
    print(machine.describe())
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        built_in = weights.path("segment")
        pairs = [(built_in, drawn(scratch / "drawn.mp4", 300))]
        if asked.real_data:
            walking = asked.real_data / "video" / "pets_s2l1" / "people_walking.mp4"
            models = [asked.real_data / "models" / f"{name}.onnx" for name in REAL]
            pairs += [(model, walking) for model in models]
        for model, clip in pairs:
            print(*measure(model, clip, scratch, asked.rounds), sep="\n")
        if not asked.no_memory:
            print(*growth(built_in, scratch), sep="\n")


REAL = ("yolo11n_640_w16", "yolox_nano_416")

if __name__ == "__main__":
    main()
