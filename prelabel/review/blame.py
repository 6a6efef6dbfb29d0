"""Who is wrong where models contradict labels that people drew.

The labels themselves tell how reliable the models are, for most labels are right: where labels
agree with the like of a proposal in q of all cases, and a share e of the labels is wrong, the
proposal is right in q / (1 - e). Of the 1 - q that labels contradict, q e / (1 - e) are the
labels' fault.
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
    share = (float(contradicted[surest].sum()) + 0.5) / (count + 25.0)
    return float(np.clip(share, *MISTAKES))


def blame(agreed: Floats, share: float) -> Floats:
    """(N,) chance that the label is wrong, not the model, where the two differ.

    `agreed` (N,): how often labels agree with the like; `share`: of wrong labels.
    """
    fault = agreed * share / (1 - share)
    chances: Floats = np.minimum(1.0, fault / np.maximum(1 - agreed, 1e-9))
    return chances


def needless(found: Floats, share: float) -> Floats:
    """(N,) chance that a label which no model supports is of no object.

    `found` (N,): how often models support the like; `share`: of labels of no object.
    """
    chances: Floats = share / np.maximum(1 - found, share)
    return chances
