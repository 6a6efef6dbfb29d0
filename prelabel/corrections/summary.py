"""What the corrections of a store come to: how many, of which models, what they cost so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from prelabel.corrections.index import Known
from prelabel.corrections.line import Seen
from prelabel.cost.table import EDITS, CostTable

__all__ = ["OfModel", "Summary", "summary"]


@dataclass(slots=True)
class OfModel:
    """Corrections of what one model had seen.

    `edits`: how many of each kind (`prelabel.cost.table.EDITS`) the shown objects needed; `seconds`
    of work that they stand for by a cost table.
    """

    model: str
    fingerprint: str
    corrections: int = 0
    pictures: int = 0
    edits: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Summary:
    """All corrections that count.

    `measured`: of how many the tool told how long they took, `lead_time` seconds altogether.
    `first`, `last`: when the earliest and the latest was saved, in seconds since 1970; None where
    there are none. `models` in the order of their newest correction, the newest first.
    """

    corrections: int
    pictures: int
    annotators: int
    measured: int
    lead_time: float
    first: float | None
    last: float | None
    models: tuple[OfModel, ...]


def summary(known: Iterable[Known], costs: CostTable) -> Summary:
    """What corrections come to; `known` as `Store.told` gives them."""
    told = [(one.at, one.told) for one in sorted(known, key=lambda one: one.at) if one.told]
    times = [one.lead_time for _, one in told if one.lead_time is not None]
    return Summary(
        corrections=len(told),
        pictures=len({view.path for _, one in told for view in one.views}),
        annotators=len({one.annotator for _, one in told if one.annotator}),
        measured=len(times),
        lead_time=sum(times),
        first=told[0][0] if told else None,
        last=told[-1][0] if told else None,
        models=_models((view for _, one in reversed(told) for view in one.views), costs),
    )


def _models(views: Iterable[Seen], costs: CostTable) -> tuple[OfModel, ...]:
    found: dict[tuple[str, str], list[Seen]] = {}
    for view in views:
        found.setdefault((view.model, view.fingerprint), []).append(view)
    return tuple(_model(name, fingerprint, of, costs) for (name, fingerprint), of in found.items())


def _model(name: str, fingerprint: str, views: list[Seen], costs: CostTable) -> OfModel:
    counts: Counter[str] = Counter()
    for view in views:
        counts.update(view.edits)
    edits = {kind: counts[kind] for kind in EDITS}
    return OfModel(
        model=name,
        fingerprint=fingerprint,
        corrections=len(views),
        pictures=len({view.path for view in views}),
        edits=edits,
        seconds=float(costs.seconds(list(edits.values()))),
    )
