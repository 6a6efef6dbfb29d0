"""Clips as tasks to import: tracks as predictions of models or annotations of persons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from formats import sizes
from formats.dataset import Dataset, Item, Media
from formats.errors import FormatError
from formats.label_studio.addresses import address
from formats.label_studio.answers import Answers
from formats.label_studio.config import LabelConfig
from formats.label_studio.options import LabelStudioOptions
from formats.label_studio.video import encoding, generated, heads, routing
from formats.label_studio.video.playing import is_clip
from formats.label_studio.video.timing import framerate, shown
from formats.losses import Losses
from formats.tracks.clip import ClipTracks, clips
from formats.tracks.grid import average

__all__ = ["config_for", "holds_clips", "tasks"]

STILL = "picture in a data set of clips, left out"


def holds_clips(dataset: Dataset, known: LabelConfig | None) -> bool:
    """Whether a data set is written as clips: as its config says, else as its files are."""
    if not dataset.media:
        return False
    if known is not None:
        return any(control.kind in routing.VIDEO for control in known.controls)
    return any(is_clip(media.path) for media in dataset.media)


def config_for(dataset: Dataset, options: LabelStudioOptions) -> str:
    """The text of a config for the clips of a data set."""
    rates = {generated.rate_text(options.framerate or own_rate(m)) for m in dataset.media}
    rate = float(rates.pop()) if len(rates) == 1 else None
    return generated.xml(dataset.labels, rate)


def own_rate(media: Media) -> float:
    """Frames a second of a clip, on average."""
    return media.rate if media.rate > 0 else average(heads.times_of(media))


def tasks(
    dataset: Dataset, known: LabelConfig, options: LabelStudioOptions, answers: Answers
) -> Iterator[dict[str, Any]]:
    """A task for every clip, with what each annotator said about it.

    FormatError where the frame size or the number of frames of a clip with objects is not known.
    """
    writer = _Writer(dataset, known, options, answers)
    for chunk in dataset.chunks():
        still = sum(item.media is None or item.frame is None for item in chunk.items)
        answers.losses.add(STILL, still)
    for _, group in groupby(clips(dataset), key=lambda clip: clip.index):
        yield writer.task(list(group))


class _Writer:
    """Makes the tasks of clips."""

    def __init__(
        self, dataset: Dataset, known: LabelConfig, options: LabelStudioOptions, answers: Answers
    ) -> None:
        self._options, self._answers, self._config = options, answers, known
        self._given = sizes.load(options.sizes)
        self._labels = dataset.labels
        self._routes = routing.once(known, dataset.labels)
        self._video = shown(known)
        self._key = options.image_key or (self._video.data_key if self._video else "video")

    def task(self, said: Sequence[ClipTracks]) -> dict[str, Any]:
        """The task of a clip."""
        media = said[0].media
        if not all(media.size) and (size := self._given.get(media.path)) is not None:
            media = replace(media, size=size)
        first = next((item for clip in said for item in clip.items.values()), Item(media.path))
        data = self._data(media, first)
        rate = self._rate(media, data)
        told = heads.meta(media, rate)
        told |= {"path": media.path} if data[self._key] != media.path else {}
        told |= {"split": first.split} if first.split else {}
        number: dict[str, Any] = {} if first.id is None else {"id": first.id}
        task: dict[str, Any] = {**number, "data": data, "meta": told}
        for clip in said:
            name, answer = self._answer(replace(clip, media=media), rate)
            if name:
                task.setdefault(name, []).append(answer)
        return task

    def _data(self, media: Media, first: Item) -> dict[str, Any]:
        """The data that an export had, with the clip's address, and its rate where clips differ."""
        told = first.extra.get("data")
        data = dict(told) if isinstance(told, dict) else {}
        if not data.get(self._key) or self._options.image_prefix:
            data[self._key] = address(media.path, self._options.image_prefix)
        text = self._video.attributes.get("framerate", "") if self._video else ""
        if text == f"${generated.RATE_KEY}" and generated.RATE_KEY not in data:
            own = self._options.framerate or own_rate(media)
            data[generated.RATE_KEY] = generated.rate_text(own)
        return data

    def _rate(self, media: Media, data: dict[str, Any]) -> float:
        """The rate that Label Studio counts this clip's frames in."""
        if self._video is None:
            return self._options.framerate or own_rate(media)
        return framerate(self._video, data)

    def _answer(self, clip: ClipTracks, rate: float) -> tuple[str, dict[str, Any]]:
        """The key of a task that an answer belongs to, and the answer; "" where nobody looked."""
        where = clip.media.path
        item = next(iter(clip.items.values()), Item(where))
        item = replace(item, path=where, annotator=clip.annotator, annotations=clip.table)
        if not len(clip.looked) and not len(clip.table):
            return self._answers.of(replace(item, annotations=None), None)
        table = self._answers.wanted(item, clip.table)
        regions: list[dict[str, Any]] = []
        if len(table):
            regions = self._regions(replace(clip, table=table), rate, self._answers.losses)
        return self._answers.filed(item, regions)

    def _regions(self, clip: ClipTracks, rate: float, losses: Losses) -> list[dict[str, Any]]:
        media = clip.media
        if not all(media.size) or media.frames < 1:
            raise FormatError(
                "the frame size and number of frames of the clip are not known",
                where=media.path,
                hint="name a file with its size with -o sizes=FILE",
            )
        shot = heads.shot(media, rate)
        looked = clip.looked if 0 < len(clip.looked) < media.frames else None
        return encoding.encode(
            clip.table,
            self._routes,
            shot,
            tolerance=self._options.keyframes or None,
            looked=looked,
            config=self._config,
            losses=losses,
            exact=True,
            where=media.path,
        )
