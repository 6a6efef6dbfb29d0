"""`Studied`: what is to be expected of every picture, and how that was borne out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prelabel.review.outcomes import Outcome
from prelabel.review.outlook import Outlook

__all__ = ["Studied", "faulty"]

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Studied:
    """`outlooks`: number, path and outlook of every picture to be corrected.

    `proven`: of the corrected pictures, the chance that each was sound, made without having seen
    its correction, and whether it had an error. `told`: facts for the user.
    """

    outlooks: Sequence[tuple[int, str, Outlook]]
    proven: tuple[NDArray[np.float64], Bools]
    told: tuple[str, ...] = ()


def faulty(outcome: Outcome, shown: Bools, images: NDArray, others: NDArray, count: int) -> Bools:
    """(B,) the pictures, of `count`, with a missing, extra or misnamed object.

    `shown` (N,): the rows that were under review; `images` (N,) and `others` (R,) the pictures of
    rows and of true objects.
    """
    good = shown & outcome.found
    bad = shown & ~outcome.found & ~outcome.ignored
    covered = outcome.covered >= 0
    covered[covered] = good[outcome.covered[covered]]
    found = np.zeros(count, dtype=bool)
    found[images[bad]] = True
    found[others[outcome.counts & ~covered]] = True
    return found
