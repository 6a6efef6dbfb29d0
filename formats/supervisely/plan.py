"""What a project is going to have: the geometries of every class, and the types of its tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.columns import Kind
from formats.dataset import Dataset
from formats.supervisely import tags
from formats.supervisely.meta import TAGS
from formats.supervisely.tags import Kinds

__all__ = ["Plan", "of"]


@dataclass(slots=True)
class Plan:
    """`counts` keypoints of each class; `kinds` the types of tags; `titles` tags of pictures.

    `known` are the tags that the project declares, `beyond` those whose choices do not suffice.
    """

    known: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    beyond: set[str] = field(default_factory=set)
    kinds: Kinds = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)
    titles: set[int] = field(default_factory=set)
    score: bool = False
    flags: int = 0

    def add(self, table: Annotations) -> None:
        """Note the rows of a chunk."""
        self.titles |= set(table.labels[table.kinds == Kind.TAG].tolist())
        self.score |= bool(np.isfinite(table.scores).any())
        if table.flags is not None and len(table):
            self.flags |= int(np.bitwise_or.reduce(table.flags))
        if table.attributes is not None:
            for values in table.attributes:
                tags.meet(self.kinds, values)
                self.beyond |= tags.over(values, self.known)
        if table.keypoints is not None:
            self._count(table, table.keypoints)

    def tags_of_picture(self, told: Any) -> None:
        """Note the tags of a picture that the project does not declare."""
        for entry in tags.whole(told):
            if entry["name"] not in self.known:
                value = entry.get("value")
                tags.meet(self.kinds, {entry["name"]: True if value is None else value})

    def _count(self, table: Annotations, points: NDArray[np.float64]) -> None:
        """Note how many keypoints the classes have; a lone point needs no skeleton."""
        there = ~np.asarray(np.isnan(points).all(axis=2))
        lengths = np.where(there.any(axis=1), there.shape[1] - there[:, ::-1].argmax(axis=1), 0)
        lengths[(lengths == 1) & (table.kinds == Kind.POINTS)] = 0
        for label in set(table.labels[lengths > 0].tolist()):
            most = int(lengths[table.labels == label].max())
            self.counts[label] = max(self.counts.get(label, 0), most)

    def declared(self, titles: list[str]) -> Kinds:
        """The types of all tags, those of scores, flags and classes of pictures too."""
        flags = {name: tags.NONE for name, flag in tags.FLAGS.items() if self.flags & flag}
        score = {tags.SCORE: tags.NUMBER} if self.score else {}
        named = {titles[k]: tags.NONE for k in sorted(self.titles)}
        return {**self.kinds, **score, **flags, **named}


def of(dataset: Dataset) -> Plan:
    """The plan for a data set, which is walked for it once."""
    plan = Plan(tags.listed(dataset.extra.get(TAGS)))
    for chunk in dataset.chunks():
        plan.add(chunk.annotations)
        for item in chunk.items:
            plan.tags_of_picture(item.extra.get("tags"))
    return plan
