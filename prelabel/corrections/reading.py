"""The corrections of a folder as two data sets: what a model saw, and what people left of it.

Nothing is locked: a server may go on writing meanwhile, also to another file in the old one's
place. What was there when it was read stays what is read, on every walk.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from formats.annotations import Annotations
from formats.dataset import Dataset, Item, Label, Source, chunked
from formats.losses import Losses
from prelabel.corrections import line
from prelabel.corrections.correction import Correction, View
from prelabel.corrections.index import Known
from prelabel.corrections.line import Seen
from prelabel.corrections.loading import FILE, scan
from prelabel.errors import JobError

__all__ = ["CLASSES", "read"]

CLASSES = "classes"
"""Where `extra` of the predictions tells which classes of the model each label stands for."""
OTHER = "correction of what another model had seen, left out"
OLDER = "correction of a picture that was corrected again, left out"


class Lines:
    """The file as it was when it was opened; it is closed when nobody has it any more."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._stream = path.open("rb")
        except OSError as error:
            hint = "the folder `corrections` of a server's data"
            raise JobError("there are no corrections", where=path, hint=hint) from error
        self.index, _ = scan(self._stream, path)

    def __del__(self) -> None:
        if hasattr(self, "_stream"):
            self._stream.close()

    def views(self, chosen: Iterable[Chosen], *tables: str) -> Iterator[tuple[Correction, View]]:
        """The chosen corrections and views, one at a time, with the tables that are named."""
        for one in chosen:
            place = one.known.place
            text = os.pread(self._stream.fileno(), place.length, place.offset)
            found = line.decode(text, self.path, tables)
            yield found, found.views[one.number]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A view that is read: the line that it is in, and its place there."""

    known: Known
    number: int


@dataclass(slots=True)
class Words:
    """The labels of both data sets, by the same numbers: the project's names.

    `labels` have the keypoints as people order them, `seen` as the model does; `classes` of the
    model stand for each.
    """

    labels: list[Label] = field(default_factory=list)
    seen: list[Label] = field(default_factory=list)
    classes: dict[str, set[str]] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)

    def add(self, view: View) -> None:
        """Those of one correction."""
        for label in view.labels:
            _complete(self.labels, self._place(label.name), label)
        for label, name in zip(view.classes, view.names, strict=True):
            if name is not None:
                _complete(self.seen, self._place(name), label)
                self.classes.setdefault(name, set()).add(label.name)

    def _place(self, name: str) -> int:
        k = self.places.setdefault(name, len(self.labels))
        if k == len(self.labels):
            self.labels.append(Label(name))
            self.seen.append(Label(name))
        return k


def _complete(labels: list[Label], k: int, label: Label) -> None:
    """Give a label its skeleton, where it has none yet."""
    if label.keypoints and not labels[k].keypoints:
        skeleton = {n: getattr(label, n) for n in ("keypoints", "bones", "mirror")}
        labels[k] = replace(labels[k], **skeleton)


def read(
    folder: str | Path, *, model: str = "", annotators: str = "newest"
) -> tuple[Dataset, Dataset]:
    """(predictions down to a score of .01, corrected annotations) of a store's folder.

    Both have an item for each corrected picture, in the same order and by the same path, and the
    same labels: the project's, with the keypoints of each side in its own order. `model`: name or
    fingerprint (its start) of the model that made the predictions; without it that of the newest
    correction. Of a picture that several people corrected, the newest correction counts; with
    ``annotators="all"`` all of them.
    JobError where there is nothing to read.
    """
    path = Path(folder) / FILE if Path(folder).is_dir() else Path(folder)
    lines, losses = Lines(path), Losses()
    chosen = _chosen(list(lines.index.corrections()), model, annotators, losses, path)
    return _datasets(lines, chosen, losses)


def _chosen(
    known: Sequence[Known], model: str, annotators: str, losses: Losses, path: Path
) -> list[Chosen]:
    """The views that are read, in the order in which they were saved."""
    ordered = sorted(known, key=lambda one: one.at)
    views = [(one, i, view) for one in ordered for i, view in enumerate(_views(one))]
    wanted = _fingerprint([view for _, _, view in views], model, path)
    own = [(one, i, view) for one, i, view in views if view.fingerprint == wanted]
    losses.add(OTHER, len(views) - len(own))
    if annotators == "all":
        return [Chosen(one, i) for one, i, _ in own]
    newest = {view.path: Chosen(one, i) for one, i, view in own}
    losses.add(OLDER, len(own) - len(newest))
    return list(newest.values())


def _fingerprint(views: Sequence[Seen], model: str, path: Path) -> str:
    """Of the model that is meant; the newest of that name."""
    fitting = [v for v in views if not model or v.model == model or _starts(v, model)]
    if fitting:
        return fitting[-1].fingerprint
    if not views:
        raise JobError("there are no corrections yet", where=path)
    names = ", ".join(f"{name} ({n})" for name, n in Counter(v.model for v in views).items())
    raise JobError(f"no corrections of model {model!r}", where=path, hint=f"there are: {names}")


def _starts(view: Seen, text: str) -> bool:
    """Whether a text is the start of a fingerprint, and long enough to mean one."""
    return len(text) >= 6 and view.fingerprint.startswith(text)


Making = Callable[[Correction, View, Words], Item]


def _datasets(lines: Lines, chosen: Sequence[Chosen], losses: Losses) -> tuple[Dataset, Dataset]:
    words, name, fingerprint = Words(), "", ""
    for _, view in lines.views(chosen):
        words.add(view)
        name, fingerprint = view.model, view.fingerprint

    def walked(item: Making, table: str) -> Callable[[], Iterator[Any]]:
        return lambda: chunked(item(*found, words) for found in lines.views(chosen, table))

    told = {CLASSES: {name: sorted(found) for name, found in words.classes.items()}}
    source = Source("model", name, fingerprint[:12])
    ours, theirs = walked(_predicted, "predicted"), walked(_corrected, "corrected")
    predicted = Dataset(tuple(words.seen), ours, sources=(source,), extra=told, losses=losses)
    return predicted, Dataset(tuple(words.labels), theirs, losses=losses)


def _views(known: Known) -> tuple[Seen, ...]:
    return known.told.views if known.told else ()


def _predicted(found: Correction, view: View, words: Words) -> Item:
    """What the model saw, under the project's labels; classes without one are left out."""
    places = [-1 if name is None else words.places[name] for name in view.names]
    index = np.array(places, dtype=np.int32)[view.predicted.labels]
    table = view.predicted.with_columns(labels=index)[index >= 0]
    return Item(view.path, view.size, table)


def _corrected(found: Correction, view: View, words: Words) -> Item:
    """What was left of it, with the seconds that it took where they are known."""
    places = [words.places[label.name] for label in view.labels]
    table: Annotations = view.corrected
    index = np.array(places, dtype=np.int32)[table.labels]
    extra = {} if found.lead_time is None else {"lead_time": found.lead_time}
    return Item(
        view.path,
        view.size,
        table.with_columns(labels=index),
        annotator=found.annotator,
        extra=extra,
    )
