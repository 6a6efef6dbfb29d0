"""Data sets whose tracks are keyframes, for formats that hold every frame by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from formats.columns import Flag
from formats.dataset import Chunk, Dataset, Item, chunked
from formats.tracks import clip, dense

__all__ = ["KEY", "densified", "filled", "rule_of"]

KEY = "interpolation"
"""Where `Dataset.extra` tells how its source shows what lies between two keyframes."""


def rule_of(dataset: Dataset) -> str:
    """The rule of `geometry.tracks.rules` by which the tracks of a data set are to be filled in."""
    told = dataset.extra.get(KEY)
    return told if isinstance(told, str) else "linear"


def filled(one: clip.ClipTracks, dataset: Dataset) -> clip.ClipTracks:
    """A clip of a data set with a row in every frame of its tracks."""
    return replace(one, table=dense.dense(one.table, rule_of(dataset), labels=dataset.labels))


def densified(dataset: Dataset) -> Dataset:
    """The data set with a row in every frame of its tracks; one without keyframes as it is.

    Items stay in their order; frames that nobody looked at and that have a row now come last.
    """
    if not dataset.media:
        return dataset

    def chunks() -> Iterator[Chunk]:
        keyed = any(chunk.annotations.flagged(Flag.KEYFRAME).any() for chunk in dataset.chunks())
        return chunked(_items(dataset)) if keyed else dataset.chunks()

    return replace(dataset, chunks=chunks)


def _items(dataset: Dataset) -> Iterator[Item]:
    """The items with filled in tracks, in the order of the data set."""
    clips = [filled(one, dataset) for one in clip.clips(dataset)]
    made: dict[object, list[Item]] = {}
    for item in clip.dataset(clips, replace(dataset, chunks=lambda: iter(()))).items:
        made.setdefault(_place(item), []).append(item)
    for item in dataset.items:
        yield made[_place(item)].pop(0) if _place(item) in made else item
    for rest in made.values():
        yield from rest


def _place(item: Item) -> object:
    """Which frame an item is, and by whom; None for a picture."""
    if item.media is None or item.frame is None:
        return None
    return item.media, item.frame, item.annotator
