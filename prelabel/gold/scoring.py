"""`score`: annotators against the truth on gold pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from formats.dataset import Chunk, Dataset
from formats.errors import FormatError
from geometry import agreement, intervals
from prelabel.compare import Panel, panel
from prelabel.compare.counts import Counts
from prelabel.compare.figures import PairFigures, figures
from prelabel.evaluate.sigmas import Sigmas
from prelabel.gold.drifting import drift
from prelabel.gold.result import FIGURES, Checked, Rater
from prelabel.gold.times import saved
from prelabel.gold.weighing import weights
from prelabel.reports import Estimate

__all__ = ["score"]

Floats = NDArray[np.float64]

GOLD = "gold"


def score(
    gold: Dataset,
    datasets: Sequence[tuple[str, Dataset]],
    *,
    threshold: float = 0.5,
    task: str = "auto",
    sigmas: Sigmas = None,
    seed: int = 0,
    level: float = 0.95,
) -> Checked:
    """Compare the annotators of some named datasets with the truth.

    Only pictures that `gold` looked at count, and of those the ones that the annotator looked at:
    a gold picture left empty is a rating, one not seen is none. Intervals come from drawing
    pictures anew, that of the classes is Wilson's. FormatError where nobody saw a gold picture.
    """
    sides = panel([(GOLD, _alone(gold)), *datasets])
    truth = int((sides.pictures.raters[0].numbers >= 0).sum())
    chosen = sides.task(task)
    found: list[tuple[str, PairFigures, Floats]] = []
    unseen: list[str] = []
    for k, name in enumerate(sides.raters[1:], 1):
        if not _met(sides, k):
            unseen.append(name)
            continue
        both = _two(sides, k)
        pairs = figures(
            both, threshold=threshold, task=chosen, sigmas=sigmas, against="truth", levels=()
        )
        found.append((name, pairs.pairs[0], _times(both)[pairs.pairs[0].pictures]))
    if not found:
        raise FormatError("no annotator looked at a gold picture")
    weight = weights([pair.whole for _, pair, _ in found])
    raters = tuple(
        Rater(
            name,
            len(pair.pictures),
            int(pair.whole.same + pair.whole.fn),
            _figures(pair.by_picture, seed, level),
            weight[k],
            drift(pair.by_picture, times, seed=seed, level=level),
        )
        for k, (name, pair, times) in enumerate(found)
    )
    return Checked(raters, truth, tuple(_told(unseen)))


def _alone(gold: Dataset) -> Dataset:
    """The truth as one rater, whoever drew it."""

    def chunks() -> Iterator[Chunk]:
        for chunk in gold.chunks():
            items = [replace(item, annotator="") for item in chunk.items]
            yield replace(chunk, items=items)

    return replace(gold, chunks=chunks)


def _met(sides: Panel, rater: int) -> bool:
    """Whether a rater looked at a gold picture."""
    gold, theirs = (sides.pictures.raters[k].numbers >= 0 for k in (0, rater))
    return bool((gold & theirs).any())


def _two(sides: Panel, rater: int) -> Panel:
    """A rater and the truth, which comes second: likeness is measured by it."""
    chosen = sides.pictures.raters[rater], sides.pictures.raters[0]
    pictures = replace(sides.pictures, raters=chosen)
    return replace(sides, raters=(sides.raters[rater], GOLD), pictures=pictures)


def _times(both: Panel) -> Floats:
    """(N,) when the rater saved each picture of the panel, NaN where nothing tells it."""
    found = [
        None if item is None else saved(item.extra)
        for block in both.pictures.blocks()
        for item in block.items[0]
    ]
    return np.array([np.nan if time is None else time for time in found], dtype=np.float64)


def _figures(counts: Counts, seed: int, level: float) -> dict[str, Estimate]:
    """Every figure with its interval; `counts` by picture."""
    whole = counts.values.sum(axis=0)
    low, high = intervals.bootstrap(counts.values, _all, seed=seed, level=level)
    values = np.asarray(_all(whole[None])[0])
    told = np.stack([values, low, high], axis=-1).tolist()
    found = {
        name: Estimate(value, least, most)
        for name, (value, least, most) in zip(FIGURES, told, strict=False)
    }
    right, wrong = float(Counts(whole).same), float(Counts(whole).what)
    named = intervals.wilson(right, right + wrong, level)
    share = right / (right + wrong) if right + wrong else float("nan")
    return {**found, "class_accuracy": Estimate(share, float(named[0]), float(named[1]))}


def _all(sums: Floats) -> Floats:
    """F1, precision, recall and mean likeness of pairs, (..., 4), of sums (..., 7)."""
    counts = Counts(sums)
    return np.stack(
        [
            counts.f1(),
            counts.precision(),
            counts.recall(),
            agreement.mean_iou(counts.total, counts.same, 0.0, 0.0),
        ],
        axis=-1,
    )


def _told(unseen: Sequence[str]) -> Iterator[str]:
    if unseen:
        yield f"looked at no gold picture: {', '.join(unseen)}"
