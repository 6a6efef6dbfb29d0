"""Tracks of a data set in another form: every frame, or the fewest keyframes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from formats.annotations import Annotations
from formats.dataset import Dataset
from formats.tracks import clip as clip_tables
from formats.tracks.dense import dense
from formats.tracks.sparse import sparse

__all__ = ["RULES", "densified", "reduced", "rule_of"]

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
    return _each(
        dataset,
        lambda clip: sparse(clip.table, tolerance=tolerance, rule=rule, looked=clip.looked),
    )


def _each(dataset: Dataset, change: Callable[[clip_tables.ClipTracks], Annotations]) -> Dataset:
    clips = [replace(clip, table=change(clip)) for clip in clip_tables.clips(dataset)]
    return clip_tables.dataset(clips, dataset)
