"""The dataset of a consensus, block by block as it is walked, and what is known of its pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Kind
from formats.dataset import Chunk, Dataset, Source
from prelabel.compare import Panel
from prelabel.consensus import attributes
from prelabel.consensus.grouping import Groups
from prelabel.consensus.identity import identities
from prelabel.consensus.items import Items
from prelabel.consensus.joint import Joint, joint
from prelabel.consensus.result import Merged, Seen
from prelabel.consensus.shaping import shaped

__all__ = ["Found", "Maker"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The clusters of a block, which of them are `kept` (C,), their `labels` and `scores` (C,).

    `boxes` (C, 4) where they are settled already.
    """

    groups: Groups
    kept: Bools
    labels: Ints
    scores: Floats
    boxes: Floats | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Maker:
    """Makes the dataset of a panel from what was found in each of its blocks."""

    panel: Panel
    found: Sequence[Found]
    weight: Floats
    source: Source

    def merged(self, told: tuple[str, ...], accuracy: tuple[float, ...] = ()) -> Merged:
        """The consensus."""
        raters, weights = self.panel.raters, tuple(self.weight.tolist())
        return Merged(self.dataset(), list(self._pictures()), raters, weights, told, accuracy)

    def dataset(self) -> Dataset:
        """The objects that are kept, as one row each."""
        items = Items.of(self.panel)
        joints = (joint(block) for block in self.panel.pictures.blocks())
        tracks = identities(joints, [one.groups for one in self.found])

        def chunks() -> Iterator[Chunk]:
            for k, block in enumerate(self.panel.pictures.blocks()):
                track = None if tracks is None else tracks[k]
                table = self._table(self.found[k], joint(block), track)
                looked: Bools = np.any(self.found[k].groups.looked, axis=1)
                yield Chunk(items.of_block(block), table, looked)

        return Dataset(
            self.panel.labels, chunks, sources=(self.source,), media=items.media, root=items.root
        )

    def _table(self, found: Found, rows: Joint, tracks: Ints | None) -> Annotations:
        """The objects of a block, sorted by picture."""
        groups = found.groups
        chosen = np.flatnonzero(found.kept)
        chosen = chosen[np.argsort(groups.images[chosen], kind="stable")]
        number = np.full(len(found.kept) + 1, -1)
        number[chosen] = np.arange(len(chosen))
        group = number[groups.cluster]
        weight = _row_weights(rows, self.weight)
        table = shaped(rows, group, weight)
        inside = group >= 0
        told = (rows.table[inside], group[inside], weight[inside], len(chosen))
        stated = attributes.stated(*told)
        boxes = table.boxes
        if found.boxes is not None:
            boxes = np.where((table.kinds == Kind.BOX)[:, None], found.boxes[chosen], boxes)
        return table.with_columns(
            boxes=boxes,
            labels=found.labels[chosen].astype(np.int32),
            scores=found.scores[chosen],
            sources=np.zeros(len(chosen), np.int32),
            flags=attributes.flags(*told),
            attributes=attributes.votes(groups, chosen, self.panel.labels, stated),
            tracks=None if tracks is None else tracks[chosen],
        )

    def _pictures(self) -> Iterator[Seen]:
        """What is known of each picture."""
        paths = iter(self.panel.pictures.paths)
        for found in self.found:
            groups, count = found.groups, len(found.groups.looked)
            kept, dropped, tied = (
                np.bincount(groups.images[wanted], minlength=count).tolist()
                for wanted in (found.kept, ~found.kept, found.kept & groups.tied(self.weight))
            )
            looked = groups.looked.sum(axis=1).tolist()
            for k, agreed in enumerate(groups.pictures().tolist()):
                told = None if np.isnan(agreed) else agreed
                yield Seen(next(paths), looked[k], told, kept[k], dropped[k], tied[k])


def _row_weights(rows: Joint, weight: Floats) -> Floats:
    """The weight of each row: its rater's, times its score where it has one."""
    scores = rows.table.scores
    found: Floats = weight[rows.raters] * np.where(np.isnan(scores), 1.0, scores)
    return found
