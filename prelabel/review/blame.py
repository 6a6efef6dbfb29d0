"""Who is wrong where models contradict labels that people drew.

The labels themselves tell how reliable the models are, for most labels are right. Where a proposal
is right with chance q and a share e of the labels is wrong, models and labels differ because the
label is wrong in q e cases, because the proposal is wrong in 1 - q: Bayes' rule. That labels agree
with the like of a proposal is taken for q, which is a little too small.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["MISTAKES", "blame", "needless", "share_of_mistakes"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MISTAKES = (0.002, 0.2)
"""Least and greatest share of labels that is taken to be wrong."""
SUREST = 0.1
"""As many rows as this share of the labels tell how many are wrong: where models err least."""
FEW = 30
"""At least so many rows are looked at for that."""


def share_of_mistakes(agreed: Floats, contradicted: Bools, labels: int) -> float:
    """The share of wrong ones of so many `labels`, by N rows.

    `agreed` (N,): chances that labels agree; where models are surest nearly all contradictions are
    the labels' fault.
    """
    count = min(len(agreed), max(FEW, int(SUREST * labels)))
    surest = np.argsort(-agreed, kind="stable")[:count]
    share = (float(contradicted[surest].sum()) + 1) / (count + 2)
    return float(np.clip(share, *MISTAKES))


def blame(agreed: Floats, share: float) -> Floats:
    """(N,) chance that the label is wrong, not the model, where the two differ.

    `agreed` (N,): how often labels agree with the like; `share`: of wrong labels.
    """
    fault = agreed * share
    chances: Floats = fault / (fault + np.maximum(1 - agreed, 1e-12))
    return chances


def needless(found: Floats, share: float) -> Floats:
    """(N,) chance that a label which no model supports is of no object.

    `found` (N,): how often models support the like; `share`: of labels of no object.
    """
    chances: Floats = share / (share + (1 - share) * (1 - found))
    return chances
