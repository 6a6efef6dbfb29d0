"""Exports of Label Studio as a data set: an item for every annotator of a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from formats import sizes
from formats.dataset import Chunk, Dataset, Item, chunked
from formats.errors import FormatError
from formats.label_studio import config, vocabulary
from formats.label_studio.annotators import CANCELLED, Said, said
from formats.label_studio.config import LabelConfig
from formats.label_studio.decoding import rows
from formats.label_studio.document import Document, results
from formats.label_studio.gathering import gather
from formats.label_studio.layout import config_beside, tasks_file
from formats.label_studio.options import LabelStudioOptions
from formats.label_studio.schema import Task
from formats.label_studio.shown import Shown, pictures_of
from formats.label_studio.video.playing import clip_of
from formats.label_studio.video.reading import Clips
from formats.label_studio.vocabulary import Used
from formats.losses import Losses
from formats.pictures import Folder
from formats.tracks import clip, filling
from formats.walks import once

__all__ = ["RULE", "read"]

RULE = "label-studio"
"""How what lies between two keyframes of a clip is shown."""

BROKEN = "result that is no list, left out"
BESIDE = "predictions beside annotations were left out: -o rows=predictions reads them"
NO_CONFIG = "without a labeling config, classes come in the order of the alphabet: label_config"


def read(path: Path, options: LabelStudioOptions) -> Dataset:
    """The data set of an export, or of the folder that `write` makes.

    Classes come in the order of the labeling config that is named or lies beside the file.
    """
    path = tasks_file(path)
    losses = Losses()
    beside = options.label_config or config_beside(path)
    known = config.parse(config.text_of(Path(beside)), str(beside)) if beside else None
    document = Document(path, known, losses)
    source = _Source(document, known, options, losses)
    return Dataset(
        tuple(source.labels),
        once(source.chunks, Losses, losses.merge),
        media=tuple(source.clips.media),
        root=options.images or str(path.parent),
        extra={filling.KEY: RULE} if source.clips.media else {},
        losses=losses,
    )


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one annotator or model said about one picture of a task."""

    said: Said
    results: Sequence[Any]


class _Source:
    """The items of a document, made anew on every walk; what is lost is counted on the first."""

    def __init__(
        self,
        document: Document,
        known: LabelConfig | None,
        options: LabelStudioOptions,
        losses: Losses,
    ) -> None:
        self.document, self.config, self.options = document, known, options
        self.folder = Folder(options.images or document.path.parent)
        self.given = sizes.load(options.sizes)
        self.losses = losses
        self.models = self._only_models()
        used = Used()
        self.clips = Clips(known, options, self.given)
        for number, task in document.tasks():
            told = list(self._answers(number, task, Losses()))
            found = [gather(answer.results, Losses()) for _, answer in told]
            for regions in found:
                used.add(regions)
            self.clips.add(number, task, [region for regions in found for region in regions])
        named = vocabulary.of_config(known) if known is not None else []
        self.labels = vocabulary.with_used(named, used)
        if known is None and self.labels:
            losses.note(NO_CONFIG)

    def _only_models(self) -> bool:
        """Whether predictions are what is read."""
        if self.options.rows != "auto":
            return self.options.rows == "predictions"
        answered = predicted = False
        for _, task in self.document.tasks():
            answered |= bool(task.annotations or task.completions)
            predicted |= _said_by_models(task)
        if predicted and answered:
            self.losses.note(BESIDE)
        return predicted and not answered

    def chunks(self, losses: Losses) -> Iterator[Chunk]:
        """Pictures, then clips."""
        yield from chunked(self._items(losses))
        if self.clips.media:
            yield from self._frames(losses)

    def _frames(self, losses: Losses) -> Iterator[Chunk]:
        """The frames of the clips, as each annotator saw them."""
        like = Dataset.of(self.labels, [], media=tuple(self.clips.media))
        for number, task in self.document.tasks():
            where = self.document.where(number)
            for _, answer in self._answers(number, task, losses, empty=True):
                if number in self.clips:
                    said, told = (answer.said, answer.results) if answer else (None, [])
                    tracks = self.clips.tracks(number, task, said, told, self.labels, losses, where)
                    yield from clip.dataset([tracks], like).chunks()

    def _items(self, losses: Losses) -> Iterator[Item]:
        """An item for every picture and annotator; one that nobody looked at without a table."""
        for number, task in self.document.tasks():
            if number in self.clips:
                continue
            where = self.document.where(number)
            for shown, answer in self._answers(number, task, losses, empty=True):
                yield self._item(task, shown, answer, losses, where)

    def _answers(
        self, number: int, task: Task, losses: Losses, empty: bool = False
    ) -> Iterator[tuple[Shown, Any]]:
        """Every picture of a task with every answer about it; None for no answer, if `empty`."""
        where = self.document.where(number)
        try:
            played = clip_of(task, self.config, self.options)
            pictures = [played] if played else pictures_of(task, self.config, self.options)
        except FormatError as error:
            losses.add(error.what, example=where)
            return
        told = list(said(task, self.models, self.options.annotators))
        for shown in pictures:
            for who in told:
                yield shown, _Answer(who, self._results(who, shown, losses, where))
            if not told and empty:
                yield shown, None

    def _results(self, who: Said, shown: Shown, losses: Losses, where: str) -> list[Any]:
        try:
            found = results(who.answer.result)
        except (FormatError, msgspec.DecodeError):
            losses.add(BROKEN, example=where)
            return []
        return [result for result in found if shown.has(result)]

    def _item(
        self, task: Task, shown: Shown, answer: _Answer | None, losses: Losses, where: str
    ) -> Item:
        found = gather(answer.results, losses, where) if answer is not None else []
        stated = next((region.size for region in found if region.size is not None), None)
        path, size = shown.found(self.folder, self.given, stated)
        item = Item(
            path,
            size,
            id=task.id if type(task.id) is int else None,
            annotator=answer.said.name if answer else "",
            split=str((task.meta or {}).get("split") or ""),
            status=CANCELLED if answer and answer.said.cancelled else "",
            extra=_extra(task, shown, path, answer),
        )
        if answer is None or answer.said.cancelled:
            losses.add("region of an annotation that was cancelled", len(found), where)
            return item
        return replace(item, annotations=rows(found, self.labels, size, losses, where))


def _said_by_models(task: Task) -> bool:
    """Whether a task has predictions; exports may list their ids only."""
    return any(bytes(raw)[:1] == b"{" for raw in task.predictions or ())


def _extra(task: Task, shown: Shown, path: str, answer: _Answer | None) -> dict[str, Any]:
    """The task's data, where it says more than the path of the picture; when the answer was saved,
    the seconds that it took, and whether it is the project's ground truth."""
    found: dict[str, Any] = {} if task.data == {shown.key: path} else {"data": task.data}
    if answer is not None:
        told = answer.said.answer
        times = {"saved_at": told.updated_at or told.created_at, "lead_time": told.lead_time}
        found |= {name: value for name, value in times.items() if value is not None}
        found |= {"ground_truth": True} if told.ground_truth else {}
    return found
