"""The query as numbers: the least score of every class of a model."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from prelabel.models.card import Card
from prelabel.models.query import Query

__all__ = ["least_scores"]


def least_scores(card: Card, query: Query) -> NDArray[np.float32]:
    """(C,) least score by class of the card, infinite for a class that is not wanted."""
    wanted = query.labels
    floors = [
        query.thresholds.get(label.name, query.conf)
        if wanted is None or label.name in wanted
        else np.inf
        for label in card.labels
    ]
    return np.array(floors, dtype=np.float32)
