"""What was learned, on the terminal and as a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from prelabel.reports import Html, Section, charts, page
from prelabel.reports.cells import Cell, Estimate
from prelabel.reports.charts import Bar, Series
from prelabel.reports.markup import joined, listed
from prelabel.reports.tables import table
from prelabel.tune.examples import NOTHING, UNKNOWN
from prelabel.tune.thresholds import STEPS
from prelabel.tune.trial import NONE, RIVALS, TUNED
from prelabel.tune.tuning import Tuned

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["html", "show"]

SHOWN = 15
"""Classes on the terminal; the page has all."""
BINS = 10
WAYS = ("thresholds", "seconds per picture", "saved by tuned")
CLASSES = ("class", "objects", "detections", "of its class", "least score")


def show(found: Tuned, console: Console) -> None:
    """Print the tables and the sentences."""
    from prelabel.reports import terminal

    console.print(_summary(found), highlight=False, markup=False, soft_wrap=True)
    console.print(terminal.table(WAYS, _ways(found)))
    rows = _classes(found)
    console.print(terminal.table(CLASSES, rows[:SHOWN]))
    if len(rows) > SHOWN:
        console.print(f"and {len(rows) - SHOWN} classes more", highlight=False)
    for line in found.notes():
        console.print(f"- {line}", highlight=False, markup=False, soft_wrap=True)


def html(found: Tuned) -> str:
    """The report as one page."""
    sections = (
        Section(
            "Seconds of correction", joined((_bars(found), table(WAYS, _ways(found)))), _held_out()
        ),
        Section("One threshold for all classes", _course(found), _course_note(found)),
        Section("Are scores what they say?", _reliability(found), _reliability_note()),
        Section("Least scores by class", table(CLASSES, _classes(found)), _classes_note(found)),
        Section("To know", listed(found.notes())),
    )
    return page("Thresholds of least cost", sections, lead=_summary(found))


def _summary(found: Tuned) -> str:
    replay = found.material.replay
    costs = ", ".join(f"{name} {value:g}" for name, value in found.costs.as_json().items() if value)
    return (
        f"{replay.count} corrected pictures, {len(replay.true_labels)} objects, "
        f"{len(replay.scores)} detections; seconds: {costs}"
    )


def _ways(found: Tuned) -> list[tuple[Cell, ...]]:
    seconds, shares = found.seconds(), found.savings()
    return [(way, seconds[way], _share(shares.get(way))) for way in (NONE, *RIVALS, TUNED)]


def _share(found: Estimate | None) -> Cell:
    return found and f"{found.value:.1%} ({found.low:.1%} to {found.high:.1%})"


def _classes(found: Tuned) -> list[tuple[Cell, ...]]:
    return [
        (line.name, line.objects, line.detections, line.right, line.threshold)
        for line in found.classes()
    ]


def _bars(found: Tuned) -> Html:
    rows = [Bar(way, s.value, s.low, s.high) for way, s in found.seconds().items()]
    return charts.bars(rows, title="Seconds per picture", limits=None, digits=1, unit=" s")


def _course(found: Tuned) -> Html:
    """Seconds over one threshold, on the very pictures."""
    replay, costs = found.material.replay, found.costs
    steps = STEPS[STEPS <= 0.9][::2]
    means = [float(costs.seconds(replay.counts(replay.scores >= t)).mean()) for t in steps]
    series = [Series("seconds per picture", steps.tolist(), means)]
    return charts.lines(
        series,
        title="Seconds per picture",
        x_title="least score",
        y_title="seconds",
        y_limits=(0.0, max(*means, 1e-9)),
    )


def _reliability(found: Tuned) -> Html:
    """How often detections of some score are objects, and what the calibration says."""
    known = found.examples[found.examples.outcomes != UNKNOWN]
    order = np.argsort(known.scores, kind="stable")
    groups = [rows for rows in np.array_split(order, BINS) if len(rows)]
    scores = [float(known.scores[rows].mean()) for rows in groups]
    seen = [float((known.outcomes[rows] != NOTHING).mean()) for rows in groups]
    chances = 1 - found.calibration.outcomes(known.scores, known.labels)[:, NOTHING]
    told = [float(chances[rows].mean()) for rows in groups]
    series = [Series("are objects", scores, seen), Series("calibrated", scores, told)]
    return charts.lines(
        series, title="Share that is an object", x_title="mean score", y_title="share"
    )


def _held_out() -> str:
    return (
        "By cross-validation: each picture is shown what the other pictures taught. "
        "Intervals of 95 %, by a bootstrap over pictures."
    )


def _course_note(found: Tuned) -> str:
    return (
        f"Best F1 on all pictures is at {found.best_f1:.3f}; a class of which nothing is known "
        f"gets {found.pooled:.3f}. The curve is of the very pictures, so its least is a little "
        "too good to be true."
    )


def _reliability_note() -> str:
    return "Detections in ten groups of equal size, by score."


def _classes_note(found: Tuned) -> str:
    return "A class with few examples goes with the rest."
