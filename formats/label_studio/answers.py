"""What is written of an item's rows: the prediction of a model or a person's annotation."""

from __future__ import annotations

from typing import Any

import numpy as np

from formats import marks, unheld
from formats.annotations import Annotations, Kind
from formats.carrying import PICTURES
from formats.dataset import Dataset, Item
from formats.errors import FormatError
from formats.label_studio import choosing, encoding
from formats.label_studio.annotators import CANCELLED
from formats.label_studio.config import LabelConfig
from formats.label_studio.options import LabelStudioOptions
from formats.losses import Losses

__all__ = ["PRIORITY", "Answers"]

PRIORITY = "prediction_score"
"""A key of an item's extra: the score of its prediction, which tasks are ordered by; else the mean
score of its regions."""

HELD = frozenset({"scores", "rotated", "rings", "masks", "keypoints", "keypoint_scores"})
NO_CONTROL = "object that no control of the label config can hold"
NO_POINTS = "keypoints that no control of the label config can hold"
ANNOTATOR = "annotator that Label Studio would not know"
PERSONS = ("person", "truth", "consensus")


class Answers:
    """Makes answers of items; what cannot be held is counted in `losses`."""

    def __init__(
        self, dataset: Dataset, known: LabelConfig, options: LabelStudioOptions, losses: Losses
    ) -> None:
        self.losses = losses
        self._labels, self._sources = dataset.labels, dataset.sources
        self._routes = choosing.routes(known, dataset.labels)
        self._options = options

    def of(self, item: Item, size: tuple[int, int] | None) -> tuple[str, dict[str, Any]]:
        """The key of a task that an answer belongs to, and the answer; "" where nobody looked."""
        if item.annotations is None:
            return self._unseen(item)
        self.losses.add(PICTURES["status"], item.status == CANCELLED, item.path)
        table = self.wanted(item, item.annotations)
        return self.filed(item, self._regions(item, table, size))

    def _unseen(self, item: Item) -> tuple[str, dict[str, Any]]:
        """That an annotator skipped the picture; "" where nobody looked at it."""
        if item.status == CANCELLED:
            return "annotations", {"was_cancelled": True, "result": [], **self._who(item)}
        self.losses.add(PICTURES["annotator"], bool(item.annotator), item.path)
        return "", {}

    def filed(self, item: Item, regions: list[dict[str, Any]]) -> tuple[str, dict[str, Any]]:
        """The key of a task that the regions of an item's rows belong to, and the answer."""
        table = Annotations.empty() if item.annotations is None else item.annotations
        if self._by_persons(item, table):
            return "annotations", {"result": regions, **self._who(item)}
        self.losses.add(PICTURES["annotator"], bool(item.annotator), item.path)
        made = encoding.prediction(regions, self._model())
        if PRIORITY in item.extra:
            made["score"] = float(item.extra[PRIORITY])
        return "predictions", made

    def wanted(self, item: Item, table: Annotations) -> Annotations:
        """The rows that are written: with ``crowd=skip`` no ignore regions."""
        return marks.without_crowds(table, self._options, self.losses, item.path)

    def _regions(
        self, item: Item, table: Annotations, size: tuple[int, int] | None
    ) -> list[dict[str, Any]]:
        if not len(table):
            return []
        if size is None:
            raise FormatError(
                "the size of the picture is not known, percents need it",
                where=item.path,
                hint="keep the pictures beside the data set, or name a file with -o sizes=FILE",
            )
        self._report(item, table)
        own = Losses()
        made = encoding.result(table, self._routes, size, own, exact=True)
        for loss in own:
            self.losses.add(loss.what, loss.count, loss.example or item.path)
        return made

    def _report(self, item: Item, table: Annotations) -> None:
        """What Label Studio, or this label config, cannot hold of some rows."""
        unheld.report(table, HELD, self.losses, item.path)
        unheld.hidden(table, self.losses, item.path)
        unheld.boxes(table, self.losses, item.path)
        unheld.swapped(table, self.losses, item.path)
        self._bare(table, item.path)
        for kind, label in zip(table.kinds.tolist(), table.labels.tolist(), strict=True):
            self._placed(Kind(kind), label, item.path)

    def _bare(self, table: Annotations, where: str) -> None:
        """Count rows with keypoints that no control has labels for."""
        able = np.zeros(len(self._labels), dtype=bool)
        for route in self._routes:
            if route.points:
                able |= np.array([name is not None for name in route.names], dtype=bool)
        lost = unheld.stated(table, "keypoints") & ~able[table.labels]
        lost &= table.kinds != Kind.POINTS  # counted by their kind
        self.losses.add(NO_POINTS, int(lost.sum()), where)

    def _placed(self, kind: Kind, label: int, where: str) -> None:
        """Count a row that goes nowhere, or to a control for another kind."""
        if kind == Kind.POINTS:
            able = [r for r in self._routes if r.points]
        else:
            able = [r for r in self._routes if r.kinds is not None and kind in r.kinds]
        route = next((r for r in able if r.names[label] is not None), None)
        if route is None:
            told = f"{where}: {kind.name.lower()} {self._labels[label].name!r}"
            self.losses.add(NO_CONTROL, example=told)
        elif kind in choosing.HOME and route.control.kind not in choosing.HOME[kind]:
            self.losses.add(f"{kind.name.lower()} written as {route.control.kind}", example=where)

    def _by_persons(self, item: Item, table: Annotations) -> bool:
        """Whether rows are annotations of persons, as far as the data set tells it."""
        if self._options.rows != "auto":
            return self._options.rows == "annotations"
        return bool(item.annotator) or self._kind(table) in PERSONS

    def _kind(self, table: Annotations) -> str:
        """The kind of the one source that all rows have, "" where nothing tells it."""
        used = self._sources
        if table.sources is not None and len(table):
            used = tuple(used[k] for k in set(table.sources.tolist()) if 0 <= k < len(used))
        kinds = {source.kind for source in used}
        return kinds.pop() if len(kinds) == 1 else ""

    def _model(self) -> str:
        """The model version of predictions."""
        models = [f"{s.name} {s.version}".strip() for s in self._sources if s.kind == "model"]
        return self._options.model_version or next(iter(models), "prelabel")

    def _who(self, item: Item) -> dict[str, Any]:
        """The annotator as an import takes it: an email or a number."""
        name = item.annotator
        if "@" in name:
            return {"completed_by": {"email": name}}
        if name.isascii() and name.isdecimal():
            return {"completed_by": int(name)}
        self.losses.add(ANNOTATOR, int(bool(name)), item.path)
        return {}
