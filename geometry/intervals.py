"""How sure a figure is: the bootstrap over pictures, and Wilson's interval of a share."""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.errors import GeometryError

__all__ = ["MOST", "bootstrap", "gathered", "groups", "wilson"]

Floats = NDArray[np.float64]
Figure = Callable[[Floats], ArrayLike]

MOST = 1000
"""Groups of pictures from which the bootstrap draws at most; more of them say hardly more."""


def bootstrap(
    sums: ArrayLike,
    figure: Figure,
    *,
    repeats: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> tuple[Floats, Floats]:
    """The interval (low, high) of a figure of summed counts, by drawing pictures anew.

    `sums` (N, ...) are the counts of each picture; `figure` takes the sums of many draws,
    (repeats, ...), and gives the figure of each, (repeats, ...). Of no pictures, or one, the
    figure has no spread: low and high are the figure itself. More than `MOST` pictures are put into
    that many groups at random first, which leaves the spread as it is (`gathered`). Percentiles
    (Efron 1979); draws in which a figure is NaN are left out of it.
    """
    sums = np.asarray(sums, dtype=np.float64)
    _check(repeats, level)
    rng = np.random.default_rng(seed)
    if len(sums) > MOST:
        sums = gathered(sums, groups(len(sums), seed=seed), MOST)
    if not len(sums):
        alone = np.asarray(figure(sums.sum(axis=0)[None]), dtype=np.float64)[0]
        return alone, alone
    even = np.full(len(sums), 1 / len(sums))
    drawn = rng.multinomial(len(sums), even, size=repeats).astype(np.float64)
    values = np.asarray(figure(np.tensordot(drawn, sums, axes=1)), dtype=np.float64)
    quantile = np.nanquantile if np.isnan(values).any() else np.quantile
    low, high = quantile(values, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return low, high


def groups(count: int, most: int = MOST, seed: int = 0) -> NDArray[np.int64]:
    """A random group below `most` for each of `count` pictures, all groups of about equal size."""
    numbers = np.arange(count) % most
    if count > most:
        np.random.default_rng(seed).shuffle(numbers)
    return numbers


def gathered(sums: Floats, group: NDArray[np.int64], count: int) -> Floats:
    """Sums of the pictures of each group, (count, ...)."""
    out = np.zeros((count, *sums.shape[1:]))
    np.add.at(out, group, sums)
    return out


def wilson(k: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """The interval (low, high) of a share of which `k` of `n` were seen; 0 to 1 for n = 0.

    Arrays broadcast (Wilson 1927).
    """
    _check(1, level)
    k, n = np.asarray(k, dtype=np.float64), np.asarray(n, dtype=np.float64)
    z2 = NormalDist().inv_cdf((1 + level) / 2) ** 2
    middle = (k + z2 / 2) / (n + z2)
    reach = np.sqrt(z2 * (np.maximum(k * (n - k), 0) / np.maximum(n, 1) + z2 / 4)) / (n + z2)
    low = np.where(k == 0, 0.0, np.maximum(middle - reach, 0))
    high = np.where(k == n, 1.0, np.minimum(middle + reach, 1))
    return low[()], high[()]


def _check(repeats: int, level: float) -> None:
    if repeats < 1:
        raise GeometryError(f"{repeats} repeats, expected 1 or more")
    if not 0 < level < 1:
        raise GeometryError(f"level {level}, expected a number between 0 and 1")
