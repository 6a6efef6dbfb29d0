"""Pictures as the frames of a clip, for formats that know nothing but clips."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from formats.dataset import Chunk, Dataset, Item, Media
from formats.losses import Losses

__all__ = ["of_stills"]

UNNAMED = "pictures"
NO_SIZE = (0, 0)


def of_stills(dataset: Dataset, losses: Losses) -> Dataset:
    """The data set with every picture as a frame of a clip: those of a folder and a split are one.

    Frames are counted in the order of the items. A data set that has clips keeps to them; its
    pictures beside them are counted and left out.
    """
    if dataset.media:
        losses.add("picture that is no frame of a clip", _stills(dataset))
        return dataset
    found = _Folders()
    for chunk in dataset.chunks():
        for item in chunk.items:
            found.add(item)

    def chunks() -> Iterator[Chunk]:
        place = _Folders()
        for chunk in dataset.chunks():
            yield replace(chunk, items=[place.placed(item, found) for item in chunk.items])

    return replace(dataset, chunks=chunks, media=found.media())


def _stills(dataset: Dataset) -> int:
    items = (item for chunk in dataset.chunks() for item in chunk.items)
    return sum(item.media is None or item.frame is None for item in items)


class _Folders:
    """How many pictures each folder and split has, and their size."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str], int] = {}
        self.sizes: dict[tuple[str, str], tuple[int, int]] = {}
        self.seen: dict[tuple[str, str], set[str]] = {}

    def add(self, item: Item) -> int:
        """The frame of the next item; several annotators of one picture share it."""
        key = _folder(item)
        frame = self.counts.get(key, 0)
        paths = self.seen.setdefault(key, set())
        if item.annotator and item.path in paths:
            return frame - 1
        paths.add(item.path)
        self.counts[key] = frame + 1
        if item.size is not None:
            self.sizes.setdefault(key, item.size)
        return frame

    def placed(self, item: Item, whole: _Folders) -> Item:
        """The next item as a frame of its clip."""
        return replace(item, frame=self.add(item), media=list(whole.counts).index(_folder(item)))

    def media(self) -> tuple[Media, ...]:
        """The clips, by the names of their folders."""
        return tuple(
            Media(
                "/".join(filter(None, key)) or "pictures", self.sizes.get(key, (0, 0)), count, 0.0
            )
            for key, count in self.counts.items()
        )


def _folder(item: Item) -> tuple[str, str]:
    return item.split, item.path.rpartition("/")[0]
