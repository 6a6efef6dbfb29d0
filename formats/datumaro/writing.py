"""A data set as Datumaro's JSON: a file for each split, and the pictures beside where wanted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain, count
from pathlib import Path
from typing import Any

from formats import files, staging
from formats.annotations import Annotation
from formats.dataset import Chunk, Dataset, Item
from formats.datumaro import fitting, layout
from formats.datumaro.annotations import annotation
from formats.datumaro.categories import POSITIONS
from formats.datumaro.fitting import HOLDS
from formats.datumaro.items import NAME, stem
from formats.datumaro.options import DatumaroOptions
from formats.datumaro.output import LOST, Output
from formats.errors import FormatError
from formats.losses import Losses
from formats.putting import Putter
from formats.sizing import Sizing
from formats.tracks import stills

__all__ = ["HOLDS", "write"]


def write(dataset: Dataset, path: Path, options: DatumaroOptions) -> Losses:
    """Write a ``.json`` file, or a folder with ``annotations/<split>.json``."""
    dataset = stills.of_frames(dataset)
    lone = path if path.suffix.lower() == ".json" else None
    opened = staging.opened(dataset, path, options, lone=lone is not None)
    with opened as (place, losses), ExitStack() as stack:
        staging.fill(_Writer(dataset, place, lone, options, losses, stack), dataset)
    return losses


class _Writer:
    """Writes the items of a data set, each to the file of its split, or all to a lone one."""

    def __init__(
        self,
        dataset: Dataset,
        place: Path,
        lone: Path | None,
        options: DatumaroOptions,
        losses: Losses,
        stack: ExitStack,
    ) -> None:
        self.dataset, self.place, self.lone = dataset, place, lone
        self.options, self.losses, self.stack = options, losses, stack
        self.outputs: dict[str, Output] = {}
        self.sizing = Sizing(options.sizes, dataset.root)
        self.putter = Putter(dataset.root, place, options.images)
        self.put: set[str] = set()

    def add(self, chunk: Chunk) -> None:
        """Write the items of a chunk."""
        table = fitting.fitted(chunk, self.options, self.losses)
        rows: dict[int, list[Annotation]] = {}
        for row in table.rows():
            rows.setdefault(row.image, []).append(row)
        for k, (item, looked) in enumerate(zip(chunk.items, chunk.looked, strict=True)):
            self._count(item, bool(looked))
            self._item(item, rows.get(k, []))

    def finish(self) -> None:
        """Write the file of a set without pictures; tell what is not there, or has no place."""
        self._count_classes()
        lost = sorted(LOST & self.dataset.extra.keys())
        self.losses.add("key of the whole data set", len(lost), "".join(lost[:1]))
        if not self.outputs:
            self._output("")
        if self.options.images != "none" and self.lone:
            self.losses.note("a lone file takes no pictures: a folder does")
        elif self.options.images != "none":
            self.putter.report(self.losses)

    def _count_classes(self) -> None:
        """Count what is said of the classes that Datumaro has no place for."""
        labels, losses = self.dataset.labels, self.losses
        odd = [label.name for label in labels if label.extra.keys() - {"color", POSITIONS}]
        losses.add("class with unknown keys", len(odd), "".join(odd[:1]))
        declared = [label.name for label in labels if any(label.attributes.values())]
        losses.add("class with attributes", len(declared), "".join(declared[:1]))

    def _output(self, split: str) -> Output:
        """The file of a split."""
        key = "" if self.lone else split
        if key not in self.outputs:
            name = f"{files.safe(split or layout.DEFAULT, 'split')}.json"
            if "/" in name.replace("\\", "/"):
                raise FormatError(f"the split {split!r} is no name of a file")
            place = self.place if self.lone else self.place / layout.FOLDER / name
            made = Output(place, self.dataset)
            self.outputs[key] = self.stack.enter_context(made)
        return self.outputs[key]

    def _item(self, item: Item, rows: list[Annotation]) -> None:
        output = self._output(item.split)
        size = self.sizing.of(item)
        extra = {key: value for key, value in item.extra.items() if key != NAME}
        told: dict[str, Any] = {"id": self._id(item, output)}
        told["annotations"] = list(self._annotations(item, rows, size))
        if item.id is not None:
            extra = {"id": item.id, **extra}
        if extra:
            told["attr"] = extra
        told["image"] = {"path": files.safe(item.path, item.path)}
        if size:
            told["image"]["size"] = [size[1], size[0]]
        output.add(told)
        self._put(item)

    def _annotations(
        self, item: Item, rows: list[Annotation], size: tuple[int, int] | None
    ) -> Iterator[dict[str, Any]]:
        free = count(max((row.group for row in rows if row.group > 0), default=0) + 1)
        for row in rows:
            found = list(fitting.parts(row, size, self.losses, item.path))
            group = fitting.group(found, free)
            yield from (annotation(part, group, self.losses, item.path) for part in found)

    def _id(self, item: Item, output: Output) -> str:
        """The id of an item: datumaro keeps one of those that share theirs."""
        own = item.extra.get(NAME)
        name = own if isinstance(own, str) and own else stem(item.path)
        if item.path in output.paths and self.options.on_collision == "error":
            what = f"two items are the picture {item.path}, of which datumaro keeps the last"
            raise FormatError(what, hint="--on-collision rename gives the later one a new id")
        tries = chain((name, item.path), (f"{name}-{n}" for n in count(2)))
        found = next(one for one in tries if one not in output.ids)
        output.ids.add(found)
        output.paths.add(item.path)
        return found

    def _put(self, item: Item) -> None:
        place = f"images/{item.split or layout.DEFAULT}/{item.path}"
        if self.options.images != "none" and not self.lone and place not in self.put:
            self.put.add(place)
            self.putter.put(item, place)

    def _count(self, item: Item, looked: bool) -> None:
        """Count what a picture has that Datumaro has no place for."""
        losses = self.losses
        losses.add("picture not looked at (written without objects)", not looked, item.path)
        losses.add("frame of a clip, written as a picture", item.frame is not None, item.path)
        told = not self.lone or item.split == layout.split_of(self.lone)
        losses.add("split", not told, item.split)
