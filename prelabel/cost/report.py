"""What correcting costs, on the terminal and as a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from prelabel.cost.bill import DONE, Bill
from prelabel.reports import Section, charts, page
from prelabel.reports.cells import Cell, Estimate
from prelabel.reports.charts import Bar
from prelabel.reports.markup import joined, listed
from prelabel.reports.tables import table

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["html", "show"]

SHOWN = 10
"""Classes and pictures on the terminal; the page has all classes and more pictures."""
PICTURES = 200
RENAMED = 10
KINDS = tuple(DONE.values())[:5]
EDITS_HEAD = ("pre-labels", "count", "per picture", "seconds", "share")
CLASSES_HEAD = ("class", *KINDS, "seconds")
PICTURES_HEAD = ("picture", *KINDS, "seconds")
PEOPLE_HEAD = ("annotator", "pictures", *KINDS, "seconds per picture")
FIT_HEAD = ("edit", "seconds", "from")


def show(bill: Bill, console: Console) -> None:
    """Print the tables and the sentences."""
    from prelabel.reports import terminal

    console.print(_summary(bill), highlight=False, markup=False, soft_wrap=True)
    console.print(terminal.table(EDITS_HEAD, _edits(bill), digits=1))
    rows = _classes(bill)
    console.print(terminal.table(CLASSES_HEAD, rows[:SHOWN], digits=1))
    if len(rows) > SHOWN:
        console.print(f"and {len(rows) - SHOWN} classes more", highlight=False)
    if len(people := _people(bill)) > 1:
        console.print(terminal.table(PEOPLE_HEAD, people, digits=1))
    if bill.fitted:
        console.print(terminal.table(FIT_HEAD, _fit(bill), digits=1))
    for line in _notes(bill):
        console.print(f"- {line}", highlight=False, markup=False, soft_wrap=True)


def html(bill: Bill) -> str:
    """The report as one page."""
    people = _people(bill)
    sections = [
        Section("Edits", joined((_bars(bill), table(EDITS_HEAD, _edits(bill), digits=1)))),
        Section("By class", table(CLASSES_HEAD, _classes(bill), digits=1)),
    ]
    if len(people) > 1:
        sections.append(Section("By annotator", table(PEOPLE_HEAD, people, digits=1)))
    if bill.fitted:
        note = "Learned from measured times; intervals of 95 %."
        sections.append(Section("Seconds of an edit", table(FIT_HEAD, _fit(bill), digits=1), note))
    note = f"The {PICTURES} dearest ones." if len(bill.tally) > PICTURES else ""
    rows = table(*_pictures(bill), digits=1)
    sections.append(Section("By picture", rows, note))
    sections.append(Section("To know", listed(_notes(bill)) or "<p>Nothing.</p>"))
    return page("What correcting costs", sections, lead=_summary(bill))


def _summary(bill: Bill) -> str:
    tally, saved = bill.tally, bill.saved()
    least = f"{len(tally)} corrected pictures, {int(tally.objects.sum())} objects: "
    each = f"{bill.mean()} s a picture, {_time(float(bill.seconds.sum()))} in all"
    if np.isnan(saved.value):
        return least + each
    more = "less" if saved.value >= 0 else "more"
    low, high = sorted((abs(saved.low), abs(saved.high)))
    share = f"{abs(saved.value):.1%} ({low:.1%} to {high:.1%})"
    if saved.low < 0 < saved.high:
        share = f"{saved.value:.1%} ({saved.low:.1%} to {saved.high:.1%})"
        more = "less"
    return f"{least}{each}, {share} {more} than drawing everything"


def _time(seconds: float) -> str:
    """Seconds as people say them."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _edits(bill: Bill) -> list[tuple[Cell, ...]]:
    total = max(float(bill.seconds.sum()), 1e-9)
    return [
        (name, count, count / len(bill.tally), seconds, f"{seconds / total:.0%}")
        for name, count, seconds in bill.edits()
    ]


def _bars(bill: Bill) -> str:
    rows = [Bar(name, seconds, note=f"{count:,}") for name, count, seconds in bill.edits()]
    return charts.bars(rows, title="Seconds by edit", limits=None, digits=0, unit=" s")


def _classes(bill: Bill) -> list[tuple[Cell, ...]]:
    return [(name, *counts, seconds) for name, counts, seconds in bill.classes()]


def _people(bill: Bill) -> list[tuple[Cell, ...]]:
    return [
        (name or "(no name)", pictures, *counts.tolist()[:5], seconds / pictures)
        for name, pictures, counts, seconds in bill.annotators()
    ]


def _pictures(bill: Bill) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
    """Heading and rows; who corrected them, and how long it took, where that is known."""
    tally, seconds = bill.tally, bill.seconds
    more: dict[str, list[Cell]] = {}
    if any(tally.annotators):
        more["annotator"] = list(tally.annotators)
    if np.isfinite(tally.lead_times).any():
        more["measured"] = tally.lead_times.tolist()
    rows = [
        (
            tally.paths[k],
            *tally.counts[k].tolist()[:5],
            float(seconds[k]),
            *(column[k] for column in more.values()),
        )
        for k in bill.dearest(PICTURES)
    ]
    return (*PICTURES_HEAD, *more), rows


def _fit(bill: Bill) -> list[tuple[Cell, ...]]:
    """The fitted figures; an edit that never came up has the one assumed."""
    fitted = bill.fitted
    if fitted is None:
        return []
    return [
        (name, Estimate(value, *fitted.intervals.get(name, (np.nan, np.nan)), 1), _seen(name, bill))
        for name, value in bill.costs.as_json().items()
    ]


def _seen(name: str, bill: Bill) -> str:
    return "assumed" if bill.fitted and name in bill.fitted.assumed else "measured"


def _notes(bill: Bill) -> Iterator[str]:
    yield from bill.tally.told
    names = list(bill.tally.renamed.items())[:RENAMED]
    if names:
        yield "other classes: " + ", ".join(f"{a} -> {b} ({n})" for (a, b), n in names)
    if bill.fitted:
        yield (
            f"seconds of edits are fitted to {bill.fitted.pictures} measured pictures; half of "
            f"them are within {bill.fitted.error:.1f} s of what is expected"
        )
