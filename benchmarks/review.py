"""How early errors are found: by `prelabel review`, by score, at random.

`python -m benchmarks.review [--real-data DIR] [--scenes 200] [--seeds 5]`. Errors are planted in
the exact labels of drawn scenes and in coco_tiny38 (8 % of the objects: taken away, renamed, moved,
or a box of nothing beside them) and models are asked: the two built-in ones, or three of COCO. Of
the doubts, ordered by chance, precision is told among as many as there are errors, and the mean
precision over all of them. By score: what one model contradicts, its surest detections first. The
labels of COCO have errors of their own, which count as false here.

Then the same pictures as pre-labels of a model, half of them corrected: the share of all errors
that is gone after half of the seconds, for the order of the review, least mean score first, at
random, and for one who knows all. Last the lanes: how often more of the accepted pictures are wrong
than was asked for (.05), in drawn worlds of 700 pictures with 200 of them corrected.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import formats
from benchmarks import machine
from benchmarks.planted import KINDS, Model, Planted, detections, plant, scenes
from formats.dataset import Dataset
from geometry import boxes
from prelabel.commands import run
from prelabel.compare import match, panel
from prelabel.cost.edits import edits
from prelabel.cost.table import PRESETS
from prelabel.review import Review, Wishes, review

Named = tuple[str, Dataset]
Found = tuple[str, str, NDArray[np.float64]]
"""A doubt: path, kind, box (4,)."""

COCO = ("yolov8n_640_w16", "yolo11n_640_w16", "yolox_nano_416")
SHARE = 0.08
LEAST = 0.25
BOXES = Wishes(task="boxes")


def ours(found: Review) -> list[Found]:
    """The doubts of a review in their order."""
    return [(entry.path, doubt.kind, doubt.box) for entry, doubt in found.doubts()]


def by_score(labels: Dataset, model: Dataset) -> list[Found]:
    """What a model contradicts, its surest detections first; labels that it does not find last."""
    found: list[tuple[float, Found]] = []
    for picture in panel([("labels", labels), ("model", model)]).pictures:
        if any(item is None for item in picture.items):
            continue
        ours_, seen = (item.annotations for item in picture.items)
        seen = seen[seen.scores >= LEAST]
        pairs = match(seen, ours_, task="boxes")
        loose = pairs.same[pairs.same_likeness < 0.7]
        told = [("missed", k, seen.boxes[k]) for k in pairs.only_a.tolist()]
        told += [("class", a, ours_.boxes[b]) for a, b in pairs.other.tolist()]
        told += [("place", a, ours_.boxes[b]) for a, b in loose.tolist()]
        found += [(float(seen.scores[k]), (picture.path, kind, box)) for kind, k, box in told]
        found += [(0.0, (picture.path, "extra", ours_.boxes[k])) for k in pairs.only_b.tolist()]
    return [one for _, one in sorted(found, key=lambda pair: -pair[0])]


def right(found: Sequence[Found], planted: Sequence[Planted]) -> NDArray[np.bool_]:
    """(D,) which doubts are planted errors, each counted once."""
    by_picture: dict[str, list[int]] = {}
    for k, error in enumerate(planted):
        by_picture.setdefault(Path(error.path).name, []).append(k)
    taken: set[int] = set()
    hits = []
    for path, kind, box in found:
        near = [
            k
            for k in by_picture.get(Path(path).name, [])
            if planted[k].kind == kind and k not in taken and _same(planted[k], box)
        ]
        taken |= set(near[:1])
        hits.append(bool(near))
    return np.array(hits, dtype=bool)


def _same(error: Planted, box: NDArray[np.float64]) -> bool:
    least = 0.5 if error.kind == "missed" else 0.99
    return float(boxes.iou(error.box[None], box[None])[0, 0]) >= least


def figures(hits: NDArray[np.bool_], count: int) -> tuple[float, float, float]:
    """Precision among the first `count`, mean precision (0 for errors not found), recall."""
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    found = float((precision * hits).sum() / count)
    return float(hits[:count].sum() / count), found, float(hits.sum() / count)


def planted(name: str, truth: Dataset, models: Sequence[Named], seeds: int) -> None:
    """Print how early planted errors are found."""
    rows: dict[str, list[tuple[float, float, float]]] = {}
    kinds: dict[str, list[tuple[float, float, float]]] = {}
    for seed in range(seeds):
        bad, errors = plant(truth, seed, SHARE)
        found = ours(review(("labels", bad), models, wishes=BOXES))
        rows.setdefault("review", []).append(figures(right(found, errors), len(errors)))
        first = ours(review(("labels", bad), models[:1], wishes=BOXES))
        rows.setdefault("one model", []).append(figures(right(first, errors), len(errors)))
        naive = by_score(bad, models[0][1])
        rows.setdefault("by score", []).append(figures(right(naive, errors), len(errors)))
        mixed = [naive[k] for k in np.random.default_rng(seed).permutation(len(naive))]
        rows.setdefault("random", []).append(figures(right(mixed, errors), len(errors)))
        for kind in KINDS:
            some = [error for error in errors if error.kind == kind]
            hits = right([one for one in found if one[1] == kind], some)
            kinds.setdefault(kind, []).append(figures(hits, max(len(some), 1)))
    print(f"{name}: {len(errors)} errors planted, {len(models)} models, {seeds} seeds")
    print(f"  {'':10}{'precision':>10}{'mean':>8}{'recall':>8}")
    for way, told in {**rows, **kinds}.items():
        print(f"  {way:10}{np.mean(told, axis=0)[0]:10.3f}{np.mean(told, axis=0)[1]:8.3f}", end="")
        print(f"{np.mean(told, axis=0)[2]:8.3f}")


def work(pre: Dataset, truth: Dataset) -> dict[str, tuple[int, float, float]]:
    """By picture: errors, seconds of correction, mean score of what is shown."""
    told = {}
    for picture in panel([("pre", pre), ("truth", truth)]).pictures:
        if any(item is None for item in picture.items):
            continue
        found, exact = (item.annotations for item in picture.items)
        found = found[~(found.scores < LEAST)]
        made = edits(found, exact, task="boxes", size=picture.size)
        errors = len(made.deleted) + len(made.drawn) + len(made.relabelled)
        score = float(found.scores.mean()) if len(found) else 0.0
        told[picture.path] = (errors, float(PRESETS["boxes"].seconds(made.counts())), score)
    return told


def gone(order: Sequence[str], told: dict[str, tuple[int, float, float]]) -> float:
    """The share of errors that is gone after half of the seconds."""
    errors = np.cumsum([told[path][0] for path in order])
    seconds = np.cumsum([told[path][1] for path in order])
    return float(np.interp(seconds[-1] / 2, [0, *seconds], [0, *errors]) / errors[-1])


def ordering(name: str, truth: Dataset, models: Sequence[Named], seeds: int) -> None:
    """Print what half of the work achieves."""
    told, rows = work(models[0][1], truth), []
    items = list(truth.items)
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        half = set(rng.permutation(len(items))[: len(items) // 2].tolist())
        done = Dataset.of(truth.labels, [item for k, item in enumerate(items) if k in half])
        found = review(models[0], models[1:], ("corrected", done), BOXES)
        order = [entry.path for entry in found.entries]
        alone = review(models[0], (), ("corrected", done), BOXES)
        rows.append(
            (
                gone(order, told),
                gone([entry.path for entry in alone.entries], told),
                gone(sorted(order, key=lambda path: told[path][2]), told),
                np.mean([gone(list(rng.permutation(order)), told) for _ in range(50)]),
                gone(sorted(order, key=lambda p: -told[p][0] / max(told[p][1], 0.1)), told),
                sum(e.seconds for e in found.entries) / sum(told[path][1] for path in order),
            )
        )
    ways = ("review", "one model", "by score", "random", "who knows all", "seconds said / true")
    print(f"{name}: errors gone after half of the seconds, {seeds} seeds")
    for way, value in zip(ways, np.mean(rows, axis=0), strict=True):
        print(f"  {way:20}{value:8.3f}")


def accepting(seeds: int, voices: int, count: int = 700, known: int = 200) -> None:
    """Print how often the risk of accepting was worse than what was asked for."""
    fair = Model(recall=0.985, false=0.08, noise=0.02, misnamed=0.008, insight=5)
    rows = []
    for seed in range(seeds):
        truth = scenes(count, seed, objects=3.0)
        models = [(f"{k}", detections(truth, 1000 * k + seed, fair)) for k in range(1, voices + 1)]
        done = Dataset.of(truth.labels, list(truth.items)[:known])
        found = review(models[0], models[1:], ("corrected", done), BOXES)
        told = work(models[0][1], truth)
        wrong = {entry.path: told[entry.path][0] > 0 for entry in found.entries}
        lane = [wrong[entry.path] for entry in found.entries if entry.lane == "accept"]
        rate = float(np.mean([*wrong.values()]))
        rows.append((len(lane) / len(wrong), sum(lane) / max(len(lane), 1), rate))
    shares, risks, plain = np.array(rows).T
    print(f"lanes, {voices} models: {np.mean(plain):.3f} of all pictures have an error")
    print(f"  accepted {shares.mean():.2f}, {risks.mean():.4f} of them wrong", end="")
    print(f", above .05 in {(risks > 0.05).sum()} of {seeds} worlds")


def labelled(
    models: Sequence[tuple[str, Sequence[str]]], sources: Sequence[str], out: Path
) -> list[Named]:
    """What models see in some pictures down to a score of .01; arguments of their own by model."""
    found = []
    for k, (model, more) in enumerate(models):
        folder = out / str(k)
        arguments = ["label", *sources, "--model", model, *more, "--conf", ".01", "--to", "native"]
        if run([*arguments, "--out", str(folder)]):
            raise SystemExit(f"{model} failed")
        found.append((Path(model).stem, formats.read(folder / "native")))
    return found


def drawn(folder: Path, count: int) -> tuple[Dataset, list[Named]]:
    """Drawn scenes with exact labels, and what the built-in models see in them."""
    from prelabel import demo, weights

    truth = demo.prepare(folder / "scenes", count, 0, overwrite=True)
    models = [(str(weights.path(task)), ()) for task in ("pose", "segment")]
    return truth, labelled(models, [str(folder / "scenes" / "pictures")], folder)


def real(data: Path, folder: Path) -> tuple[Dataset, list[Named]]:
    """coco_tiny38, and what three models see in it."""
    path = data / "datasets" / "coco_tiny38"
    truth, names = formats.read(path), folder / "names.txt"
    folder.mkdir()
    names.write_text("".join(f"{label.name}\n" for label in truth.labels), encoding="utf-8")
    models = [
        (str(data / "models" / f"{m}.onnx"), ("--labels", str(names)) if "yolox" in m else ())
        for m in COCO
    ]
    return truth, labelled(models, [str(path / "images")], folder)


def main() -> None:
    """Print a table for each question."""
    parser = argparse.ArgumentParser(prog="benchmarks.review", description=__doc__)
    parser.add_argument("--real-data", type=Path, help="folder of the real models and pictures")
    parser.add_argument("--scenes", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=5)
    asked = parser.parse_args()
    print(machine.describe())
    with tempfile.TemporaryDirectory() as place:
        worlds = {"drawn scenes": drawn(Path(place), asked.scenes)}
        if asked.real_data:
            worlds["coco_tiny38"] = real(asked.real_data, Path(place) / "real")
        for name, (truth, models) in worlds.items():
            planted(name, truth, models, asked.seeds)
            ordering(name, truth, models, asked.seeds)
    for voices in (1, 2):
        accepting(4 * asked.seeds, voices)


if __name__ == "__main__":
    main()
