"""The demo: drawn pictures and a clip, pre-labelled by the built-in model and scored.

It takes the path of a user's own model: files on disk, an .onnx file, `batch.run`, `formats`,
`evaluate`. The truth is exact, because the pictures are drawn.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import formats
from formats.dataset import Dataset, Item
from prelabel import batch, clips, scenes, truth, weights
from prelabel.errors import JobError
from prelabel.evaluate import Scores, score
from prelabel.job import Asked, Job, Spec

__all__ = ["FIRST_SEED", "Result", "label", "prepare"]

FIRST_SEED = 7_000_000
"""Seeds of the demo's scenes count from here; the built-in model was never trained on them."""

OUTPUTS = {"segment": ("coco", "yolo-seg"), "pose": ("coco", "yolo-pose")}
TASKS = {"segment": ("boxes", "masks"), "pose": ("keypoints",)}
MARKER = "pictures"


@dataclass(frozen=True, slots=True)
class Result:
    """What one of the two models found: its folder of outputs, and its scores by task."""

    task: str
    folder: Path
    scores: dict[str, Scores]


def prepare(folder: Path, scenes_wanted: int, frames: int, overwrite: bool) -> Dataset:
    """Draw the pictures into ``folder/pictures``; the exact truth, also written as COCO.

    JobError for a folder with content, unless it is an earlier demo's and `overwrite` is set.
    """
    _clear(folder, overwrite)
    items = list(_drawn(folder / "pictures", scenes_wanted, frames))
    exact = Dataset.of(truth.labels(), items, root=str(folder / "pictures"))
    formats.write(exact, folder / "truth", "coco")
    return exact


def _clear(folder: Path, overwrite: bool) -> None:
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not overwrite or not (folder / MARKER).is_dir():
        hint = "--overwrite, or another --out" if overwrite is False else "another --out"
        raise JobError("is not empty", where=folder, hint=hint)
    for name in (MARKER, "truth", *OUTPUTS):
        shutil.rmtree(folder / name, ignore_errors=True)


def _drawn(folder: Path, scenes_wanted: int, frames: int) -> Iterator[Item]:
    """Draw and write every picture; its item with the truth."""
    for i in range(scenes_wanted):
        yield _written(folder, f"scenes/{i:04d}.png", scenes.draw(FIRST_SEED + i))
    for name, scene in clips.names(clips.draw_clip(FIRST_SEED, frames)) if frames else ():
        yield _written(folder, f"clip/{name}", scene)


def _written(folder: Path, name: str, scene: scenes.Scene) -> Item:
    import cv2

    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    _, data = cv2.imencode(".png", scene.pixels[..., ::-1])
    path.write_bytes(data.tobytes())
    return Item(name, (scene.size, scene.size), scene.annotations)


def label(folder: Path, task: str, exact: Dataset) -> Result:
    """Pre-label ``folder/pictures`` with the built-in model of a task, as a user would.

    One run at a score of .25 for the outputs that are shown, scored as they are.
    """
    out = folder / task
    batch.run(
        Job(
            sources=(str(folder / "pictures"),),
            out=str(out),
            spec=Spec(model=str(weights.path(task))),
            targets=OUTPUTS[task],
            asked=Asked(polygons=1.0 if task == "segment" else None),
            preview=True,
        )
    )
    found = formats.read(out / "coco", "coco")
    scores = {name: score(found, exact, task=name, sigma=weights.OKS_SIGMA) for name in TASKS[task]}
    return Result(task, out, scores)
