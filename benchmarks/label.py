"""`prelabel label` beside bare `session.run` (the bound) and ultralytics' predict, in turns.

Every round measures each of them once; the table states medians over the rounds. The rate of
`prelabel label` is that of its steady phase (its own summary); start-up stands beside it.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import machine
from benchmarks.bound import WAYS, Bound

__all__ = ["Result", "measure"]

PEER_THREADS = (1, 2)


@dataclass
class Result:
    """Rates in pictures per second by contestant, a value for each round; `loads` beside them."""

    model: str
    rates: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    startup: list[float] = field(default_factory=list)
    loads: list[float] = field(default_factory=list)

    def median(self, name: str) -> float:
        """The median rate of one contestant."""
        return statistics.median(self.rates[name])

    @property
    def bound(self) -> float:
        """The best of the bare ways, by its median."""
        return max(self.median(way) for way in WAYS)

    @property
    def peer(self) -> float:
        """ultralytics at its best thread setting; NaN where it is not installed."""
        rates = [self.median(n) for n in self.rates if n.startswith("ultralytics")]
        return max(rates, default=float("nan"))

    def lines(self) -> list[str]:
        """The table of this model."""
        ours = self.median("prelabel label")
        rows = [f"  {name:24} {self.median(name):7.2f} pictures/s" for name in self.rates]
        return [
            (
                f"{self.model}: medians of {len(self.loads)} rounds, "
                f"load {min(self.loads):.1f} to {max(self.loads):.1f}"
            ),
            *rows,
            f"  start-up of prelabel label  {statistics.median(self.startup):.2f} s",
            f"  share of the bound       {ours / self.bound:.3f}",
            f"  beside ultralytics       {ours / self.peer:.2f} (nan: not installed)",
        ]


def measure(model: Path, pictures: Path, scratch: Path, rounds: int) -> Result:
    """All contestants over the same pictures, in turns."""
    result, bound = Result(model.stem), Bound(model)
    count = max(60, min(200, int(bound.rate(bound.one, 10, 1) * 12)))
    for _ in range(rounds):
        for name, way in WAYS.items():
            result.rates[name].append(way(bound, count))
        summary = label(model, pictures, scratch)
        result.rates["prelabel label"].append(summary["pictures_per_second"])
        result.startup.append(summary["startup_seconds"])
        for threads in PEER_THREADS if machine.installed("ultralytics") != "absent" else ():
            rate = peer(model, pictures, threads)
            result.rates[f"ultralytics {threads} thread(s)"].append(rate)
        result.loads.append(machine.load())
    return result


def label(model: Path, pictures: Path, scratch: Path) -> dict[str, float]:
    """The summary of one run of the command."""
    summary = scratch / "summary.json"
    command = [sys.executable, "-m", "prelabel", "label", str(pictures), "--model", str(model)]
    options = ["--to", "coco", "--out", str(scratch / "labels"), "--overwrite"]
    quietly([*command, *options, "--summary", str(summary)])
    found: dict[str, float] = json.loads(summary.read_text())
    return found


def peer(model: Path, pictures: Path, threads: int) -> float:
    """Pictures per second of ultralytics' predict in a process of its own."""
    arguments = [str(model), str(pictures), str(threads)]
    done = quietly([sys.executable, "-m", "benchmarks.peer_ultralytics", *arguments])
    return float(done.stdout.split()[-1])


def quietly(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command; its error text is shown when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    return done
