"""The outputs of an Ultralytics graph for one picture, taken apart and measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prelabel.errors import ModelError
from prelabel.models.card import Card

__all__ = ["Outputs"]

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Outputs:
    """`head` (4 + C + E, A) raw or (N, 6 + E) finished; `prototypes` (M, h, w) of a segmenter."""

    head: Floats
    finished: bool
    prototypes: Floats

    @classmethod
    def of(cls, card: Card, outputs: Sequence[NDArray]) -> Outputs:
        """ModelError where the shapes are not those of the card."""
        head = next((x[0] for x in outputs if x.ndim == 3), np.empty((0, 0), np.float32))
        prototypes = next((x[0] for x in outputs if x.ndim == 4), np.empty((0, 0, 0), np.float32))
        raw, row = _numbers(card, len(prototypes))
        finished = card.head == "rows" or (card.head == "either" and head.shape[0] != raw)
        if head.shape[finished] != (row if finished else raw):
            found = ", ".join(str(list(x.shape)) for x in outputs)
            wanted = f"[1, N, {row}]" if finished else f"[1, {raw}, N]"
            raise ModelError(f"outputs {found}: {card.task} expects {wanted}", where=card.name)
        floats = head.astype(np.float32, copy=False)
        return cls(floats, finished, prototypes.astype(np.float32, copy=False))

    def scores(self, card: Card) -> Floats:
        """Class scores (C, A) of a raw head, or the score of every row (N,)."""
        return self.head[:, 4] if self.finished else self.head[4 : 4 + len(card.labels)]


def _numbers(card: Card, masks: int) -> tuple[int, int]:
    """Numbers of one candidate of a raw head, and of one row."""
    points, dims = card.options.get("kpt_shape", (0, 0))
    extra = {"segment": masks, "pose": points * dims, "obb": 1}.get(card.task, 0)
    return 4 + len(card.labels) + extra, 6 + extra
