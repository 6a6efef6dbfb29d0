"""How far the raters of a panel agree: counts by pair of raters, picture and class, and alpha."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formats.dataset import Label
from formats.errors import FormatError
from geometry import agreement, intervals
from prelabel.compare.accumulate import LEVELS, Sums
from prelabel.compare.clips import ClipFigures
from prelabel.compare.counts import Counts
from prelabel.compare.oks import sigmas_of
from prelabel.compare.panel import Panel
from prelabel.compare.similarity import Against
from prelabel.errors import SettingsError
from prelabel.evaluate.sigmas import Sigmas

__all__ = ["LEVELS", "Alpha", "Figures", "PairFigures", "figures"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class PairFigures:
    """Two raters, by their numbers a < b in the panel.

    `pictures` (M,): those that both looked at; `by_picture` (M,), `by_group` (groups, classes) and
    `sweep` (levels,) are their counts. `crossed`: classes of a and b (one more than there are
    stands for no object), and how often, (K,) each.
    """

    a: int
    b: int
    pictures: Ints
    by_picture: Counts
    by_group: Counts
    sweep: Counts
    crossed: tuple[Ints, Ints, Ints]
    clips: tuple[ClipFigures, ...] = ()
    """Tracks: all clips together, then each of them; empty where neither side has tracks."""

    @property
    def whole(self) -> Counts:
        """Counts of all pictures and classes."""
        return Counts(self.by_picture.values.sum(axis=0))

    def confusion(self, classes: int) -> Ints:
        """(classes + 1, classes + 1): a's class down, b's across, the last one for no object."""
        matrix = np.zeros((classes + 1, classes + 1), dtype=np.int64)
        np.add.at(matrix, self.crossed[:2], self.crossed[2])
        return matrix


@dataclass(frozen=True, slots=True, eq=False)
class Alpha:
    """Krippendorff's alpha of all raters over the objects that two or more could have drawn.

    `by_picture` (N,), 1 for a picture where nobody drew anything; `sweep` (levels,); `without`
    (raters,): alpha of all the others, NaN where fewer than two are left; `agreed` (groups,) and
    `counts` (groups, classes + 1) are the sums that intervals are drawn from.
    """

    value: float
    by_picture: Floats
    sweep: Floats
    without: Floats
    agreed: Floats
    counts: Floats

    def interval(self, level: float = 0.95, seed: int = 0) -> tuple[float, float]:
        """Low and high by bootstrap over pictures."""
        sums = np.column_stack([self.agreed, self.counts])
        low, high = intervals.bootstrap(
            sums, lambda s: agreement.alpha_of(s[:, 0], s[:, 1:]), level=level, seed=seed
        )
        return float(low), float(high)


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """All counts of a panel; figures of several pairs of raters are means over the pairs.

    `pairs` are those who looked at a picture in common; `levels` the thresholds of the sweeps.
    `pictures` counts those that two or more looked at.
    """

    task: str
    threshold: float
    levels: Floats
    labels: tuple[Label, ...]
    raters: tuple[str, ...]
    paths: Sequence[str]
    pairs: tuple[PairFigures, ...]
    alpha: Alpha
    pictures: int
    told: tuple[str, ...]

    def of_rater(self, rater: int) -> tuple[PairFigures, ...]:
        """The pairs that a rater is one of."""
        return tuple(pair for pair in self.pairs if rater in (pair.a, pair.b))

    def confusion(self) -> Ints:
        """(classes + 1, classes + 1) over all pairs, the earlier rater's class down."""
        zero = np.zeros((len(self.labels) + 1,) * 2, dtype=np.int64)
        return sum((pair.confusion(len(self.labels)) for pair in self.pairs), zero)


def figures(
    panel: Panel,
    *,
    threshold: float = 0.5,
    task: str = "auto",
    sigmas: Sigmas = None,
    against: Against = "annotator",
    levels: Sequence[float] | Floats = LEVELS,
) -> Figures:
    """Compare all raters of a panel, two at a time, and all together for alpha.

    `threshold`: likeness (IoU or OKS) from which two shapes are one object. `task` auto: the most
    exact shape that all have. `sigmas` as in `evaluate.sigmas.of`. `levels` (T,): thresholds that
    everything is counted at besides, none for none. SettingsError where there are less than two
    raters, or for a threshold outside 0 to 1; FormatError where no two saw one picture.
    """
    _check(panel, threshold, levels)
    chosen = panel.task(task)
    sums = Sums(panel, threshold, np.asarray(levels, dtype=np.float64))
    spread, notes = sigmas_of(panel.labels, sigmas) if chosen == "keypoints" else (None, ())
    for block in panel.pictures.blocks():
        sums.add(block, chosen, spread, against)
    return Figures(
        chosen,
        threshold,
        sums.levels,
        panel.labels,
        panel.raters,
        panel.pictures.paths,
        tuple(_pair(sums, r, s) for r, s in sums.pairs),
        _alpha(sums),
        int(sums.compared.sum()),
        (*panel.told, *sums.told(), *notes),
    )


def _check(panel: Panel, threshold: float, levels: Sequence[float] | Floats) -> None:
    for value in (threshold, *levels):
        if not 0 < value <= 1:
            raise SettingsError(f"{value}, expected a number above 0 and up to 1", "threshold")
    if len(panel.raters) < 2:
        raise SettingsError(
            f"one rater only ({panel.raters[0]}), expected two or more",
            hint="name a second data set, or one whose pictures several people labelled",
        )
    seen = np.array([rater.numbers >= 0 for rater in panel.pictures.raters])
    if not (seen.sum(axis=0) > 1).any():
        first = [panel.pictures.paths[int(looked.argmax())] for looked in seen]
        named = (f"{name} has {path}" for name, path in zip(panel.raters, first, strict=True))
        raise FormatError(f"no picture was looked at by two raters: {', '.join(named)}")


def _pair(sums: Sums, r: int, s: int) -> PairFigures:
    found = sums.pairs[r, s]
    width = len(sums.panel.labels) + 1
    keys, often = found.crossed()
    return PairFigures(
        r,
        s,
        found.pictures,
        Counts(found.by_picture),
        Counts(found.by_group),
        Counts(found.sweep),
        (keys // width, keys % width, often),
        found.clips.figures(sums.threshold),
    )


def _alpha(sums: Sums) -> Alpha:
    without = np.full(len(sums.panel.raters), np.nan)
    if len(without) > 2:
        without = agreement.alpha_of(sums.without.agreed, sums.without.counts)
    return Alpha(
        float(agreement.alpha_of(sums.alpha.agreed.sum(), sums.alpha.counts.sum(axis=0))),
        agreement.alpha_from(*sums.alpha_parts.T),
        agreement.alpha_of(sums.alpha_sweep.agreed, sums.alpha_sweep.counts),
        without,
        sums.alpha.agreed,
        sums.alpha.counts,
    )
