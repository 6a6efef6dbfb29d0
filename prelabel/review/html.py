"""A review as a page: lanes, what an hour of work achieves, pictures, likely errors."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from prelabel.reports import Section, charts, page, table
from prelabel.reports.charts import Bar, Series
from prelabel.reports.markup import Html, joined, listed, paragraph
from prelabel.review import text
from prelabel.review.doubts import WORDS
from prelabel.review.lanes import LANES
from prelabel.review.record import Review

__all__ = ["LISTED", "report"]

LISTED = 200
"""Pictures and doubts that the page lists; the JSON file holds all."""
POINTS = 60
"""Points of the curve."""


def report(review: Review, shown: Html | str = "") -> str:
    """The page of a review; `shown` is the markup of pictures with their doubts."""
    lead = joined(paragraph(line) for line in text.summary(review))
    sections = [section for section in _sections(review, shown) if section.html]
    return page(f"Review: {review.subject}", sections, lead=lead)


def _sections(review: Review, shown: Html | str) -> Iterator[Section]:
    yield Section("To know", listed(review.told))
    yield Section(
        "Lanes",
        joined((_bars(review), table(text.LANES, text.lanes(review), digits=2))),
        "Accept: no look is needed at the stated risk. Check: most shapes stand. Draw: correcting "
        "takes more than half the time of drawing everything on the empty picture.",
    )
    yield Section(
        "What work achieves",
        _curve(review),
        "Expected errors that are gone after so many hours, in the order of this review; the "
        "straight line is any order that knows nothing.",
    )
    yield Section(
        "To correct first",
        table(text.PICTURES, text.pictures(review, review.entries[:LISTED]), digits=1),
        "Value: errors, weighted by how rare their class is, that a minute of work takes away.",
    )
    yield Section("Pictures", shown, "Strong lines and captions: what is in doubt.")
    likely = review.doubts()[:LISTED]
    counts = _kinds(review)
    yield Section(
        "Most likely errors",
        joined((counts, table(text.DOUBTS, text.doubts(review, likely), digits=2)))
        if likely
        else "",
        "Chance: that the label is wrong, not the models.",
    )


def _bars(review: Review) -> Html:
    rows = [Bar(lane.name, float(lane.pictures)) for lane in review.lanes()]
    return charts.bars(rows, title="Pictures", limits=None, digits=0)


def _kinds(review: Review) -> Html:
    rows = [(WORDS[kind], count, sum_) for kind, (count, sum_) in review.kinds().items()]
    return table(("what", "in doubt", "expected errors"), rows, digits=1)


def _curve(review: Review) -> Html:
    work = [entry for entry in review.entries if entry.lane != LANES[0]]
    total = sum(entry.errors for entry in work)
    if len(work) < 2 or not total:
        return Html("")
    hours = np.concatenate([[0.0], np.cumsum([entry.seconds for entry in work]) / 3600])
    gone = np.concatenate([[0.0], np.cumsum([entry.errors for entry in work]) / total])
    at = np.unique(np.linspace(0, len(hours) - 1, POINTS).round().astype(int))
    x = hours[at].tolist()
    straight = (hours[at] / max(hours[-1], 1e-9)).tolist()
    return charts.lines(
        [Series("this order", x, gone[at].tolist()), Series("any order", x, straight)],
        title="Share of errors gone by hours of work",
        x_title="hours",
        y_title="share of errors",
    )
