"""The clips of an export, and what each annotator said about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from formats.annotations import Annotations
from formats.dataset import Item, Label, Media
from formats.errors import FormatError
from formats.label_studio.addresses import path_of
from formats.label_studio.annotators import CANCELLED, Said
from formats.label_studio.config import LabelConfig
from formats.label_studio.gathering import Region, gather
from formats.label_studio.options import LabelStudioOptions
from formats.label_studio.schema import Task
from formats.label_studio.shown import Shown, size_of
from formats.label_studio.video import heads
from formats.label_studio.video.decoding import SHAPE, rows
from formats.label_studio.video.playing import clip_of
from formats.label_studio.video.timing import framerate, shown
from formats.losses import Losses
from formats.sizes import Sizes
from formats.tracks.clip import ClipTracks, frame_item

__all__ = ["Clips"]

NO_SIZE = "track in a clip whose frame size nothing tells"
BEHIND = "keyframe behind the end of its clip, by the number of frames that its track states"
SKIPPED = "region of an annotation that was cancelled"


@dataclass(frozen=True, slots=True)
class _Clip:
    """A clip's place among the media, the rate that its numbers count in, its length if told."""

    index: int
    rate: float
    duration: float | None


class Clips:
    """The clips of a document: they are added on a first walk, and read on every other."""

    def __init__(
        self, config: LabelConfig | None, options: LabelStudioOptions, given: Sizes
    ) -> None:
        self.media: list[Media] = []
        self._config, self._options, self._given = config, options, given
        self._known: dict[int, _Clip] = {}

    def __contains__(self, number: int) -> bool:
        return number in self._known

    def add(self, number: int, task: Task, regions: Sequence[Region]) -> None:
        """Take the clip that a task shows, if it does; `regions` of all its annotators."""
        played = clip_of(task, self._config, self._options)
        if played is None:
            return
        path = _path(played, number)
        told = task.meta or {}
        size = self._size(played, path, told, regions)
        media, rate = heads.media(path, told, size, self._rate(task), regions)
        duration = next((d for r in regions if (d := _duration(r)) is not None), None)
        self._known[number] = _Clip(len(self.media), rate, duration)
        self.media.append(media)

    def _size(
        self, played: Shown, path: str, told: Any, regions: Sequence[Region]
    ) -> tuple[int, int] | None:
        stated = next((region.size for region in regions if region.size is not None), None)
        return stated or size_of(told.get("width"), told.get("height")) or self._given.get(path)

    def _rate(self, task: Task) -> float | None:
        """The rate that the options or the labeling config say, None where neither does."""
        video = shown(self._config)
        if self._options.framerate:
            return self._options.framerate
        return None if video is None else framerate(video, task.data)

    def tracks(
        self,
        number: int,
        task: Task,
        said: Said | None,
        results: Sequence[Any],
        labels: Sequence[Label],
        losses: Losses,
        where: str,
    ) -> ClipTracks:
        """A clip with the tracks of one annotator; nobody looked at it where nobody said a word.

        The task's number and data stay with the first frame.
        """
        own = self._known[number]
        media = self.media[own.index]
        regions = gather(results, losses, where)
        item = _item(task, media, own.index, said)
        name = said.name if said else ""
        if said is None or said.cancelled:
            losses.add(SKIPPED, len(regions), where)
            nobody = np.zeros(0, dtype=np.int64)
            return ClipTracks(media, own.index, Annotations.empty(), nobody, {0: item}, name)
        losses.warn(BEHIND, sum(map(heads.behind, regions)), where)
        table = self._table(own, media, regions, labels, losses, where)
        return ClipTracks(media, own.index, table, np.arange(media.frames), {0: item}, name)

    def _table(
        self,
        own: _Clip,
        media: Media,
        regions: Sequence[Region],
        labels: Sequence[Label],
        losses: Losses,
        where: str,
    ) -> Annotations:
        if not all(media.size):
            drawn = [region for region in regions if region.shape == SHAPE]
            losses.add(NO_SIZE, len(drawn), where)
            return Annotations.empty()
        shot = heads.shot(media, own.rate, own.duration)
        return rows(regions, labels, shot, losses, where)


def _path(played: Shown, number: int) -> str:
    """The path of a clip: as the task states it, else of its address, else its number."""
    for told in filter(None, (played.path, played.address)):
        try:
            return path_of(told)
        except FormatError:
            continue
    return str(number)


def _duration(region: Region) -> float | None:
    """The seconds that a region says its clip has."""
    told = region.value.get("duration") if region.shape == SHAPE else None
    usable = isinstance(told, int | float) and 0 < told < heads.MOST_SECONDS
    return float(told) if usable and told is not None else None


def _item(task: Task, media: Media, index: int, said: Said | None) -> Item:
    """The first frame, with what the task says."""
    bare = frame_item(media, index, 0)
    return Item(
        bare.path,
        bare.size,
        id=task.id if type(task.id) is int else None,
        annotator=said.name if said else "",
        split=str((task.meta or {}).get("split") or ""),
        media=index,
        frame=0,
        time=bare.time,
        status=CANCELLED if said and said.cancelled else "",
        extra={} if list(task.data.values()) == [media.path] else {"data": task.data},
    )
