"""From what a model sees and what an annotator saved to a `View`, under the project's labels."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from formats.annotations import Annotations
from formats.dataset import Label
from formats.errors import FormatError
from formats.label_studio import encoding, vocabulary
from formats.label_studio.addresses import path_of
from formats.label_studio.decoding import decode
from formats.label_studio.gathering import gather
from formats.label_studio.mapping import BITMASKS, BRUSHES, RECTANGLES, Names, Route
from formats.label_studio.vocabulary import Used
from formats.losses import Losses
from prelabel.corrections.correction import View
from prelabel.cost.edits import edits
from prelabel.cost.table import EDITS
from prelabel.label_studio.plan import Part, Plan
from prelabel.label_studio.wanted import Answer
from prelabel.models.query import Query
from prelabel.service import Labelled
from server.protocols.label_studio.events import Saved

__all__ = ["Seen", "answer", "view"]

USUAL = Query().conf


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What one model sees in a picture; `routes` are the controls that take it."""

    part: Part
    address: str
    query: Query
    labelled: Labelled
    routes: tuple[Route, ...]

    @property
    def names(self) -> Names:
        """The project's label for each class of the model, None where it has none."""
        columns = [r.parent_names or r.names for r in self.routes]
        return tuple(next(filter(None, cells), None) for cells in zip(*columns, strict=True))

    @property
    def shown(self) -> tuple[float, ...]:
        """The least score of each class that is shown; 1 for a class without label."""
        return tuple(
            min([_least(r, k) for r in self.routes if r.names[k] is not None], default=1.0)
            for k in range(len(self.labelled.labels))
        )

    @property
    def classes(self) -> tuple[Label, ...]:
        """Those of the model, with keypoints as the project calls them."""
        points = next((r.points for r in self.routes if r.points), ())
        labels = self.labelled.labels
        if not points:
            return labels
        return tuple(_called(c, names) for c, names in zip(labels, points, strict=True))


def answer(found: Labelled) -> Answer:
    """What a model sees, as controls take it."""
    return Answer(found.annotations, found.size, found.labels, found.task, found.fingerprint)


def view(plan: Plan, seen: Seen, beside: Sequence[Seen], saved: Saved) -> View:
    """What a model sees, beside what the annotator left of it.

    `beside`: all that see the same picture, this one among them. Where there are several, each has
    the labels that it knows, and the first those that none knows.
    """
    found = seen.labelled
    results = _results(plan, seen.part, saved)
    labels = tuple(_labels(plan, results))
    corrected = decode(results, labels, found.size)
    own = corrected[np.isin(corrected.labels, _own(labels, seen, beside))]
    asked = {"conf": seen.query.conf, "iou": seen.query.iou, "max_det": seen.query.max_det}
    return View(
        path=_path(seen.address, saved.meta),
        size=found.size,
        model=found.name,
        fingerprint=found.fingerprint,
        task=found.task,
        classes=seen.classes,
        names=seen.names,
        predicted=_shown(seen, labels),
        labels=labels,
        corrected=own,
        asked=asked,
        shown=seen.shown,
        edits=_edits(seen, labels, own),
    )


def _least(route: Route, label: int) -> float:
    least = route.shows(label)
    return USUAL if least is None else least


def _called(label: Label, names: Names) -> Label:
    """A class whose keypoints have the project's names, where there are any."""
    own = label.keypoints
    told = tuple((names[k] if k < len(names) else None) or own[k] for k in range(len(own)))
    return replace(label, keypoints=told)


def _results(plan: Plan, part: Part, saved: Saved) -> list[object]:
    """The results that are about the part's picture."""
    tags = {shown.name for shown in plan.config.objects if shown.data_key == part.data_key}
    return [
        result
        for result in saved.result
        if not isinstance(result, Mapping) or result.get("to_name", "") in tags | {""}
    ]


def _labels(plan: Plan, results: Sequence[object]) -> list[Label]:
    """The project's labels, and behind them those that only the results have."""
    used = Used()
    used.add(gather(results, Losses()))
    return vocabulary.with_used(vocabulary.of_config(plan.config), used)


def _own(labels: Sequence[Label], seen: Seen, beside: Sequence[Seen]) -> list[int]:
    """The labels that are this model's to find."""
    known = {name for other in beside for name in other.names}
    mine = set(seen.names)
    if seen is beside[0]:
        mine |= {label.name for label in labels} - known
    return [k for k, label in enumerate(labels) if label.name in mine]


def _shown(seen: Seen, labels: Sequence[Label]) -> Annotations:
    """What a model sees as the controls would show it, whatever its score; under its own classes.

    An outline that is simplified, or an ellipse in place of a mask, is what people correct: the
    mask itself would look as if they had moved it. Rows stay as they are where the control shows
    them exactly, and so do skeletons and tags.
    """
    table, routes = seen.labelled.annotations, seen.routes
    kinds = BRUSHES | BITMASKS | (RECTANGLES if seen.labelled.task == "detect" else frozenset())
    alone = len(routes) == 1 and routes[0].control.kind in kinds
    if alone or seen.labelled.task in ("pose", "classify"):
        return table
    rows = (_row(table[[i]], seen, labels) for i in range(len(table)))
    return Annotations.concat([Annotations.empty(), *rows])


def _row(one: Annotations, seen: Seen, labels: Sequence[Label]) -> Annotations:
    """One object as all controls show it; none where no control takes it."""
    size = seen.labelled.size
    certain = one.with_columns(scores=np.ones(1))  # above every threshold
    found = decode(encoding.result(certain, seen.routes, size), labels, size)
    count = len(found)
    return found.with_columns(
        labels=np.repeat(one.labels, count), scores=np.repeat(one.scores, count)
    )


def _edits(seen: Seen, labels: Sequence[Label], corrected: Annotations) -> dict[str, int]:
    """What the annotator had to do to what is shown: the regions of all controls, as they are."""
    found = seen.labelled
    regions = encoding.result(found.annotations, seen.routes, found.size)
    shown = decode(regions, labels, found.size)
    counts = edits(shown, corrected, size=found.size).counts()
    return dict(zip(EDITS, counts.tolist(), strict=True))


def _path(address: str, meta: Mapping[str, object]) -> str:
    """The picture's path in a data set; of one that is no address but the picture itself, a hash.

    As exports are read: the path that `prelabel label-studio push` states, else that of the
    address, without host and query.
    """
    told = meta.get("path")
    try:
        return path_of(told if isinstance(told, str) and told else _bare(address))
    except FormatError:
        return _hashed(address)


def _bare(address: str) -> str:
    return _hashed(address) if address[:5].lower() == "data:" else address


def _hashed(address: str) -> str:
    return f"picture-{hashlib.sha256(address.encode('utf-8', 'replace')).hexdigest()[:16]}"
