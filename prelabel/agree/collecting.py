"""`agree`: from counts to figures, with intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from formats.errors import FormatError
from prelabel.agree.asking import Asked
from prelabel.agree.estimates import Estimates
from prelabel.agree.pictures import Pictures
from prelabel.agree.record import (
    Agreement,
    ByClass,
    ByRater,
    Confusion,
    OfClip,
    OfPair,
    Split,
    Sweep,
)
from prelabel.compare.counts import COLUMNS, Counts
from prelabel.compare.figures import Figures, PairFigures, figures
from prelabel.compare.panel import Panel
from prelabel.reports import Estimate

__all__ = ["agree"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def agree(panel: Panel, asked: Asked | None = None) -> Agreement:
    """How far the raters of a panel agree.

    SettingsError for a threshold outside 0 to 1, an unknown task, or one rater only; FormatError
    where no two of them looked at the same picture.
    """
    asked = asked or Asked()
    found = figures(panel, **asked.comparing())
    if not found.pairs:
        raise FormatError("no picture was looked at by two of them: there is nothing to compare")
    estimates = Estimates(found, asked)
    return Agreement(
        panel.raters,
        found.task,
        found.threshold,
        asked.level,
        estimates.overall(),
        _alpha(found, asked),
        _split([pair.whole for pair in found.pairs]),
        tuple(_of_pairs(found, estimates)),
        tuple(_by_rater(found, estimates, panel)),
        tuple(_by_class(found, estimates)),
        _confusion(found),
        _sweep(found),
        _pictures(found, panel),
        tuple(_clips(found)),
        (*found.told, *_lone(found)),
    )


def _alpha(found: Figures, asked: Asked) -> Estimate:
    none = (float("nan"), float("nan"))
    ends = found.alpha.interval(asked.level, asked.seed) if asked.repeats else none
    return Estimate(found.alpha.value, *ends)


def _split(counts: Sequence[Counts]) -> Split:
    """Counts of some pairs of raters."""
    columns = ("same", "what", "where", "only_a", "only_b")
    return Split(*(round(sum(float(getattr(c, name)) for c in counts)) for name in columns))


def _of_pairs(found: Figures, estimates: Estimates) -> Iterator[OfPair]:
    for k, pair in enumerate(found.pairs):
        whole = pair.whole
        yield OfPair(
            found.raters[pair.a],
            found.raters[pair.b],
            len(pair.pictures),
            int((pair.by_picture.objects == 0).sum()),
            estimates.of_pair(k),
            float(whole.precision()),
            float(whole.recall()),
            float(pair.by_picture.f1().mean()),
            _split([whole]),
        )


def _by_rater(found: Figures, estimates: Estimates, panel: Panel) -> Iterator[ByRater]:
    for r, name in enumerate(found.raters):
        pairs = found.of_rater(r)
        if pairs:
            yield ByRater(
                name,
                int((panel.pictures.raters[r].numbers >= 0).sum()),
                estimates.of_rater(r),
                _mean(p.whole.precision() if p.a == r else p.whole.recall() for p in pairs),
                _mean(p.whole.recall() if p.a == r else p.whole.precision() for p in pairs),
                float(found.alpha.without[r]),
            )


def _mean(values: Iterator[Floats]) -> float:
    return float(np.mean(list(values)))


def _by_class(found: Figures, estimates: Estimates) -> Iterator[ByClass]:
    """The classes that somebody drew, the most frequent first."""
    counts = estimates.classes
    for k in np.argsort(-counts.objects, kind="stable").tolist():
        if counts.objects[k]:
            one = Counts(counts.values[k])
            yield ByClass(
                found.labels[k].name,
                round(float(one.objects)),
                estimates.of_class(k),
                round(float(one.same)),
                round(2 * float(one.what)),
                round(float(one.where)),
                round(float(one.only_a + one.only_b)),
            )


def _confusion(found: Figures) -> Confusion:
    matrix = found.confusion()
    often = matrix.sum(axis=0)[:-1] + matrix.sum(axis=1)[:-1]
    order = np.argsort(-often, kind="stable")[: int((often > 0).sum())]
    return Confusion(
        tuple(found.labels[k].name for k in order.tolist()),
        matrix[np.ix_(order, order)],
        matrix[order, -1],
        matrix[-1, order],
    )


def _lone(found: Figures) -> Iterator[str]:
    """What is odd about alpha with one class: chance agrees nearly as often as people do."""
    drawn = sum((pair.by_group.objects.sum(axis=0) for pair in found.pairs), np.zeros(1))
    if int((drawn > 0).sum()) == 1:
        yield "there is one class only: alpha falls to 0 or below as soon as anything is missed"


def _clips(found: Figures) -> Iterator[OfClip]:
    for pair in found.pairs:
        for clip in pair.clips:
            yield OfClip(
                found.raters[pair.a],
                found.raters[pair.b],
                clip.name,
                clip.frames,
                clip.tracks_a,
                clip.tracks_b,
                clip.identity.idf1,
                clip.hota.hota,
                clip.hota.detection,
                clip.hota.association,
                clip.clear.mota,
                clip.clear.switches,
                clip.clear.fragments,
            )


def _sweep(found: Figures) -> Sweep:
    def mean(name: str) -> Floats:
        rows = [getattr(pair.sweep, name)() for pair in found.pairs]
        average: Floats = np.mean(rows, axis=0)
        return average

    return Sweep(found.levels, mean("f1"), mean("mean_iou"), mean("pq"), found.alpha.sweep)


def _pictures(found: Figures, panel: Panel) -> Pictures:
    looked = np.zeros(len(found.paths), dtype=np.int64)
    for rater in panel.pictures.raters:
        looked += rater.numbers >= 0
    numbers = np.flatnonzero(looked > 1)
    often, f1, iou, values = _over_pairs(found.pairs, len(looked))
    counts = Counts(values[numbers])
    whole = [counts.same, counts.what, counts.where, counts.only_a + counts.only_b]
    return Pictures(
        numbers,
        found.paths,
        looked[numbers],
        (f1 / often)[numbers],
        (iou / often)[numbers],
        found.alpha.by_picture[numbers],
        *(np.round(column).astype(np.int64) for column in whole),
    )


def _over_pairs(pairs: Sequence[PairFigures], count: int) -> tuple[Floats, Floats, Floats, Floats]:
    """By picture: how many pairs looked (1 for none), their summed F1, mean IoU and counts."""
    often, f1, iou = np.zeros((3, count))
    values = np.zeros((count, len(COLUMNS)))
    for pair in pairs:
        often[pair.pictures] += 1
        f1[pair.pictures] += pair.by_picture.f1()
        iou[pair.pictures] += pair.by_picture.mean_iou()
        values[pair.pictures] += pair.by_picture.values
    return np.maximum(often, 1), f1, iou, values
