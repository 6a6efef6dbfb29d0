"""`prelabel serve` under closed-loop load, beside its lower bound and label-studio-ml-backend.

    python -m benchmarks.serve --real-data=DIR [--peer-python=FILE --peer-repository=DIR]

The bound is the best of bare `session.run` plus JPEG decoding, measured in the same rounds. The
server's prediction cache is off, so that every request is an inference.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen

from benchmarks import load, machine, serve_peer, servers
from benchmarks.bound import WAYS, Bound
from benchmarks.pictures import gather
from prelabel import weights

CLIENTS = (1, 8, 32)
SECONDS = 15.0
BLOCKED = 64
QUEUE, INSIDE = 64, 2
"""The server's queue limit in this measurement, and the requests that two cores work on."""


@dataclass
class Result:
    """What was measured of one model, a value for each round."""

    model: str
    bound: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    rates: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    slowest: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    refused: int = 0
    failed: int = 0

    def lines(self) -> list[str]:
        """The table of this model."""
        best = max(statistics.median(rates) for rates in self.bound.values())
        rows = [f"{self.model}: bound with JPEG decoding {best:.2f}/s"]
        for clients, rates in self.rates.items():
            rate, p99 = statistics.median(rates), statistics.median(self.slowest[clients])
            longest = 1.5 * (QUEUE + INSIDE) / rate
            rows.append(
                f"  {clients:2} clients {rate:7.2f}/s, share {rate / best:.3f}, "
                f"p99 {p99:.2f} s (at most {longest:.2f})"
            )
        return [*rows, f"  refused {self.refused}, failed {self.failed}"]


def measure(model: Path, pictures: list[bytes], scratch: Path, rounds: int) -> list[str]:
    """Bound and server in turns, then /health under load and the idle server."""
    result, bound = Result(model.stem), Bound(model, pictures)
    requests = [load.Request("/api/v1/predict", body, "image/jpeg") for body in pictures]
    settings = {"PRELABEL_CACHE_MEMORY": "0", "PRELABEL_QUEUE": str(QUEUE)}
    count = max(60, min(400, int(bound.rate(bound.one, 10, 1) * 12)))
    with servers.prelabel(model, scratch, settings) as (port, process):
        load.run(port, requests, 2, 2)
        for _ in range(rounds):
            for name, way in WAYS.items():
                result.bound[name].append(way(bound, count))
            for clients in CLIENTS:
                note(result, clients, load.run(port, requests, clients, SECONDS))
        return [*result.lines(), *calm(port, requests), *idle(process)]


def note(result: Result, clients: int, outcome: load.Outcome) -> None:
    """Keep the figures of one run."""
    result.rates[clients].append(outcome.rate)
    result.slowest[clients].append(load.percentile(outcome.seconds, 0.99))
    result.refused += outcome.refused
    result.failed += outcome.failed


def calm(port: int, requests: list[load.Request]) -> list[str]:
    """/health while many predictions are blocked."""
    crowd = threading.Thread(target=load.run, args=(port, requests, BLOCKED, 8.0))
    crowd.start()
    time.sleep(1.5)
    asked = load.run(port, [load.Request("/health")], 1, 5.0)
    crowd.join()
    p99 = 1000 * load.percentile(asked.seconds, 0.99)
    return [f"  /health with {BLOCKED} predictions blocked: p99 {p99:.1f} ms"]


def idle(process: Popen[bytes], seconds: float = 20.0) -> list[str]:
    """The share of one core that the server uses while nobody asks."""
    time.sleep(3)
    before = servers.processor_seconds(process)
    time.sleep(seconds)
    share = (servers.processor_seconds(process) - before) / seconds
    return [f"  idle: {100 * share:.2f} % of a core"]


def main() -> None:
    """Measure with nothing else running."""
    parser = argparse.ArgumentParser(prog="benchmarks.serve", description=__doc__)
    parser.add_argument("--real-data", type=Path, help="folder of the real models and pictures")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer-python", type=Path, help="interpreter with the peer's packages")
    parser.add_argument("--peer-repository", type=Path, help="checkout of the peer")
    asked = parser.parse_args()
    real = weights.path("segment"), weights.path("pose")
    models = list(real)
    if asked.real_data:
        models.insert(0, asked.real_data / "models" / "yolov8n_640_w16.onnx")
    print(machine.describe())
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        files = sorted(gather(scratch / "pictures", 200, asked.real_data).iterdir())
        pictures = [path.read_bytes() for path in files]
        for model in models:
            print(*measure(model, pictures, scratch, asked.rounds), sep="\n", flush=True)
        if asked.peer_python:
            print(*serve_peer.versus(asked, models[0], files, scratch), sep="\n", flush=True)
    print(f"load {machine.load():.1f}")


if __name__ == "__main__":
    main()
