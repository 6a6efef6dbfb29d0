"""Gold checks on the terminal and as a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from prelabel.gold.picking import Pick
from prelabel.gold.result import FIGURES, Checked, Drift, Rater
from prelabel.reports import Section, charts, page, save, table, terminal

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["html", "picked", "show"]

TITLES = ("F1", "precision", "recall", "IoU", "class")
"""Of `FIGURES`; IoU is that of pairs, class how often theirs is right."""
HEAD = ("annotator", "pictures", "objects", *TITLES, "weight")
CHANGE = "change"


def picked(pick: Pick, console: Console) -> None:
    """Print the strata of gold pictures."""
    rows = [(s.name or "(no object)", s.pictures, s.picked) for s in pick.strata]
    console.print(terminal.table(["rarest class", "pictures", "picked"], rows))
    console.print(f"{len(pick.names)} gold pictures", highlight=False)


def show(checked: Checked, console: Console) -> None:
    """Print a line for each annotator and what to know."""
    head = ["annotator", "seen", "F1", "P", "R", *TITLES[3:], "weight"]
    console.print(terminal.table(head, _short(checked), digits=2))
    for line in _sentences(checked):
        console.print(f"- {line}", highlight=False, markup=False, soft_wrap=True)


def html(checked: Checked, path: Path) -> None:
    """Write the page."""
    save(page("Gold checks", list(_sections(checked)), lead="; ".join(_sentences(checked))), path)


def _head(checked: Checked) -> list[str]:
    timed = any(rater.drift for rater in checked.raters)
    return [*HEAD, *([CHANGE] if timed else [])]


def _rows(checked: Checked) -> Iterator[list[object]]:
    timed = any(rater.drift for rater in checked.raters)
    for rater in checked.raters:
        figures = [rater.figures[name] for name in FIGURES]
        change = [rater.drift.change if rater.drift else None] if timed else []
        yield [rater.name, rater.pictures, rater.objects, *figures, rater.weight, *change]


def _short(checked: Checked) -> Iterator[list[object]]:
    """What a narrow terminal has room for: an interval for F1 only."""
    for rater in checked.raters:
        first, *others = (rater.figures[name] for name in FIGURES)
        values = [replace(first, digits=2), *(figure.value for figure in others)]
        yield [rater.name, rater.pictures, *values, rater.weight]


def _sentences(checked: Checked) -> Iterator[str]:
    yield f"{checked.gold} gold pictures"
    for rater in checked.raters:
        if rater.drift and rater.drift.sure:
            change = rater.drift.change
            better = "better" if change.value > 0 else "worse"
            span = f"{change.value:+.2f} ({change.low:+.2f} to {change.high:+.2f})"
            yield f"{rater.name} has become {better}: F1 {span} in the later half"
    yield from checked.told


def _sections(checked: Checked) -> Iterator[Section]:
    found = [(rater.name, rater.figures["f1"]) for rater in checked.raters]
    bars = [charts.Bar(name, f1.value, f1.low, f1.high) for name, f1 in found]
    yield Section("Annotators", charts.bars(bars, title="F1 on gold pictures"))
    yield Section(
        "Figures",
        table(_head(checked), _rows(checked)),
        "With the interval that chance alone would give; weights are for `prelabel consensus`.",
    )
    timed = [(rater, rater.drift) for rater in checked.raters if rater.drift]
    if timed:
        yield Section(
            "Over time", _over_time(timed), "Windows of gold pictures as they were saved."
        )


def _over_time(timed: Sequence[tuple[Rater, Drift]]) -> str:
    first = min(drift.windows[0].start for _, drift in timed)
    series = [
        charts.Series(
            rater.name,
            [((w.start + w.stop) / 2 - first) / 86400 for w in drift.windows],
            [w.f1.value for w in drift.windows],
            [w.f1.low for w in drift.windows],
            [w.f1.high for w in drift.windows],
        )
        for rater, drift in timed
    ]
    since = datetime.fromtimestamp(first, UTC).date().isoformat()
    return charts.lines(series, title="F1 over time", x_title=f"days since {since}", y_title="F1")
