"""Pictures with what is in doubt in them, for the page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from prelabel.agree.opening import Opener
from prelabel.reports.markup import Html, joined
from prelabel.reports.pictures import View, beside
from prelabel.review.doubts import WORDS, Doubt
from prelabel.review.record import Entry, Review

__all__ = ["gallery"]


def gallery(review: Review, opener: Opener, most: int) -> Html:
    """The first pictures to correct that have a doubt, at most `most`.

    Beside the shapes under review stands what the models say of those in doubt.
    """
    chosen = [entry for entry in review.entries if entry.doubts][:most]
    made = {
        entry.number: _shown(review, entry, opener)
        for entry in sorted(chosen, key=lambda entry: entry.number)
    }
    return joined(made[entry.number] for entry in chosen)


def _shown(review: Review, entry: Entry, opener: Opener) -> Html:
    picture = review.desk.panel.pictures[entry.number]
    item = picture.items[review.desk.subject]
    table = Annotations.empty() if item is None or item.annotations is None else item.annotations
    rows = [doubt.row for doubt in entry.doubts if doubt.row >= 0]
    shown = np.flatnonzero(review.shown(table))
    views = [View(review.subject, table[shown], np.isin(shown, rows), "in doubt")]
    said = _said(entry.doubts)
    if len(said):
        views.append(View("what models say", said))
    told = ", ".join(
        f"{review.labels[d.label].name} {WORDS[d.kind]} {d.chance:.0%}" for d in entry.doubts[:6]
    )
    return beside(
        views,
        opener.open(picture.items),
        review.labels,
        title=picture.path,
        note=f"{entry.lane}; {told}",
        size=picture.size,
    )


def _said(doubts: Sequence[Doubt]) -> Annotations:
    """What models say instead: a missing object, another class, another place."""
    told = [d for d in doubts if d.kind == "missed" or d.proposed >= 0 or _moved(d)]
    boxes = [d.box if d.proposed_box is None else d.proposed_box for d in told]
    return Annotations.of(
        len(told),
        boxes=np.array(boxes).reshape(-1, 4),
        labels=np.array([d.proposed if d.proposed >= 0 else d.label for d in told], np.int32),
        scores=np.array([_score(d) for d in told]),
    )


def _moved(doubt: Doubt) -> bool:
    return doubt.proposed_box is not None


def _score(doubt: Doubt) -> float:
    """The greatest score of a model."""
    scores: NDArray[np.float64] = np.array(doubt.scores)
    told = scores[~np.isnan(scores)]
    return float(told.max()) if len(told) else float("nan")
