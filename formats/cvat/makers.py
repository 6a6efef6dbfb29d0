"""Who made a shape, in CVAT's few words for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from formats.annotations import Annotations
from formats.dataset import Source
from formats.losses import Losses

__all__ = ["count", "of_word", "word"]

SAID = frozenset({"auto", "semi-auto", "manual", "file", "consensus"})
BY_KIND = {"model": "auto", "consensus": "consensus"}
KINDS = {"auto": "model", "semi-auto": "model", "consensus": "consensus"}


def word(number: int, score: float, sources: Sequence[Source]) -> str:
    """The word for a row's source, "" where it is not known; what has a score is a model's."""
    if number < 0:
        return "auto" if np.isfinite(score) else ""
    by = sources[number]
    return by.name if by.name in SAID else BY_KIND.get(by.kind, "manual")


def of_word(name: str) -> Source:
    """The source that a word stands for."""
    kind: Any = KINDS.get(name, "person")
    return Source(kind, name)


def count(table: Annotations, sources: Sequence[Source], losses: Losses, where: str) -> None:
    """Of a source that has no word of CVAT only its kind is told."""
    if table.sources is not None:
        named = np.array([by.name in SAID for by in sources] + [True], dtype=bool)
        losses.add("name of the source", int((~named[table.sources]).sum()), where)
