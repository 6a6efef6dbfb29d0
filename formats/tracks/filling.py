"""Data sets whose tracks are keyframes, for formats that hold every frame by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from formats.dataset import Chunk, Dataset
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
    """The data set with a row in every frame of its tracks; one without clips as it is.

    Rows that belong to no frame of a clip stay as they are.
    """
    if not dataset.media:
        return dataset

    def chunks() -> Iterator[Chunk]:
        found = (filled(one, dataset) for one in clip.clips(dataset))
        return clip.dataset(found, dataset).chunks()

    return replace(dataset, chunks=chunks)
