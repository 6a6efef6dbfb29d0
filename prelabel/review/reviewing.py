"""`review`: from datasets side by side to pictures in the order of their correction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from formats.dataset import Dataset
from prelabel.cost.table import PRESETS, CostTable
from prelabel.errors import SettingsError
from prelabel.review import drafts, proofs, rarity
from prelabel.review.lanes import LANES, Acceptance, acceptance
from prelabel.review.outlook import Outlook
from prelabel.review.record import Entry, Review, ordered
from prelabel.review.sheets import Named, Sheet, desk
from prelabel.review.shown import Shown

__all__ = ["Wishes", "review"]

Floats = NDArray[np.float64]

OPENING = 2.0
"""Seconds to open a picture, by which pictures of little work are put in order where the cost table
counts none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How to review.

    `least`: rows of pre-labels below this score are not shown to people, `by_class` the same for
    single classes; they still tell of objects that were missed. `rarity`: how much more rare
    classes matter, see `rarity.weights`. `risk`: the share of accepted pictures that may have an
    error. `saving`: pictures whose correction saves less than this share of drawing them afresh go
    to the lane draw. `task`, `aliases`: as in `compare`. `labelled`: the subject is labels that
    people drew; None: it is where its rows have no scores.
    """

    cost: CostTable = PRESETS["boxes"]
    least: float = 0.25
    by_class: Mapping[str, float] = field(default_factory=dict)
    rarity: float = 0.5
    risk: float = 0.05
    saving: float = 0.5
    task: str = "auto"
    aliases: Mapping[str, str] = field(default_factory=dict)
    labelled: bool | None = None

    def __post_init__(self) -> None:
        for name in ("least", "rarity", "saving"):
            if not 0 <= getattr(self, name) <= 1:
                raise SettingsError(f"is {getattr(self, name)!r}, expected 0 to 1", where=name)
        if not 0 < self.risk < 1:
            raise SettingsError(f"is {self.risk!r}, expected a share between 0 and 1", where="risk")


def review(
    subject: Named,
    models: Sequence[Named] = (),
    corrected: Named | None = None,
    wishes: Wishes | None = None,
) -> Review:
    """Order the pictures of a dataset by what their correction is worth.

    `subject`: pre-labels, or labels that people drew; `models`: what other models say of the same
    pictures; for labels at least one. `corrected`: pictures that somebody corrected, by which
    scores and risks are learned; they are not ordered. SettingsError where a part is missing or has
    several annotators, FormatError where no picture can be compared.
    """
    wishes = wishes or Wishes()
    labelled = _unscored(subject[1]) if wishes.labelled is None else wishes.labelled
    if labelled and not models:
        raise SettingsError(
            "has no scores: labels are reviewed against a model",
            where=subject[0],
            hint="name a dataset of predictions as well",
        )
    made = desk(subject, models, corrected, voice=not labelled, aliases=wishes.aliases)
    shown = Shown(made.panel.labels, 0.0 if labelled else wishes.least, wishes.by_class)
    sheets = list(made.sheets(wishes.task))
    maker = proofs.study_all if labelled else drafts.study_all
    studied = maker(sheets, shown, made, wishes.task)
    accepted = acceptance(*studied.proven, wishes.risk) if corrected else _unproven()
    weights = rarity.weights(_counts(sheets, shown, len(made.panel.labels)), wishes.rarity)
    entries = [
        _entry(number, path, outlook, wishes, weights, accepted)
        for number, path, outlook in studied.outlooks
    ]
    return Review(
        subject[0],
        made.model_names,
        labelled,
        made.panel.labels,
        ordered(entries),
        accepted,
        wishes.cost,
        int(sum(sheet.known.sum() for sheet in sheets)),
        (*studied.told, *made.panel.told),
        made,
        shown,
    )


def _unscored(dataset: Dataset) -> bool:
    return not any(np.isfinite(chunk.annotations.scores).any() for chunk in dataset.chunks())


def _unproven() -> Acceptance:
    return Acceptance(reason="the risk of accepting takes corrected pictures, there are none")


def _counts(sheets: Sequence[Sheet], shown: Shown, classes: int) -> Floats:
    counts = np.zeros(classes)
    for sheet in sheets:
        counts += np.bincount(sheet.table.labels[shown(sheet.table)], minlength=classes)
    return counts


def _entry(
    number: int,
    path: str,
    outlook: Outlook,
    wishes: Wishes,
    weights: Floats,
    accepted: Acceptance,
) -> Entry:
    seconds, afresh = outlook.seconds(wishes.cost), outlook.afresh(wishes.cost)
    sound = outlook.sound()
    return Entry(
        number,
        path,
        _lane(outlook, accepted, wishes),
        60 * outlook.worth(weights) / (seconds + (0.0 if wishes.cost.picture else OPENING)),
        seconds,
        afresh,
        outlook.errors(),
        sound,
        len(outlook.rows.label),
        outlook.doubts,
    )


def _lane(outlook: Outlook, accepted: Acceptance, wishes: Wishes) -> str:
    """The lane of a picture; where hardly an object is expected there is nothing to draw."""
    if accepted.takes(outlook.sound()):
        return LANES[0]
    afresh = outlook.afresh(wishes.cost)
    much = outlook.seconds(wishes.cost) > (1 - wishes.saving) * afresh
    return LANES[2] if much and afresh >= wishes.cost.draw / 2 else LANES[1]
