"""The study of labels that people drew: learn from all of them what models are worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Kind
from prelabel.compare import similar
from prelabel.review.candidates import SAME, best
from prelabel.review.chances import Known
from prelabel.review.labelled import Labelled, study
from prelabel.review.outcomes import Outcome, compare
from prelabel.review.outlook import Outlook
from prelabel.review.sheets import Desk, Sheet
from prelabel.review.shown import Shown
from prelabel.review.studied import Studied, faulty

__all__ = ["study_all"]

Bools = NDArray[np.bool_]

FIRST = 0.25
"""Proposals with this score choose their labels before the others do."""


def study_all(sheets: Sequence[Sheet], shown: Shown, made: Desk, task: str) -> Studied:
    """Of all pictures that the subject and at least one model looked at."""
    known = [_known(sheet, task) for sheet in sheets]
    names = [label.name for label in made.panel.labels]
    maker = study(known, [sheet.table for sheet in sheets], names, len(made.models))
    ahead, sound, wrong = [], [], [np.empty(0, dtype=bool)]
    for sheet, one in zip(sheets, known, strict=True):
        for k, outlook in _outlooks(maker, sheet, one, sheet.wanted):
            ahead.append((sheet.block.first + k, sheet.block.paths[k], outlook))
        sound += [outlook.sound() for _, outlook in _outlooks(maker, sheet, one, sheet.known)]
        wrong.append(_wrong(sheet, task)[sheet.known])
    return Studied(ahead, (np.array(sound), np.concatenate(wrong)), _told(maker))


def _known(sheet: Sheet, task: str) -> Known:
    """The models' proposals against the labels, where both looked."""
    found, sizes = sheet.candidates, sheet.block.sizes
    first = best(found.scores) >= FIRST
    outcome = compare(found.table, sheet.table, first, task=task, size=sizes)
    there = sheet.wanted | sheet.known
    looked = there & sheet.modelled
    outcome = replace(
        outcome,
        ignored=outcome.ignored | _again(sheet, outcome, task) | ~looked[found.table.images],
        counts=outcome.counts & looked[sheet.table.images],
    )
    return Known(found, outcome, sizes, sheet.block.first)


def _again(sheet: Sheet, outcome: Outcome, task: str) -> Bools:
    """(N,) proposals without a label of their own that lie on one of their class.

    They are other outlines of an object that has a label.
    """
    rows = np.flatnonzero(outcome.object < 0)
    table, again = sheet.candidates.table[rows], np.zeros(len(outcome.object), dtype=bool)
    shapes = np.flatnonzero(table.kinds != Kind.TAG)
    others = sheet.table.shapes()
    sizes = sheet.block.sizes
    i, j, _ = similar(table[shapes], others, threshold=SAME, task=task, size=sizes)
    alike = table.labels[shapes[i]] == others.labels[j]
    again[rows[shapes[i[alike]]]] = True
    return again


def _outlooks(
    maker: Labelled, sheet: Sheet, known: Known, wanted: Bools
) -> Iterator[tuple[int, Outlook]]:
    made = maker.outlooks(known, sheet.table, wanted)
    return zip(np.flatnonzero(wanted).tolist(), made, strict=True)


def _wrong(sheet: Sheet, task: str) -> Bools:
    """(B,) the pictures where the labels differ from the corrected ones."""
    every = np.ones(len(sheet.table), dtype=bool)
    outcome = compare(sheet.table, sheet.corrected, every, task=task, size=sheet.block.sizes)
    images, others = sheet.table.images, sheet.corrected.images
    return faulty(outcome, every, images, others, len(sheet.known))


def _told(maker: Labelled) -> tuple[str, ...]:
    shares = (maker.missed, maker.misnamed, maker.placing.share, maker.extra)
    words = ("not labelled", "of the wrong class", "badly placed", "of no object")
    stated = ", ".join(f"{s:.1%} {w}" for s, w in zip(shares, words, strict=True))
    return (f"labels taken to be wrong, by the models' surest contradictions: {stated}",)
