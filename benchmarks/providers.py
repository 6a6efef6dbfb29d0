"""Every provider that works on this machine: bare runs at growing batches, and `prelabel label`.

    python -m benchmarks.providers [--real-data=DIR] [--model=FILE ...]

Bare runs go one after another on a prepared tensor, as the batcher makes them; the first run of a
batch of a new size is shown apart, because it chooses kernels. Memory of a GPU is what nvidia-smi
counts for the whole card after these runs, whose memory onnxruntime keeps, less what was in use
before; that of the first model holds CUDA's own as well.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import machine
from benchmarks.pictures import gather
from prelabel import providers, weights
from prelabel.batching import batch_axis
from prelabel.errors import ModelError
from prelabel.session import Session, open_session

BATCHES = (1, 4, 8, 16, 32)
SECONDS, ROUNDS, PICTURES = 1.0, 3, 400


@dataclass(frozen=True)
class Run:
    """Bare runs of one batch size: the first in milliseconds, pictures per second of the rest."""

    batch: int
    first: float
    rate: float


def main() -> None:
    """One table for each model."""
    parser = argparse.ArgumentParser(prog="benchmarks.providers", description=__doc__)
    parser.add_argument("--real-data", type=Path, help="folder of the real models and pictures")
    parser.add_argument("--model", type=Path, action="append", help="in place of the usual ones")
    asked = parser.parse_args()
    models = asked.model or [weights.path("segment"), weights.path("pose")]
    if asked.real_data and not asked.model:
        models.append(asked.real_data / "models" / "yolov8n_640_w16.onnx")
    print(machine.describe())
    with tempfile.TemporaryDirectory() as folder:
        pictures = gather(Path(folder) / "pictures", PICTURES, asked.real_data)
        for model in models:
            for line in compared(model, pictures, Path(folder) / "out"):
                print(line, flush=True)


def compared(model: Path, pictures: Path, out: Path) -> Iterator[str]:
    """The lines of one model: what each provider does, and how far it is from the CPU."""
    cpu = open_session(model, provider="cpu")
    for name in reversed(providers.PROVIDERS):
        before = memory()
        try:
            session = open_session(model, provider=name)
        except ModelError as error:
            yield f"{model.stem}, {name}: {error.what}"
            continue
        yield f"{model.stem}, {name}: at most {difference(session, cpu):.2g} from the CPU"
        for each in runs(session):
            yield f"  batch {each.batch:2} {each.rate:9.1f}/s, first run {each.first:7.1f} ms"
        yield f"  memory of the GPU {memory() - before} MiB"
        session.close()
        yield f"  prelabel label {labelled(model, pictures, name, out):.1f}/s"


def inputs(session: Session, batch: int) -> dict[str, np.ndarray]:
    """Random pictures in the shape of the graph's only input."""
    (tensor,) = session.graph.inputs
    sides = [size or 640 for size in tensor.sizes[1:]]
    random = np.random.default_rng(0).random((batch, *sides), dtype=np.float32)
    return {tensor.name: random.astype(tensor.dtype)}


def difference(session: Session, cpu: Session) -> float:
    """The largest difference of any output, as a share of that output's largest value."""
    batch = batch_axis(session.graph) or 1
    pairs = zip(*(each.run(inputs(each, batch)) for each in (session, cpu)), strict=True)
    return max(float(np.abs(a - b).max() / max(np.abs(b).max(), 1e-9)) for a, b in pairs)


def runs(session: Session) -> Iterator[Run]:
    """Bare runs at every batch size that the graph takes."""
    fixed = batch_axis(session.graph)
    for batch in [fixed or 1] if fixed != 0 else BATCHES:
        tensors = inputs(session, batch)
        start = time.perf_counter()
        session.run(tensors)
        first = time.perf_counter() - start
        rates = [batch * rate(session, tensors) for _ in range(ROUNDS)]
        yield Run(batch, 1e3 * first, statistics.median(rates))


def rate(session: Session, tensors: dict[str, np.ndarray]) -> float:
    """Runs per second, one after another; each ends with its outputs in this process' memory."""
    count, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < SECONDS:
        session.run(tensors)
        count += 1
    return count / spent


def labelled(model: Path, pictures: Path, provider: str, out: Path) -> float:
    """Pictures per second of the steady phase of `prelabel label`."""
    summary = out.with_suffix(".json")
    command = [sys.executable, "-m", "prelabel", "label", str(pictures), "--model", str(model)]
    options = ["--provider", provider, "--out", str(out), "--overwrite", "--summary", str(summary)]
    subprocess.run([*command, *options], check=True, capture_output=True)
    told = json.loads(summary.read_text())
    assert told["provider"] == provider
    return told["pictures_per_second"]


def memory() -> int:
    """MiB of the first GPU that are in use; 0 where there is none."""
    if not shutil.which("nvidia-smi"):
        return 0
    asked = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits"]
    return int(subprocess.run(asked, check=True, capture_output=True, text=True).stdout.split()[0])


if __name__ == "__main__":
    main()
