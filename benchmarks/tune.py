"""Seconds of correction per picture: thresholds of least cost beside fixed and F1-optimal ones.

`python -m benchmarks.tune --real-data DIR [--repeats 50]`. Each model labels coco_tiny38 down to a
score of .01; its truth stands for what people corrected it to. 5-fold cross-validation, repeated
with seeds from 0: every picture is shown what the other pictures taught. A detection is right at
IoU .9 and worth adjusting at .5; crowds are left out. Three cost tables: verify, adjust, delete,
draw = 1 / 3 / 1.5 / 7, 1.7 / 8 / 1.5 / 25.5 and 3 / 15 / 2 / 79 seconds; another class costs 2, 3
and 4 seconds (with another outline also what adjusting costs).

Intervals: 95 %, by a bootstrap over pictures of the paired difference. Aims: never worse than the
best of the three rivals by more than 1 s or 2 %; better than each by 5 % at 25.5 s, 15 % at 79 s.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from pathlib import Path

import formats
from benchmarks import machine
from formats.dataset import Dataset
from prelabel.commands import run
from prelabel.compare import panel
from prelabel.cost.table import PRESETS
from prelabel.tune.replay import Replay
from prelabel.tune.saved import saved
from prelabel.tune.trial import NONE, RIVALS, TUNED, Trial, trials

MODELS = ("yolov8n_640_w16", "yolo11n_640_w16", "yolox_nano_416")
TABLES = {name: PRESETS[name] for name in ("clicks", "boxes", "polygons")}
LEAST = {"clicks": -math.inf, "boxes": 0.05, "polygons": 0.15}
"""Share of the seconds that must be saved over each rival."""


def predictions(model: Path, truth: Path, folder: Path) -> Dataset:
    """All that a model sees in the pictures, down to .01."""
    names = folder / "names.txt"
    labels = formats.read(truth).labels
    names.write_text("".join(f"{label.name}\n" for label in labels), encoding="utf-8")
    named = ("--labels", str(names)) if model.stem.startswith("yolox") else ()
    sources = sorted(str(path) for path in truth.glob("instances_*.json"))
    out = folder / model.stem
    arguments = ("label", *sources, "--model", str(model), *named, "--conf", ".01")
    if run([*arguments, "--to", "native", "--out", str(out)]):
        raise SystemExit(f"{model} failed")
    return formats.read(out / "native")


def replay(found: Dataset, truth: Dataset) -> tuple[Replay, list[str]]:
    """The pictures, ready for trials, and the names of their classes."""
    side_by_side = panel([("model", found), ("truth", truth)])
    block = side_by_side.pictures.block(0, len(side_by_side.pictures))
    ours, theirs = block.tables
    played = Replay.of(ours, theirs, len(block), size=block.sizes, task="boxes")
    return played, [label.name for label in side_by_side.labels]


def show(name: str, trial: Trial) -> bool:
    """One line for a cost table; whether its aims are reached."""
    own = trial.seconds(TUNED)
    means = {way: trial.seconds(way).mean() for way in (NONE, *RIVALS)}
    best = min(means[way] for way in RIVALS)
    good = own.mean() <= best + max(1.0, 0.02 * best)
    line = f"  {name:9}" + "".join(f"{figure:9.1f}" for figure in means.values())
    print(f"{line}{own.mean():9.1f}", end="  ")
    for way in RIVALS:
        share = saved(own, trial.seconds(way))
        good &= share.value >= LEAST[name]
        print(f"{share.value:6.1%} ({share.low:.1%}..{share.high:.1%})", end="")
    print("  reached" if good else "  NOT REACHED", flush=True)
    return bool(good)


def main() -> None:
    """Print a table for each model."""
    parser = argparse.ArgumentParser(prog="benchmarks.tune", description=__doc__)
    parser.add_argument("--real-data", type=Path, required=True)
    parser.add_argument("--repeats", type=int, default=50)
    asked = parser.parse_args()
    print(machine.describe())
    annotations = asked.real_data / "datasets" / "coco_tiny38" / "annotations"
    ways = "".join(f"{way[-8:]:>9}" for way in (NONE, *RIVALS, TUNED))
    good = True
    with tempfile.TemporaryDirectory() as folder:
        for model in MODELS:
            path = asked.real_data / "models" / f"{model}.onnx"
            found = predictions(path, annotations, Path(folder))
            played, labels = replay(found, formats.read(annotations))
            print(f"{model}, {played.count} pictures, {len(played.true_labels)} objects")
            print(f"  {'seconds':9}{ways}  saved over {', '.join(RIVALS)}")
            for name, trial in trials(played, labels, TABLES, repeats=asked.repeats).items():
                good &= show(name, trial)
    print("all aims reached" if good else "not all aims reached")


if __name__ == "__main__":
    main()
