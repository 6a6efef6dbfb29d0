"""The pictures to review, some thousand at a time, with what the models propose for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.dataset import Dataset
from prelabel.compare import Panel, panel
from prelabel.compare.blocks import Block
from prelabel.errors import SettingsError
from prelabel.review.candidates import Candidates, gather

__all__ = ["Desk", "Named", "Sheet", "desk"]

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Named = tuple[str, Dataset]


@dataclass(frozen=True, slots=True, eq=False)
class Desk:
    """A panel and who is who in it: places of raters, `corrected` -1 for nobody."""

    panel: Panel
    subject: int
    models: tuple[int, ...]
    corrected: int

    @property
    def model_names(self) -> tuple[str, ...]:
        """The models, in the order of a candidate's scores."""
        return tuple(self.panel.raters[k] for k in self.models)

    def sheets(self, task: str) -> Iterator[Sheet]:
        """All pictures of the panel, block by block."""
        for block in self.panel.pictures.blocks():
            yield Sheet.of(self, block, task)


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """Neighbouring pictures: the table under review, the corrected one, what models propose.

    `wanted` (B,): the subject has the picture and it is not corrected yet. `known` (B,): it has
    been corrected. `modelled` (B,): some model looked at it.
    """

    block: Block
    table: Annotations
    corrected: Annotations
    candidates: Candidates
    wanted: Bools
    known: Bools
    modelled: Bools

    @staticmethod
    def of(desk: Desk, block: Block, task: str) -> Sheet:
        """That of one block of the panel."""
        looked = np.array([block.looked(k) for k in desk.models]).T.reshape(len(block), -1)
        tables = [block.tables[k] for k in desk.models]
        there = block.looked(desk.subject)
        done = block.looked(desk.corrected) if desk.corrected >= 0 else np.zeros_like(there)
        return Sheet(
            block,
            block.tables[desk.subject],
            block.tables[desk.corrected] if desk.corrected >= 0 else Annotations.empty(),
            gather(tables, looked, task=task, size=block.sizes),
            there & ~done,
            there & done,
            np.asarray(looked.any(axis=1), dtype=bool),
        )


def desk(
    subject: Named,
    models: Sequence[Named],
    corrected: Named | None = None,
    *,
    voice: bool,
    aliases: Mapping[str, str] | None = None,
) -> Desk:
    """Set the dataset under review beside the models' and the corrected pictures.

    `voice`: the subject is a model's and speaks first among the models.
    SettingsError where the subject or the corrected pictures have several annotators, or none.
    """
    named = [subject, *models, *([corrected] if corrected else [])]
    made = panel(named, aliases=aliases)
    places = _raters(made, named)
    others = [k for found in places[1 : 1 + len(models)] for k in found]
    first = _one(made, places[0], subject[0])
    done = _one(made, places[-1], corrected[0]) if corrected else -1
    return Desk(made, first, (first, *others) if voice else tuple(others), done)


def _raters(made: Panel, named: Sequence[Named]) -> list[list[int]]:
    """The raters of each dataset, none where nobody looked.

    Those of one dataset share a store and stand together, in the order of the datasets.
    """
    groups = (list(group) for _, group in groupby(range(len(made.raters)), partial(_store, made)))
    return [next(groups) if _looked(dataset) else [] for _, dataset in named]


def _looked(dataset: Dataset) -> bool:
    return any(bool(chunk.looked.any()) for chunk in dataset.chunks())


def _store(made: Panel, k: int) -> int:
    return id(made.pictures.raters[k].store)


def _one(made: Panel, found: Sequence[int], name: str) -> int:
    if len(found) != 1:
        people = ", ".join(made.raters[k] for k in found) or "nobody"
        raise SettingsError(
            f"was looked at by {people}, expected one annotator",
            where=name,
            hint="merge them first: prelabel consensus",
        )
    return found[0]
