"""The pictures that are most in dispute, as all raters saw them."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from prelabel.agree.asking import Asked
from prelabel.agree.opening import Opener
from prelabel.agree.record import Agreement
from prelabel.compare.candidates import Match
from prelabel.compare.matching import match
from prelabel.compare.oks import sigmas_of
from prelabel.compare.panel import Panel, Picture
from prelabel.reports.markup import Html, joined
from prelabel.reports.pictures import View, beside

__all__ = ["differing", "worst"]

Flags = NDArray[np.bool_]


def worst(panel: Panel, agreement: Agreement, asked: Asked, opener: Opener, most: int) -> Html:
    """At most `most` pictures side by side, those with the most objects in dispute first."""
    chosen = agreement.pictures.worst(most)
    # in the order of the panel, which reads its datasets as it goes
    shown = {i: _shown(panel, agreement, i, asked, opener) for i in sorted(chosen)}
    return joined(shown[i] for i in chosen)


def _shown(panel: Panel, agreement: Agreement, i: int, asked: Asked, opener: Opener) -> Html:
    picture = panel.pictures[int(agreement.pictures.numbers[i])]
    marks = differing(picture, panel, agreement.task, asked)
    views = [
        View(name, None if item is None else item.annotations, rows)
        for name, item, rows in zip(panel.raters, picture.items, marks, strict=True)
    ]
    return beside(
        views,
        opener.open(picture.items),
        panel.labels,
        title=picture.path,
        note=agreement.pictures.note(i),
        size=picture.size,
    )


def differing(picture: Picture, panel: Panel, task: str, asked: Asked) -> list[Flags | None]:
    """The rows of each rater that another does not have, or has as another class.

    None for a rater who did not look. Crowds and what lies outside the picture are never in
    dispute.
    """
    tables = [None if item is None else item.annotations for item in picture.items]
    found = [None if table is None else np.zeros(len(table), dtype=bool) for table in tables]
    sigmas = sigmas_of(panel.labels, asked.sigmas)[0] if task == "keypoints" else None
    for r, s in combinations(range(len(tables)), 2):
        a, b = tables[r], tables[s]
        if a is not None and b is not None:
            between = match(
                a,
                b,
                threshold=asked.threshold,
                task=task,
                size=picture.size,
                sigmas=sigmas,
                against=asked.against,
            )
            _mark(found[r], found[s], between)
    return found


def _mark(in_a: Flags | None, in_b: Flags | None, between: Match) -> None:
    for side, (marks, alone) in enumerate(((in_a, between.only_a), (in_b, between.only_b))):
        if marks is not None:
            marks[alone] = True
            marks[between.other[:, side]] = True
