"""A review on the terminal, and the rows of its tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from prelabel.reports.cells import Cell
from prelabel.reports.terminal import table
from prelabel.review.doubts import WORDS, Doubt
from prelabel.review.record import Entry, Review

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["DOUBTS", "LANES", "PICTURES", "doubts", "lanes", "pictures", "says", "show", "summary"]

Row = tuple[Cell, ...]

LANES = ("lane", "pictures", "hours", "errors", "errors per picture")
PICTURES = ("picture", "lane", "value", "seconds", "afresh", "errors", "shapes", "first doubts")
DOUBTS = ("picture", "what", "class", "chance", "box", "models")
NAMED = 3
"""Doubts that the line of a picture names."""


def show(review: Review, console: Console, most: int = 20) -> None:
    """Print the lanes, the first pictures and the likeliest errors, `most` of each."""
    for line in summary(review):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    console.print(table(LANES, lanes(review), digits=2))
    first = review.entries[:most]
    rows = [row[:-1] for row in pictures(review, first)]
    console.print(table(PICTURES[:-1], rows, digits=1, title="To correct first"))
    likely = review.doubts()[:most]
    if likely:
        rows = [row[:-2] for row in doubts(review, likely)]
        console.print(table(DOUBTS[:-2], rows, digits=2, title="Most likely errors"))
    for fact in review.told:
        console.print(f"- {fact}", highlight=False, markup=False, soft_wrap=True)


def summary(review: Review) -> Iterator[str]:
    """What was reviewed, and what accepting risks."""
    what = "labels" if review.labelled else "pre-labels"
    by = f", models: {', '.join(review.models)}" if review.models else ""
    yield f"{len(review.entries):,} pictures of {review.subject} ({what}){by}"
    yield says(review)


def says(review: Review) -> str:
    """The risk of accepting, in a sentence."""
    a = review.acceptance
    if not a.pictures:
        return f"Nothing is accepted unseen: {a.reason}."
    return (
        f"Accepted unseen: {a.wrong / a.pictures:.1%} have an error "
        f"({a.low:.1%} to {a.high:.1%}), by {a.pictures} corrected pictures like them."
    )


def lanes(review: Review) -> list[Row]:
    """A row for each lane."""
    return [
        (
            lane.name,
            lane.pictures,
            lane.seconds / 3600,
            lane.errors,
            lane.errors / lane.pictures if lane.pictures else None,
        )
        for lane in review.lanes()
    ]


def pictures(review: Review, entries: Sequence[Entry]) -> list[Row]:
    """A row for each picture."""
    return [
        (
            e.path,
            e.lane,
            e.value,
            e.seconds,
            e.afresh,
            e.errors,
            e.objects,
            "; ".join(_short(review, d) for d in e.doubts[:NAMED]),
        )
        for e in entries
    ]


def doubts(review: Review, pairs: Sequence[tuple[Entry, Doubt]]) -> list[Row]:
    """A row for each doubt; the last two cells are the box and the scores of the models."""
    return [
        (e.path, WORDS[d.kind], _class(review, d), d.chance, _box(d), _scores(review, d))
        for e, d in pairs
    ]


def _short(review: Review, doubt: Doubt) -> str:
    return f"{_class(review, doubt)} {WORDS[doubt.kind]} {doubt.chance:.0%}"


def _class(review: Review, doubt: Doubt) -> str:
    name = review.labels[doubt.label].name
    other = review.labels[doubt.proposed].name if doubt.proposed >= 0 else ""
    return f"{name} (or {other})" if other else name


def _box(doubt: Doubt) -> str:
    return " ".join(f"{v:.0f}" for v in doubt.box) if (doubt.box == doubt.box).all() else ""


def _scores(review: Review, doubt: Doubt) -> str:
    pairs = zip(review.models, doubt.scores, strict=True) if doubt.scores else ()
    return ", ".join(f"{name} {score:.2f}" for name, score in pairs if score == score)
