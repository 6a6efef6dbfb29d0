"""Pull: the corrected annotations of a Label Studio project as a data set of any format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import formats
from formats.columns import nothing
from formats.dataset import Dataset
from formats.losses import Losses
from prelabel.clients.label_studio import LabelStudio, Project
from prelabel.errors import JobError

__all__ = ["FORMAT", "Counts", "Pull", "run"]

FORMAT = "label-studio"
"""The format of what Label Studio exports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """What was asked: the project's id, the format and place to write, options of both formats.

    `everything`: also tasks that nobody has annotated.
    """

    project: int
    to: str
    out: Path
    everything: bool = False
    reading: Mapping[str, Any] = field(default_factory=nothing)
    writing: Mapping[str, Any] = field(default_factory=nothing)


@dataclass(slots=True)
class Counts:
    """What was pulled: pictures, items (one for each annotator of a picture), objects."""

    pictures: int = 0
    items: int = 0
    annotators: int = 0
    objects: int = 0

    def __str__(self) -> str:
        found = asdict(self).items()
        return ", ".join(f"{n} {name if n != 1 else name.removesuffix('s')}" for name, n in found)


def run(pull: Pull, studio: LabelStudio) -> tuple[Counts, Losses]:
    """Export, read and write; what was pulled, and what the format cannot hold.

    The labeling config of the project says which classes there are, and in which order. JobError
    where there is nothing to pull; FetchError and FormatError as their names say.
    """
    format_ = formats.get(pull.to)
    project = studio.project(pull.project)
    with TemporaryDirectory(prefix="prelabel-") as folder:
        dataset = _read(pull, studio, project, Path(folder))
        counts = _counted(dataset)
        if not counts.items:
            raise _empty(project)
        losses = formats.write(dataset, pull.out, format_.name, pull.writing)
        losses.merge(dataset.losses)
    return counts, losses


def _read(pull: Pull, studio: LabelStudio, project: Project, folder: Path) -> Dataset:
    export, config = folder / "export.json", folder / "config.xml"
    studio.export(project.id, export, everything=pull.everything)
    config.write_text(project.config, encoding="utf-8")
    return formats.read(export, FORMAT, {"label_config": str(config), **pull.reading})


def _counted(dataset: Dataset) -> Counts:
    counts, paths, annotators = Counts(), set(), set()
    for item in dataset.items:
        paths.add(item.path)
        counts.items += 1
        if item.annotations is not None:
            annotators.add(item.annotator)
            counts.objects += len(item.annotations)
    counts.pictures, counts.annotators = len(paths), len(annotators)
    return counts


def _empty(project: Project) -> JobError:
    return JobError(
        "nobody has annotated a task yet",
        where=f"project {project.id} ({project.title})",
        hint="--everything takes tasks without annotations too",
    )
