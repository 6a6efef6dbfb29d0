"""Which clusters are objects, and of what class: votes of raters, with their weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geometry.dawid_skene import dawid_skene
from prelabel.consensus.grouping import Groups
from prelabel.consensus.options import Options
from prelabel.errors import SettingsError

__all__ = ["Votes", "count", "weights_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

EVEN = 1e-9
SMOOTHING = 1.0
"""Imaginary votes a class and rater, as the others vote: see `geometry.dawid_skene`."""


@dataclass(frozen=True, slots=True, eq=False)
class Votes:
    """What was voted on the clusters of all blocks.

    By block: `kept` (C,) which are objects, `labels` (C,) their classes, `sure` (C,) the share of
    the vote that the class has, or its probability. `accuracy` (R,): how often a rater is right
    about classes by Dawid and Skene, None by majority.
    """

    kept: tuple[Bools, ...]
    labels: tuple[Ints, ...]
    sure: tuple[Floats, ...]
    accuracy: Floats | None = None


def weights_of(raters: Sequence[str], given: Mapping[str, float]) -> tuple[Floats, tuple[str, ...]]:
    """The weight of each rater, (R,), and what to tell: raters without one, names that nobody has.

    SettingsError for a weight below 0, or where all raters weigh nothing.
    """
    for name, value in given.items():
        if not (np.isfinite(value) and value >= 0):
            raise SettingsError(f"{name!r} weighs {value}, expected 0 or more", "weights")
    known = [given[name] for name in raters if name in given]
    usual = float(np.mean(known)) if known else 1.0
    weight = np.array([given.get(name, usual) for name in raters], dtype=np.float64)
    if not weight.sum() > 0:
        raise SettingsError("all raters weigh nothing", "weights")
    return weight, tuple(_unknown(raters, given, usual))


def _unknown(raters: Sequence[str], given: Mapping[str, float], usual: float) -> list[str]:
    if not given:
        return []
    lacking = [name for name in raters if name not in given]
    strange = [name for name in given if name not in raters]
    told = []
    if lacking:
        told.append(f"without a weight, so taken at {usual:.3g}: {', '.join(lacking)}")
    if strange:
        told.append(f"weights of raters that are not here: {', '.join(strange)}")
    return told


def count(found: Sequence[Groups], weight: Floats, classes: int, options: Options) -> Votes:
    """Count the votes on all clusters."""
    kept = tuple(_enough(groups, weight, options.quorum) for groups in found)
    if options.labels == "majority":
        usual = _usual(found, classes)
        told = [_majority(groups, weight, classes, usual) for groups in found]
        return Votes(kept, tuple(label for label, _ in told), tuple(share for _, share in told))
    return _learned(found, kept, classes)


def _enough(groups: Groups, weight: Floats, quorum: float | None) -> Bools:
    """Whether enough of those who looked drew each cluster; all of them are always enough."""
    if quorum is not None and quorum >= 1:
        lookers = groups.looked.sum(axis=1)[groups.images]
        return groups.drawn.sum(axis=1) >= np.minimum(quorum, lookers)
    share = groups.share(groups.drawn, weight)
    return share > 0.5 + EVEN if quorum is None else share >= quorum - EVEN


def _usual(found: Sequence[Groups], classes: int) -> Ints:
    """(K,) how often each class is named at all."""
    named = [groups.labels[groups.drawn] for groups in found]
    return sum((np.bincount(n, minlength=classes) for n in named), np.zeros(classes, np.int64))


def _majority(groups: Groups, weight: Floats, classes: int, usual: Ints) -> tuple[Ints, Floats]:
    """The class with most of the weight (of equals the one named more often at all), its share."""
    cluster, rater = np.nonzero(groups.drawn)
    label = groups.labels[cluster, rater]
    seat, place = np.unique(cluster * classes + label, return_inverse=True)
    votes = np.bincount(place, weight[rater], minlength=len(seat))
    owner, named = seat // classes, seat % classes
    order = np.lexsort((-usual[named], -np.round(votes, 9), owner))
    first = order[np.unique(owner[order], return_index=True)[1]]
    whole = np.bincount(owner, votes, minlength=len(groups.images))
    shares = np.divide(votes[first], whole, out=np.ones(len(whole)), where=whole > 0)
    return named[first], shares


def _learned(found: Sequence[Groups], kept: tuple[Bools, ...], classes: int) -> Votes:
    """Classes by Dawid and Skene, from the votes on everything that is kept."""
    votes, start = [], 0
    for groups, wanted in zip(found, kept, strict=True):
        cluster, rater = np.nonzero(groups.drawn & wanted[:, None])
        votes.append((cluster + start, rater, groups.labels[cluster, rater]))
        start += len(wanted)
    units, raters, labels = (np.concatenate(column) for column in zip(*votes, strict=True))
    model = dawid_skene(units, raters, labels, classes=classes, count=start, smoothing=SMOOTHING)
    cuts = np.cumsum([len(wanted) for wanted in kept])[:-1]
    chosen = model.labels()
    sure = model.posterior.max(axis=1, initial=0.0)
    accuracy = np.full(found[0].looked.shape[1], np.nan)
    accuracy[: len(model.confusion)] = model.accuracy()
    return Votes(kept, tuple(np.split(chosen, cuts)), tuple(np.split(sure, cuts)), accuracy)
