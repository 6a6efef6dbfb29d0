"""COCO results: a list of detections, and beside it the images and categories it is about."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from formats import files, json_file, json_text, staging, unheld
from formats.coco import categories, layout, parsing, reading, rows
from formats.coco.numbers import Clash, Numbers
from formats.coco.options import CocoOptions, ResultsOptions
from formats.coco.writing import KINDS, beyond, cut
from formats.dataset import Chunk, Dataset, Item
from formats.errors import FormatError
from formats.losses import Losses
from formats.tracks import filling

__all__ = ["HOLDS", "read", "write"]

HOLDS = {
    **dict.fromkeys(("images", "kinds", "labels", "scores", "rings", "masks", "keypoints"), 0.0),
    **dict.fromkeys(("keypoint_scores", "rotated", "tracks"), 0.0),
    "boxes": 1e-9,
}
LEFT_OUT = ("id", "iscrowd", "area", "num_keypoints")


def _beside(path: Path) -> Path:
    return path.with_suffix(".images.json")


def read(path: Path, options: ResultsOptions) -> Dataset:
    """The data set of a list of results and of the file that has its images and categories."""
    losses = Losses()
    path = path / layout.RESULTS if path.is_dir() else path
    about = Path(options.categories) if options.categories else _beside(path)
    if not about.exists():
        raise FormatError(
            "a list of results has no images and categories of its own",
            where=path,
            hint="name a COCO file that has them: -o categories=FILE",
        )
    raw = json_file.document(path, losses)
    if isinstance(raw, dict):
        raise FormatError("an object, expected a list of results", where=path)
    file, *others = layout.found(about, options)
    if others:
        raise FormatError("several COCO files, expected one", where=about)
    part = reading.part(file, options, losses, need_objects=False)
    part.objects, part.looked = parsing.objects(raw, path, losses, key=""), True
    return reading.dataset([part], losses)


def write(dataset: Dataset, path: Path, options: ResultsOptions) -> Losses:
    """Write the list, and ``<name>.images.json`` beside it, which reading takes by itself.

    The target is a ``.json`` file, or a folder that gets ``results.json``.
    """
    dataset = filling.densified(dataset)
    try:
        return _attempt(dataset, path, options, 1)
    except Clash:
        return _attempt(dataset, path, options, beyond(dataset)[0])


def _attempt(dataset: Dataset, path: Path, options: ResultsOptions, first: int) -> Losses:
    if path.suffix.lower() != ".json":
        with staging.opened(dataset, path, options) as (folder, losses):
            place = folder / layout.RESULTS
            _fill(dataset, place, _beside(place), options, losses, first)
        return losses
    losses, beside = Losses(), _beside(path)
    with (
        files.replaced(path, overwrite=options.overwrite) as place,
        files.replaced(beside, overwrite=options.overwrite) as images,
    ):
        _fill(dataset, place, images, options, losses, first)
        staging.settle(dataset, path, options, losses)
    return losses


def _fill(
    dataset: Dataset,
    path: Path,
    beside: Path,
    options: CocoOptions,
    losses: Losses,
    first: int,
) -> None:
    numbers = categories.numbered(dataset.labels, losses)
    pictures = _Pictures(first)
    with files.create(path) as stream:
        start = b"[\n"
        for chunk in dataset.chunks():
            images = [pictures.number(item) for item in chunk.items]
            for line in _lines(chunk, images, numbers, options, losses):
                stream.write(start + line)
                start = b",\n"
        stream.write(b"\n]\n" if start == b",\n" else b"[]\n")
    about = {
        "images": list(pictures.entries.values()),
        "annotations": [],
        "categories": [
            categories.category(label, number)
            for label, number in zip(dataset.labels, numbers, strict=True)
        ],
    }
    beside.write_bytes(json_text.dumps(about))


class _Pictures:
    """The entries of the pictures by their ids: their own where stated, else counted."""

    def __init__(self, first: int) -> None:
        self.entries: dict[int, dict[str, Any]] = {}
        self._free, self._given = count(first), set[int]()

    def number(self, item: Item) -> int:
        """The id of a picture; Clash where one that was given is another's own."""
        number = item.id if item.id is not None else next(self._free)
        entry = rows.picture(item, number)
        if self.entries.setdefault(number, entry)["file_name"] != item.path:
            if item.id is None or number in self._given:
                raise Clash
            raise FormatError(f"the image id {number} is used twice", where=item.path)
        if item.id is None:
            self._given.add(number)
        return number


def _lines(
    chunk: Chunk, images: list[int], numbers: list[int], options: CocoOptions, losses: Losses
) -> Any:
    table = cut(chunk, options, losses)
    where = chunk.paths()
    unheld.report(table, HOLDS, losses, where)
    unheld.kinds(table, KINDS, losses, where)
    unheld.hidden(table, losses, where)
    bare = np.isnan(table.scores)
    what = "object with no score (1 is written, results need one)"
    unheld.count(losses.add, what, table, bare, where)
    scores = np.where(bare, 1.0, table.scores)
    plain = table.with_columns(
        scores=scores, flags=None, groups=None, attributes=None, extra=None, ids=None
    )
    ids = Numbers().take(None, len(plain))
    for line in rows.dicts(plain, chunk, ids, images, numbers, losses):
        yield json_text.dumps({k: v for k, v in line.items() if k not in LEFT_OUT and v != []})
