"""Writing: a chunk's table becomes label files, and the whole a set that ultralytics loads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from formats import clip_list, staging
from formats.dataset import Chunk, Dataset, Item
from formats.errors import FormatError
from formats.losses import Losses
from formats.namesakes import Namesakes
from formats.pipeline import in_order
from formats.putting import Putter
from formats.sizing import Sizing
from formats.tracks import stills
from formats.yolo import skeletons
from formats.yolo.beside import Beside
from formats.yolo.config import DATA_YAML, KNOWN
from formats.yolo.label_files import Job, LabelFiles
from formats.yolo.options import YoloOptions
from formats.yolo.paths import label_file
from formats.yolo.placing import Placing
from formats.yolo.task import Task

__all__ = ["write"]

DOWNLOAD = "download"
"""Where the loader gets the set of the source, or how: not this one."""


def write(task: Task, dataset: Dataset, path: Path, options: YoloOptions) -> Losses:
    """Write a data set as label files, lists and a data.yaml; what could not be held."""
    if options.tree == "darknet" and task.name != "detect":
        raise FormatError("Darknet's layout holds boxes alone", where=path, hint="--to yolo")
    dataset = stills.of_frames(dataset)
    with staging.opened(dataset, path, options) as (folder, losses):
        writer = _Writer(task, dataset, folder, options, losses)
        writer.fill(dataset.chunks())
        writer.finish()
    return losses


class _Writer:
    """One set in the making."""

    def __init__(
        self, task: Task, dataset: Dataset, folder: Path, options: YoloOptions, losses: Losses
    ) -> None:
        self.task, self.dataset, self.folder = task, dataset, folder
        self.options, self.losses = options, losses
        self.keypoints = skeletons.count(dataset) if task.name == "pose" else 0
        self.placing = Placing(options.tree)
        self.places = Namesakes(options.on_collision, label_file)
        self.putter = Putter(dataset.root, folder, options.images)
        self.beside = Beside(folder, options.tree)
        self.frames = clip_list.Frames()
        self.sizing = Sizing(options.sizes, dataset.root)

    def fill(self, chunks: Iterable[Chunk]) -> None:
        """Write the label files of all chunks."""
        files_ = LabelFiles(self.task, self.folder, self.options, self.keypoints)
        for done in in_order(files_.write, map(self._job, chunks), self.options.workers):
            self.losses.merge(done.losses)
            for line in done.scores:
                self.beside.scores(line)

    def _job(self, chunk: Chunk) -> Job:
        """Give the pictures of a chunk their places, and put them there."""
        items = [self.sizing.sized(item) for item in chunk.items]
        places = [self._place(item) for item in items]
        sizes = replace(chunk, items=items).sizes()
        for item, (picture, _) in zip(items, places, strict=True):
            self.putter.put(item, picture)
            self.beside.picture(picture, item)
            self.frames.add(picture, item)
        paths = [item.path for item in items]
        return Job(chunk.annotations, paths, sizes, chunk.looked.tolist(), places)

    def _place(self, item: Item) -> tuple[str, str]:
        """The places of a picture and of its label file."""
        return self.places.keyed(self.placing.place(item), item.path)

    def finish(self) -> None:
        """Write the lists, the data.yaml and the maps."""
        labels = self.dataset.labels
        skeleton: dict[str, Any] = {}
        if self.keypoints:
            skeleton = {
                "kpt_shape": [self.keypoints, 3],
                "flip_idx": skeletons.flip(
                    labels, self.keypoints, self.losses, self.options.flip_idx
                ),
            }
            if names := skeletons.names(labels):
                skeleton["kpt_names"] = names
        further = {**skeleton, **self._further()}
        self.beside.finish(self.task.name, labels, further, self.places, self.losses)
        self.frames.write(self.folder, self.dataset.media)
        self.putter.report(self.losses)

    def _further(self) -> dict[str, Any]:
        """What else the data.yaml of the source said; what the set is not any more is counted."""
        stated = self.dataset.extra.get(DATA_YAML, {})
        told = stated if isinstance(stated, dict) else {DATA_YAML: stated}
        held = {k: v for k, v in told.items() if k not in KNOWN | {DOWNLOAD, DATA_YAML}}
        kept = {} if self.options.tree == "darknet" else held
        lost = told.keys() - kept.keys()
        self.losses.add("key of a data.yaml", len(lost), min(lost, default=""))
        return kept
