"""The frames of clips as pictures, for formats that know nothing but pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from formats.columns import Flag
from formats.dataset import Chunk, Dataset, Item
from formats.pictures import is_picture
from formats.tracks import filling, naming, rows

__all__ = ["of_frames"]

ENDING = ".jpg"


def of_frames(dataset: Dataset) -> Dataset:
    """The data set with frames as pictures, and with a row in every frame of its tracks.

    INTERPOLATED, which says how a row was made, goes without a word.
    """
    if not dataset.media:
        return dataset
    dense = filling.densified(dataset)
    names = naming.unique([media.path for media in dataset.media])

    def chunks() -> Iterator[Chunk]:
        for chunk in dense.chunks():
            items = [_picture(item, names) for item in chunk.items]
            table = rows.unflagged(chunk.annotations, Flag.INTERPOLATED)
            yield replace(chunk, items=items, annotations=table)

    return replace(dense, chunks=chunks)


def _picture(item: Item, names: list[str]) -> Item:
    if item.media is None or item.frame is None or is_picture(item.path):
        return item
    return replace(item, path=f"{names[item.media]}/{item.frame:06d}{ENDING}")
