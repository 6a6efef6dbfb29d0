"""The demo: drawn pictures and a clip, pre-labelled by the built-in model and scored.

It takes the path of a user's own model: files on disk, an .onnx file, `batch.run`, `formats`,
`evaluate`. The truth is exact, because the pictures are drawn.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import formats
from formats.annotations import Annotations
from formats.dataset import Dataset, Item
from formats.tracks import rows
from prelabel import batch, clips, scenes, truth, weights
from prelabel.errors import JobError
from prelabel.evaluate import Scores, score
from prelabel.job import Asked, Job, Spec

__all__ = ["FIRST_SEED", "Result", "Tracks", "label", "prepare", "track"]

FIRST_SEED = 7_000_000
"""Seeds of the demo's scenes count from here; the built-in model was never trained on them."""

OUTPUTS = {"segment": ("coco", "yolo-seg"), "pose": ("coco", "yolo-pose")}
TASKS = {"segment": ("boxes", "masks"), "pose": ("keypoints",)}
MARKER = "pictures"
VIDEO, CLIP, RATE = "video", "clip.mp4", 25
"""The folder of the tracks, the clip that they are of, and its frames per second."""
SLOWER = 3
"""So many times the frames of the pictures has the clip: objects move as slowly as in real ones."""
TRACKS = ("label-studio", "mot")


@dataclass(frozen=True, slots=True)
class Result:
    """What one of the two models found: its folder of outputs, and its scores by task."""

    task: str
    folder: Path
    scores: dict[str, Scores]


@dataclass(frozen=True, slots=True)
class Tracks:
    """What was found in the clip: its folder of outputs; objects that are in it, those that have a
    track; rows of tracks and the keyframes that say the same."""

    folder: Path
    objects: int
    found: int
    rows: int
    keyframes: dict[str, int]


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
    for name in (MARKER, "truth", VIDEO, *OUTPUTS):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / CLIP).unlink(missing_ok=True)


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


def track(folder: Path, frames: int) -> Tracks:
    """Make tracks of a clip of the same seed with the built-in model, as a user would.

    An object counts as found where a track of its class goes with it.
    """
    from prelabel.video import running
    from prelabel.video.job import VideoJob
    from prelabel.video.matching import matched
    from prelabel.video.options import Options, Tracking

    clip = clips.draw_clip(FIRST_SEED, frames)
    _write_clip(folder / CLIP, clip)
    spec = Spec(model=str(weights.path("segment")))
    out = folder / VIDEO
    job = VideoJob(
        clips=(str(folder / CLIP),),
        out=str(out),
        spec=spec,
        targets=TRACKS,
        options=Options(tracking=Tracking(drop_blips=True)),
        preview=True,
    )
    report = running.run(job)
    exact, found = _table(clip), _all(formats.read(out / "native"))
    pairs = matched(exact, found)
    return Tracks(
        out, len(set(rows.ids(exact).tolist())), len(pairs), report.rows.total(), report.keyframes
    )


def _write_clip(path: Path, clip: clips.Clip) -> None:
    from prelabel.frames import ClipWriter

    with ClipWriter(path, (clip.size, clip.size), RATE) as writer:
        for scene in clip:
            writer.write(scene.pixels)


def _table(clip: clips.Clip) -> Annotations:
    """The exact tracks of a clip, `images` the frame."""
    tables = [truth.table(scene) for scene in clip]
    numbered = [t.with_columns(images=np.full(len(t), i)) for i, t in enumerate(tables)]
    return Annotations.concat(numbered)


def _all(dataset: Dataset) -> Annotations:
    from formats.tracks.clip import clips as clips_of

    return clips_of(dataset)[0].table
