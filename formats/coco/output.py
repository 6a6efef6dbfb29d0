"""One COCO file that is being written: annotations as they come, then the images."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import orjson

from formats import files
from formats.coco import rows
from formats.coco.numbers import Clash, Numbers
from formats.dataset import Chunk, Item
from formats.errors import FormatError

if TYPE_CHECKING:
    from formats.coco.writing import Job

__all__ = ["Output"]

LISTS = ("images", "annotations", "categories")


class Output:
    """A context: the file is complete when the block ends without an error."""

    def __init__(
        self, path: Path, header: dict[str, Any], categories: list[dict[str, Any]], job: Job
    ) -> None:
        self.job, self.stream = job, files.create(path)
        self.next, first = job.first
        self.ids = Numbers(first, job.options.fix)
        self.entries: dict[int, bytes] = {}
        self.paths: dict[int, str] = {}
        self.given: set[int] = set()
        self.empty = True
        for key, value in header.items():
            if key not in LISTS:
                self._key(key, orjson.dumps(value))
        self._key("categories", b"[\n" + b",\n".join(map(orjson.dumps, categories)) + b"\n]")
        self.stream.write(b',\n"annotations": [')

    def _key(self, key: str, value: bytes) -> None:
        self.stream.write(b",\n" if self.stream.tell() else b"{\n")
        self.stream.write(orjson.dumps(key) + b": " + value)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        with self.stream:
            if kind is None:
                self.stream.write(b'\n],\n"images": [\n')
                self.stream.write(b",\n".join(self.entries.values()))
                self.stream.write(b"\n]\n}\n")
                self._finish()

    def _finish(self) -> None:
        zero, repeated = self.ids.check()
        losses = self.job.losses
        losses.warn("annotation id 0, which pycocotools takes for no match (--fix renumbers)", zero)
        losses.warn("annotation id that occurred before (--fix renumbers)", repeated)
        if self.ids.changed:
            losses.note(f"{len(self.ids.changed)} annotation ids were replaced; the map is beside")

    def lines(self, texts: Iterable[bytes]) -> None:
        """Annotations, one a line."""
        body = b",\n".join(texts)
        if body:
            self.stream.write((b"\n" if self.empty else b",\n") + body)
            self.empty = False

    def images(self, chunk: Chunk) -> list[int]:
        """The image id of every item of a chunk; the entries are kept for the end."""
        return [
            self._image(item, bool(looked))
            for item, looked in zip(chunk.items, chunk.looked, strict=True)
        ]

    def _image(self, item: Item, looked: bool) -> int:
        losses = self.job.losses
        losses.add("not looked at (written as an image without objects)", not looked, item.path)
        for name in ("annotator", "media", "frame", "time", "status"):
            losses.add(
                f"{name} of an image", bool(getattr(item, name) not in (None, "")), item.path
            )
        number = self._number(item)
        if number not in self.entries:
            self.entries[number] = orjson.dumps(rows.picture(item, number))
            self.paths[number] = item.path
        return number

    def _number(self, item: Item) -> int:
        """The item's id; a new one where it has none, or where it is taken and may be changed."""
        if item.id is not None and item.id in self.given:
            raise Clash
        if item.id is not None and self.paths.get(item.id, item.path) == item.path:
            return item.id
        if item.id is not None and not self.job.options.fix:
            other = self.paths[item.id]
            hint = "--fix renumbers, a folder as target keeps the splits apart"
            raise FormatError(f"the image id {item.id} is that of {other} too", item.path, hint)
        while self.next in self.entries:
            self.next += 1
        self.given.add(self.next)
        self.next += 1
        return self.next - 1
