"""Milliseconds per frame of the tracker at 10, 50, 100 and 300 objects, beside `trackers`.

`python -m benchmarks.tracker_speed --peer PYTHON`: PYTHON is an interpreter that has `trackers`
2.6.1. Boxes move evenly in a picture that grows with their number, so that the crowd is as dense at
every number; detections are jittered, a tenth is missing, a third is of the lower band. Median CPU
time of the updates, both in the same run, one after the other and once more.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks import machine
from formats.annotations import Annotations
from prelabel.tracker import Tracker

OBJECTS = (10, 50, 100, 300)
FRAMES = 200
RATE = 25.0
PEER = Path(__file__).with_name("peer_trackers.py")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="benchmarks.tracker_speed", description=__doc__)
    parser.add_argument("--peer", type=Path, help="interpreter with trackers")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for count in OBJECTS:
            np.savez(folder / f"{count}.npz", **walked(count), count=FRAMES)
        rounds = [measured(folder, asked.peer) for _ in range(2)]
    print(f"{machine.describe()}, load {machine.load():.1f}; ms per frame, two rounds")
    for name in rounds[0]:
        cells = [f"{r[name][str(n)]:.2f}" for n in OBJECTS for r in rounds]
        print(f"  {name:12}" + "".join(f"{cell:>8}" for cell in cells))


def walked(count: int) -> dict[str, np.ndarray]:
    """Detections of `count` objects that walk about."""
    rng = np.random.default_rng(count)
    side = 200 * np.sqrt(count)
    place, speed = rng.uniform(0, side, (count, 2)), rng.normal(0, 40, (count, 2))
    size = rng.uniform((20, 50), (50, 120), (count, 2))
    frames, found, scores = [], [], []
    for frame in range(FRAMES):
        seen = rng.random(count) < 0.9
        middle = (place + speed * frame / RATE + rng.normal(0, 1.5, (count, 2)))[seen]
        sides = (size * rng.normal(1, 0.03, (count, 2)))[seen]
        frames.append(np.full(seen.sum(), frame))
        found.append(np.hstack([middle - sides / 2, middle + sides / 2]))
        strong = rng.random(seen.sum()) < 2 / 3
        scores.append(np.where(strong, rng.uniform(0.7, 0.95), rng.uniform(0.2, 0.5)))
    whole = (np.concatenate(part) for part in (frames, found, scores))
    return dict(zip(("frames", "boxes", "scores"), whole, strict=True))


def measured(folder: Path, peer: Path | None) -> dict[str, dict[str, float]]:
    """Median milliseconds by name and number of objects."""
    results = {"ours": {str(count): ours(folder / f"{count}.npz") for count in OBJECTS}}
    if peer is not None:
        told = subprocess.run([peer, PEER, "speed", folder], check=True, capture_output=True)
        results |= json.loads(told.stdout)
    return results


def ours(file: Path) -> float:
    """Median milliseconds of an update, everything that a caller waits for."""
    found = np.load(file)
    whole = Annotations.of(images=found["frames"], boxes=found["boxes"], scores=found["scores"])
    bounds = np.searchsorted(whole.images, np.arange(FRAMES + 1))
    tables = [whole[a:b] for a, b in itertools.pairwise(bounds)]
    follow, spent = Tracker(), []
    for frame, table in enumerate(tables):
        start = time.thread_time()
        follow.update(frame, frame / RATE, table)
        spent.append(time.thread_time() - start)
    return statistics.median(spent) * 1e3


if __name__ == "__main__":
    main()
