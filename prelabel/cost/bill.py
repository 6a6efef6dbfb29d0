"""`Bill`: what a tally costs, overall, by class, by annotator and by picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geometry.intervals import bootstrap
from prelabel.cost.fitting import Fitted
from prelabel.cost.table import EDITS, CostTable
from prelabel.cost.tally import Tally
from prelabel.reports.cells import Estimate

__all__ = ["DONE", "Bill"]

Floats = NDArray[np.float64]

DONE: Mapping[str, str] = {
    "verify": "kept",
    "adjust": "moved",
    "delete": "deleted",
    "draw": "drawn",
    "relabel": "relabelled",
    "picture": "looked at",
}
"""What became of shapes, by kind of edit."""


@dataclass(frozen=True, slots=True, eq=False)
class Bill:
    """A tally with its prices. `fitted`: where these come from, None for a table that was given."""

    tally: Tally
    costs: CostTable
    fitted: Fitted | None = None

    @property
    def seconds(self) -> Floats:
        """(P,) expected seconds of each picture."""
        return self.costs.seconds(self.tally.counts)

    @property
    def from_nothing(self) -> Floats:
        """(P,) seconds of each picture, had every object been drawn."""
        objects = self.tally.objects.astype(np.float64)
        return objects * self.costs.draw + self.costs.picture

    def mean(self) -> Estimate:
        """Seconds of a picture, with an interval by a bootstrap over pictures."""
        sums = np.column_stack([self.seconds, np.ones(len(self.tally))])
        low, high = bootstrap(sums, lambda s: s[..., 0] / s[..., 1])
        return Estimate(float(self.seconds.mean()), float(low), float(high), 1)

    def saved(self) -> Estimate:
        """Share of the seconds from nothing that pre-labels saved; NaN where nothing was drawn."""
        sums = np.column_stack([self.seconds, self.from_nothing])
        total = sums.sum(axis=0)
        if total[1] <= 0:
            return Estimate(np.nan, np.nan, np.nan)
        low, high = bootstrap(sums, lambda s: 1 - s[..., 0] / np.maximum(s[..., 1], 1e-9))
        return Estimate(1 - float(total[0] / total[1]), float(low), float(high))

    def edits(self) -> list[tuple[str, int, float]]:
        """(what became of them, how many, seconds) for each kind of edit that costs something."""
        sums = self.tally.counts.sum(axis=0)
        prices = self.costs.vector()
        rows = zip(EDITS, sums.tolist(), (sums * prices).tolist(), strict=True)
        return [(DONE[k], n, s) for k, n, s in rows if k != "picture" or s > 0]

    def classes(self) -> list[tuple[str, list[int], float]]:
        """(class, edits of each kind, seconds), dearest first; classes without edits left out."""
        seconds = self.tally.classes @ self.costs.vector()[:-1]
        rows = zip(self.tally.labels, self.tally.classes.tolist(), seconds.tolist(), strict=True)
        return sorted((row for row in rows if any(row[1])), key=lambda row: (-row[2], row[0]))

    def annotators(self) -> list[tuple[str, int, Floats, float]]:
        """(name, pictures, edits (6,), seconds) of each annotator, in order of first picture."""
        who = np.array(self.tally.annotators, dtype=object)
        found = []
        for name in dict.fromkeys(self.tally.annotators):
            own = who == name
            seconds = float(self.seconds[own].sum())
            found.append((name, int(own.sum()), self.tally.counts[own].sum(axis=0), seconds))
        return found

    def dearest(self, most: int | None = None) -> list[int]:
        """Places of the pictures that cost most."""
        order = np.argsort(-self.seconds, kind="stable")
        return order[:most].tolist()

    def as_json(self) -> dict[str, Any]:
        """Plain values for a JSON file; null where there is no figure."""
        mean, saved, tally = self.mean(), self.saved(), self.tally
        return {
            "pictures": len(tally),
            "objects": int(tally.objects.sum()),
            "costs": self.costs.as_json(),
            "fitted": _fitted(self.fitted),
            "edits": dict(zip(DONE.values(), tally.counts.sum(axis=0).tolist(), strict=True)),
            "seconds": float(self.seconds.sum()),
            "seconds_from_nothing": float(self.from_nothing.sum()),
            "seconds_per_picture": [mean.value, mean.low, mean.high],
            "saved": None if np.isnan(saved.value) else [saved.value, saved.low, saved.high],
            "classes": [
                {"name": name, **_named(counts), "seconds": seconds}
                for name, counts, seconds in self.classes()
            ],
            "renamed": [{"from": a, "to": b, "count": n} for (a, b), n in tally.renamed.items()],
            "annotators": [
                {"name": name, "pictures": n, **_named(counts.tolist()), "seconds": seconds}
                for name, n, counts, seconds in self.annotators()
            ],
            "by_picture": [self._picture(k) for k in range(len(tally))],
            "notes": list(tally.told),
        }

    def _picture(self, k: int) -> dict[str, Any]:
        tally = self.tally
        measured = float(tally.lead_times[k])
        return {
            "path": tally.paths[k],
            "annotator": tally.annotators[k],
            **_named(tally.counts[k].tolist()),
            "seconds": float(self.seconds[k]),
            "measured": None if np.isnan(measured) else measured,
        }


def _named(counts: list[int]) -> dict[str, int]:
    """Edits by what became of the shapes."""
    names = list(DONE.values())[:5]
    return dict(zip(names, counts[:5], strict=True))


def _fitted(fitted: Fitted | None) -> dict[str, Any] | None:
    if fitted is None:
        return None
    return {
        "pictures": fitted.pictures,
        "median_error": fitted.error,
        "intervals": {name: list(pair) for name, pair in fitted.intervals.items()},
        "assumed": list(fitted.assumed),
    }
