"""Tracks of a data set in another form: every frame, the fewest keyframes, corrected ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.dataset import Dataset, Media
from formats.errors import FormatError
from formats.label_studio.addresses import candidates
from formats.tracks import clip as clip_tables
from formats.tracks.dense import dense
from formats.tracks.filling import KEY
from formats.tracks.sparse import sparse
from prelabel.offline import smooth
from prelabel.video.correcting import Corrected, Views, corrected

__all__ = ["RULES", "densified", "reduced", "resolved", "rule_of", "smoothed"]

RULES: Mapping[str, str] = MappingProxyType({"label-studio": "label-studio", "cvat-video": "cvat"})
"""How the tool of a format shows what lies between keyframes; all others: linear."""


def rule_of(name: str) -> str:
    """The rule of a format (`geometry.tracks.rules`)."""
    return RULES.get(name, "linear")


def densified(dataset: Dataset, rule: str) -> Dataset:
    """The data set with a row for every track in every frame in which `rule` shows it."""
    return _each(dataset, lambda clip: dense(clip.table, rule))


def reduced(dataset: Dataset, tolerance: float, rule: str) -> Dataset:
    """The data set with the fewest keyframes that show every frame with that IoU by `rule`.

    For formats that choose no keyframes themselves; see `formats.tracks.sparse`.
    """
    made = _each(
        dataset,
        lambda clip: sparse(clip.table, tolerance=tolerance, rule=rule, looked=clip.looked),
    )
    return replace(made, extra={**made.extra, KEY: rule})


def smoothed(dataset: Dataset) -> Dataset:
    """The data set with tracks as a person is shown them (`prelabel.video.following.Followed`)."""
    return _each(dataset, lambda clip: smooth(clip.table, _times(clip.media)))


def _times(media: Media) -> NDArray[np.float64]:
    """Seconds of all frames, (F,)."""
    return np.array(media.times) if media.times else np.arange(media.frames) / (media.rate or 1.0)


def resolved(
    back: Dataset,
    given: Dataset,
    machine: Dataset,
    tolerance: float,
    rule: str,
    numbers: Callable[[Media], NDArray[np.int64] | None],
) -> tuple[Dataset, Corrected]:
    """The data set that came `back` from a person, with keyframes found anew around corrections.

    `given`: what the person was given; `machine`: the tracks in every frame that it was made of.
    Clips are the same where their names are, or where each data set has but one. `numbers`: those
    of the tool, by clip. FormatError for a clip that was not given.
    """
    shown, seen, total = _by_name(given), _by_name(machine), Corrected()
    found = []
    for clip in clip_tables.clips(back):
        before, every = _same(clip, shown), _same(clip, seen)
        views = Views(every.table, before.table, clip.table, rule, numbers(every.media))
        table, counts = corrected(views, tolerance)
        total.add(counts)
        found.append(replace(clip, table=table))
    return clip_tables.dataset(found, back), total


def _by_name(dataset: Dataset) -> dict[str, clip_tables.ClipTracks]:
    return {clip.media.path: clip for clip in clip_tables.clips(dataset)}


def _same(
    clip: clip_tables.ClipTracks, others: Mapping[str, clip_tables.ClipTracks]
) -> clip_tables.ClipTracks:
    """The clip of the same name, whole or without what Label Studio puts before it."""
    names = candidates(clip.media.path)
    bare = {PurePosixPath(path).name: other for path, other in others.items()}
    for known in (others, bare):
        for name in names:
            if name in known:
                return known[name]
    if len(others) == 1:
        return next(iter(others.values()))
    raise FormatError(f"no such clip among {', '.join(others)}", where=clip.media.path)


def _each(dataset: Dataset, change: Callable[[clip_tables.ClipTracks], Annotations]) -> Dataset:
    clips = [replace(clip, table=change(clip)) for clip in clip_tables.clips(dataset)]
    return clip_tables.dataset(clips, dataset)
