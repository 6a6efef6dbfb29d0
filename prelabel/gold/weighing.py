"""Weights of annotators for a consensus, from what they did on gold pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from prelabel.compare.counts import Counts

__all__ = ["weights"]

PRIOR = 10.0
"""Objects that a rater is taken to have seen and done as all raters together do."""
LEAST, MOST = 0.525, 0.99
"""A rater no better than chance still counts a little, one without an error not for ever."""


def weights(found: Sequence[Counts]) -> list[float]:
    """The weight of each rater, their mean 1: log odds of being right, which is how votes of
    independent raters are best weighed (Nitzan and Paroush 1982).

    Right means F1 on the gold pictures, drawn towards that of all raters where a rater has seen
    few objects.
    """
    if not found:
        return []
    pooled = sum(float(2 * c.same) for c in found) / max(sum(float(c.objects) for c in found), 1.0)
    right = [(2 * float(c.same) + PRIOR * pooled) / (float(c.objects) + PRIOR) for c in found]
    share = np.clip(right, LEAST, MOST)
    odds = np.log(share / (1 - share))
    scaled: list[float] = np.round(odds / odds.mean(), 6).tolist()
    return scaled
