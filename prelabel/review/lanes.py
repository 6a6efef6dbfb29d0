"""Three lanes: accept without a look, check, draw; and the risk of accepting."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["LANES", "Acceptance", "acceptance"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LANES = ("accept", "check", "draw")
CERTAINTY = 0.95


@dataclass(frozen=True, slots=True)
class Acceptance:
    """From which chance of being sound on a picture is accepted unseen, and what that risks.

    Of `pictures` corrected ones with such a chance `wrong` had an error; `low` and `high` bound the
    share of wrong ones (two-sided, 95 %). `least` is NaN where nothing may be accepted, and
    `reason` says why.
    """

    least: float = math.nan
    wrong: int = 0
    pictures: int = 0
    low: float = 0.0
    high: float = 1.0
    reason: str = ""

    def takes(self, sound: float) -> bool:
        """Whether a picture is accepted."""
        return sound >= self.least

    def as_json(self) -> dict[str, Any]:
        """Plain values; None where nothing may be accepted."""
        if math.isnan(self.least):
            return {"risk": None, "reason": self.reason}
        return {
            "risk": round(self.wrong / self.pictures, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
            "wrong": self.wrong,
            "pictures": self.pictures,
            "least_chance": round(self.least, 6),
        }


def needed(risk: float) -> int:
    """Corrected pictures, all sound, that it takes to be sure of a risk."""
    return math.ceil(math.log(1 - CERTAINTY) / math.log1p(-risk))


def acceptance(sound: Floats, wrong: Bools, risk: float) -> Acceptance:
    """The widest lane whose share of wrong pictures is below `risk`, with 95 % certainty.

    `sound` (N,) are chances of corrected pictures, made without having seen them, `wrong` (N,)
    whether an error was found. The lane is widened step by step from the surest pictures on and
    stops at the first step that fails the exact binomial test, so that one certainty serves all
    steps (fixed-sequence testing; Angelopoulos et al., "Learn then test", 2021).
    """
    order = np.argsort(-sound, kind="stable")
    ranked, start = sound[order], needed(risk)
    if len(order) < start:
        few = f"a risk of {risk:g} takes {start} corrected pictures, there are {len(order)}"
        return Acceptance(reason=few)
    found = Acceptance(
        reason=f"too many of the surest corrected pictures have an error for a risk of {risk:g}"
    )
    for step in _steps(start, len(order)):
        n = int((ranked >= ranked[step - 1]).sum())  # equal ones go together
        k = int(wrong[order[:n]].sum())
        if _tail(k, n, risk) > 1 - CERTAINTY:
            break
        low, high = exact(k, n)
        found = Acceptance(float(ranked[n - 1]), k, n, low, high)
    return found


def _steps(start: int, end: int) -> Sequence[int]:
    """Sizes of the lane to try: `start`, then some tenth more each time, at last all."""
    sizes = [start]
    while sizes[-1] < end:
        sizes.append(min(end, sizes[-1] + max(1, sizes[-1] // 10)))
    return sizes


def _tail(k: int, n: int, p: float) -> float:
    """P(X <= k) of a binomial count."""
    logs = (
        math.lgamma(n + 1)
        - math.lgamma(j + 1)
        - math.lgamma(n - j + 1)
        + j * math.log(p)
        + (n - j) * math.log1p(-p)
        for j in range(k + 1)
    )
    return min(1.0, math.fsum(math.exp(v) for v in logs))


def exact(k: int, n: int) -> tuple[float, float]:
    """The exact (Clopper-Pearson) two-sided interval of a share, k of n; (0, 1) for n = 0."""
    side = (1 - CERTAINTY) / 2
    low = 0.0 if k == 0 else _solved(lambda p: 1 - _tail(k - 1, n, p) - side)
    high = 1.0 if k == n else _solved(lambda p: side - _tail(k, n, p))
    return low, high


def _solved(rising: Any) -> float:
    """The root of a rising function of a share, by halving."""
    low, high = 1e-12, 1 - 1e-12
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return (low + high) / 2
