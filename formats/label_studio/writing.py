"""A data set as tasks to import: pictures with predictions of models or annotations of persons."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from formats import files, json_text, staging
from formats.annotations import Kind
from formats.dataset import Dataset, Item
from formats.label_studio import config, generated
from formats.label_studio.answers import Answers
from formats.label_studio.config import LabelConfig
from formats.label_studio.layout import CONFIG, TASKS, config_for
from formats.label_studio.options import LabelStudioOptions
from formats.label_studio.tasks import Head
from formats.label_studio.video import writing as video
from formats.losses import Losses

__all__ = ["HOLDS", "KINDS", "write"]

HOLDS = {
    **dict.fromkeys(("images", "kinds", "labels", "scores", "masks", "keypoint_scores"), 0.0),
    **dict.fromkeys(("boxes", "rotated", "rings", "keypoints"), 1e-9),
}
KINDS = frozenset({Kind.BOX, Kind.ROTATED, Kind.ELLIPSE, Kind.POLYGON, Kind.MASK, Kind.POINTS})
APART = "picture whose annotators do not stand together, in a task for each"


def write(dataset: Dataset, path: Path, options: LabelStudioOptions) -> Losses:
    """Write a ``.json`` file and its labeling config beside it, or a folder with both.

    FormatError where the size of a picture with objects is not known.
    """
    if path.suffix.lower() != ".json":
        with staging.opened(dataset, path, options) as (folder, losses):
            _fill(dataset, (folder / TASKS, folder / CONFIG), options, losses)
        return losses
    losses = Losses()
    with (
        files.replaced(path, overwrite=options.overwrite) as place,
        files.replaced(config_for(path), overwrite=options.overwrite) as labels,
    ):
        _fill(dataset, (place, labels), options, losses)
        staging.settle(dataset, path, options, losses)
    return losses


def _fill(
    dataset: Dataset,
    places: tuple[Path, Path],
    options: LabelStudioOptions,
    losses: Losses,
) -> None:
    given = options.label_config
    text = config.text_of(Path(given)) if given else ""
    known = config.parse(text, given) if given else None
    as_clips = video.holds_clips(dataset, known)
    if known is None:
        made = video.config_for(dataset, options) if as_clips else generated.for_dataset(dataset)
        text, known = made, config.parse(made, "generated label config")
    make = video.tasks if as_clips else _tasks
    answers = Answers(dataset, known, options, losses)
    with files.create(places[0]) as stream:
        start = b"[\n"
        for task in make(dataset, known, options, answers):
            stream.write(start + json_text.dumps(task))
            start = b",\n"
        stream.write(b"\n]\n" if start == b",\n" else b"[]\n")
    places[1].write_bytes(text.encode())


def _tasks(
    dataset: Dataset, known: LabelConfig, options: LabelStudioOptions, answers: Answers
) -> Iterator[dict[str, Any]]:
    """A task for every picture; its annotators are those of items that stand together."""
    head = Head(dataset, known, options)
    seen: set[str] = set()
    for _, group in groupby(enumerate(dataset.items), key=_same):
        items = [item for _, item in group]
        first = items[0]
        if first.annotator:
            answers.losses.warn(APART, int(first.path in seen), first.path)
            seen.add(first.path)
        size = head.size(first)
        task = head.of(first, size)
        for item in items:
            name, answer = answers.of(item, size)
            if name:
                task.setdefault(name, []).append(answer)
        yield task


def _same(entry: tuple[int, Item]) -> object:
    """Items of one picture by several annotators are one task; others stand alone."""
    number, item = entry
    return item.path if item.annotator else number
