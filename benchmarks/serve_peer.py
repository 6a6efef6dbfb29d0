"""Label Studio's /predict to `prelabel serve` and to label-studio-ml-backend, the same requests.

Three questions. One control: what the model's own time leaves between the two. Three controls, as
of a project that groups its classes: the peer runs the model for each of them. No model: a peer
that only opens the picture, beside us with a graph of three average pools; nobody finds anything.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from subprocess import Popen

from benchmarks import load, servers
from tests import tiny_model

CLIENTS = 8
SECONDS = 15.0
PLACES = ((2, 4), (1, 8))
"""The peer's workers and threads; the second is what its image starts."""
GROUPS = (("person", "dog"), ("car", "bus", "train"), ("chair", "bottle", "cup"))

Peer = AbstractContextManager[tuple[int, Popen[bytes]]]


def versus(asked: argparse.Namespace, model: Path, files: list[Path], scratch: Path) -> list[str]:
    """One line for each question; rates are medians of the rounds."""
    models = peer_models(asked.peer_python, model, scratch / "peer-models")
    one, three = [sum(GROUPS, ())], GROUPS
    tiny = tiny_model.write(scratch / "tiny.onnx")
    lines = [f"Label Studio's /predict, {CLIENTS} clients"]
    for name, ours, groups in (
        (f"one control, {model.stem}", model, one),
        (f"three controls, {model.stem}", model, three),
        ("no model", tiny, [tiny_model.NAMES]),
    ):
        least = 1.0 if ours is tiny else 0.25
        requests = [request(ours, path, groups, least) for path in files]
        mine = our_rates(ours, requests, files[0].parent, scratch, asked.rounds)
        theirs = peer_rates(asked, models, requests, scratch, null=ours is tiny)
        lines.append(f"  {name}: {told(mine, theirs)}")
    return lines


def our_rates(
    model: Path, requests: Sequence[load.Request], folder: Path, scratch: Path, rounds: int
) -> list[float]:
    """Tasks per second of each round, nothing remembered from the one before."""
    settings = {"PRELABEL_CACHE_MEMORY": "0", "PRELABEL_FOLDERS": str(folder)}
    rates = []
    for _ in range(rounds):
        with servers.prelabel(model, emptied(scratch / "ours"), settings) as (port, _process):
            load.once(port, requests[:2], 1)
            rates.append(load.once(port, requests[2:], CLIENTS).rate)
    return rates


def emptied(folder: Path) -> Path:
    """A folder with nothing in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def peer_rates(
    asked: argparse.Namespace,
    models: Path,
    requests: Sequence[load.Request],
    scratch: Path,
    *,
    null: bool,
) -> dict[str, list[float]]:
    """Tasks per second of each round, for each way to start the peer."""
    rates: dict[str, list[float]] = defaultdict(list)
    for _ in range(asked.rounds):
        for workers, threads in PLACES:
            with peer(asked, models, scratch, workers, threads, null=null) as (port, _process):
                load.run(port, requests[:8], 8, 5 if null else 20)
                rate = load.run(port, requests, CLIENTS, SECONDS).rate
                rates[f"{workers} x {threads}"].append(rate)
    return rates


def told(ours: Sequence[float], theirs: Mapping[str, Sequence[float]]) -> str:
    """Both rates and their ratio, the peer at its better setting."""
    best = max(statistics.median(rates) for rates in theirs.values())
    rate = statistics.median(ours)
    each = ", ".join(f"{name} {statistics.median(r):.2f}/s" for name, r in theirs.items())
    return f"prelabel {rate:.2f}/s, peer (workers x threads) {each}, ratio {rate / best:.2f}"


def peer(
    asked: argparse.Namespace,
    models: Path,
    scratch: Path,
    workers: int,
    threads: int,
    *,
    null: bool,
) -> Peer:
    """The peer's YOLO example, or the same framework with a model that does nothing."""
    start = servers.label_studio_ml_null if null else servers.label_studio_ml
    return start(asked.peer_python, asked.peer_repository, models, scratch, workers, threads)


def peer_models(python: Path, model: Path, folder: Path) -> Path:
    """The peer's folder of models: those it loads at its start, and the .onnx file."""
    command = [str(python), "-m", "benchmarks.peer_models", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    shutil.copyfile(model, folder / model.name)
    return folder


def request(
    model: Path, picture: Path, groups: Sequence[Sequence[str]], least: float
) -> load.Request:
    """/predict for one task whose picture is a file that both servers may read."""
    controls = "".join(control(model, i, names, least) for i, names in enumerate(groups))
    body = {
        "tasks": [{"id": 1, "data": {"image": str(picture)}}],
        "project": "1.1700000000",
        "label_config": f'<View><Image name="image" value="$image"/>{controls}</View>',
        "params": {"context": None},
    }
    return load.Request("/predict", json.dumps(body).encode())


def control(model: Path, number: int, names: Sequence[str], least: float) -> str:
    """Boxes of some classes with a score of `least` or more."""
    choices = "".join(f'<Label value="{name}"/>' for name in names)
    return (
        f'<RectangleLabels name="label{number}" toName="image" model_path="{model.name}" '
        f'model_score_threshold="{least}">{choices}</RectangleLabels>'
    )
