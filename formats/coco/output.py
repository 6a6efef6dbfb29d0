"""One COCO file that is being written: annotations as they come, then the images."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from formats import files, json_text
from formats.coco import rows, videos
from formats.coco.numbers import Clash, Numbers
from formats.dataset import Chunk, Item
from formats.errors import FormatError
from formats.tracks.clip import time_of

if TYPE_CHECKING:
    from formats.coco.writing import Job

__all__ = ["Output"]

STEADY = 1e-6
"""Seconds up to which a time is the one that the clip's rate tells."""
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
        self.videos: set[int] = set()
        self.empty = True
        for key, value in header.items():
            if key not in LISTS:
                self._key(key, json_text.dumps(value))
        self._key("categories", b"[\n" + b",\n".join(map(json_text.dumps, categories)) + b"\n]")
        self.stream.write(b',\n"annotations": [')

    def _key(self, key: str, value: bytes) -> None:
        self.stream.write(b",\n" if self.stream.tell() else b"{\n")
        self.stream.write(json_text.dumps(key) + b": " + value)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        with self.stream:
            if kind is None:
                self.stream.write(b'\n],\n"images": [\n')
                for k, entry in enumerate(self.entries.values()):
                    self.stream.write(b",\n" + entry if k else entry)
                self.stream.write(b"\n]")
                if self.videos:
                    listed = videos.entries(self.job.dataset, sorted(self.videos))
                    self._key(videos.KEY, json_text.dumps(listed))
                self.stream.write(b"\n}\n")
                self._finish()

    def _finish(self) -> None:
        zero, repeated = self.ids.check()
        losses = self.job.losses
        losses.warn("annotation id 0, which pycocotools takes for no match (--fix renumbers)", zero)
        losses.warn("annotation id that occurred before (--fix renumbers)", repeated)
        if self.ids.changed:
            count = len(self.ids.changed)
            were = "id was" if count == 1 else "ids were"
            losses.note(f"{count:,} annotation {were} replaced; the map is beside")

    def lines(self, texts: Iterable[bytes]) -> None:
        """Annotations, one a line."""
        body = b",\n".join(texts)
        if body:
            self.stream.write(b"\n" if self.empty else b",\n")
            self.stream.write(body)
            self.empty = False

    def images(self, chunk: Chunk) -> list[int]:
        """The image id of every item of a chunk; the entries are kept for the end."""
        return [
            self._image(item, bool(looked))
            for item, looked in zip(chunk.items, chunk.looked, strict=True)
        ]

    def _image(self, item: Item, looked: bool) -> int:
        losses = self.job.losses
        unseen = "picture not looked at (written as an image without objects)"
        losses.add(unseen, not looked, item.path)
        for name in ("annotator", "status"):
            losses.add(f"{name} of an image", bool(getattr(item, name)), item.path)
        of_clip = item.media is not None
        losses.add("frame of an image without its clip", item.frame is not None and not of_clip)
        losses.add("clip of an image without its frame", of_clip and item.frame is None)
        losses.add("time of an image", int(self._is_timed(item)), item.path)
        if item.media is not None:
            self.videos.add(item.media)
        number = self._number(item)
        if number not in self.entries:
            told = rows.picture(item, number) | videos.frame_keys(self.job.dataset, item)
            # a copy: orjson's own text keeps the 4 KiB that it began with
            self.entries[number] = bytes(memoryview(json_text.dumps(told)))
            self.paths[number] = item.path
        return number

    def _is_timed(self, item: Item) -> bool:
        """Whether an item has a time that its clip does not tell."""
        if item.time is None or item.media is None or item.frame is None:
            return item.time is not None
        told = time_of(self.job.dataset.media[item.media], item.frame)
        return told is None or abs(told - item.time) > STEADY

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
