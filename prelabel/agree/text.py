"""The figures of agreement on the terminal, and as rows for any table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prelabel.agree.record import Agreement, Scores
from prelabel.reports.cells import Cell
from prelabel.reports.terminal import table

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["likeness", "rows_of", "show", "summary"]

SPLIT = ("same", "other class", "other place")
CLASSES = 40
"""Classes that the terminal lists; files hold all."""

WIDE = 130
"""Columns of letters from which a terminal shows all figures."""
NARROW = (
    *("raters", "rater", "class", "F1", "confirmed", "found", "alpha without"),
    *("objects", "same", "other class", "other place", "one side only"),
    *("clip", "IDF1", "HOTA", "MOTA", "switches", "tracks"),
)
"""What a narrower one shows."""

Rows = list[tuple[Cell, ...]]
Table = tuple[tuple[str, ...], Rows]


def show(agreement: Agreement, console: Console, *, classes: bool = True, worst: int = 5) -> None:
    """Print the tables and the sentences; `classes`: also one line for each class."""
    for line in summary(agreement):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    for title, (head, rows) in rows_of(agreement).items():
        if title != "classes" or classes:
            console.print(table(*_brief(head, rows[:CLASSES], console.width)))
            if len(rows) > CLASSES:
                console.print(f"and {len(rows) - CLASSES} more {title}", highlight=False)
    found = agreement.pictures.worst(worst)
    if found:
        console.print("Most in dispute:", highlight=False)
    for i in found:
        line = f"  {agreement.pictures.path(i)}: {agreement.pictures.note(i)}"
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    for fact in agreement.told:
        console.print(f"- {fact}", highlight=False, markup=False, soft_wrap=True)


def _brief(head: tuple[str, ...], rows: Rows, width: int) -> Table:
    """The columns that a narrow terminal has room for."""
    if width >= WIDE:
        return head, rows
    kept = [i for i, name in enumerate(head) if name in NARROW]
    return tuple(head[i] for i in kept), [tuple(row[i] for i in kept) for row in rows]


def summary(agreement: Agreement) -> Iterator[str]:
    """What was compared, and the figures of all."""
    what = likeness(agreement)
    shapes = f"{agreement.task} are one object from {what} {agreement.threshold:g} on"
    yield f"{_pictures(agreement)}; {shapes}"
    scores = agreement.scores
    yield f"F1 {scores.f1}, mean {what} {scores.mean_iou}, PQ {scores.pq}, alpha {agreement.alpha}"


def likeness(agreement: Agreement) -> str:
    """What tells how alike two shapes are."""
    return "OKS" if agreement.task == "keypoints" else "IoU"


def rows_of(agreement: Agreement) -> dict[str, Table]:
    """Head and rows by pair of raters, by rater where there are more than two, and by class."""
    scores = ("F1", f"mean {likeness(agreement)}", "PQ")
    found = {"pairs": _by_pair(agreement, scores)}
    if len(agreement.people) > 2:
        found["raters"] = _by_rater(agreement, scores)
    if agreement.clips:
        found["clips"] = _by_clip(agreement)
    return found | {"classes": _by_class(agreement, scores)}


def _pictures(agreement: Agreement) -> str:
    n = len(agreement.pictures)
    one = "picture" if n == 1 else "pictures"
    if len(agreement.raters) == 2:
        return f"{n:,} {one} that {' and '.join(agreement.raters)} both looked at"
    return f"{n:,} {one} that two or more of {len(agreement.raters)} raters looked at"


def _by_pair(agreement: Agreement, scores: tuple[str, ...]) -> Table:
    sides = agreement.raters if len(agreement.raters) == 2 else ("first", "second")
    only = ("one side only", *(f"only {name}" for name in sides))
    head = ("raters", *scores, "per picture", "pictures", "both empty", *SPLIT, *only)
    rows = [
        (
            f"{pair.a} / {pair.b}",
            *_scores(pair.scores),
            pair.per_picture,
            pair.pictures,
            pair.both_empty,
            pair.split.same,
            pair.split.what,
            pair.split.where,
            pair.split.missed,
            pair.split.only_a,
            pair.split.only_b,
        )
        for pair in agreement.pairs
    ]
    return head, rows


def _by_rater(agreement: Agreement, scores: tuple[str, ...]) -> Table:
    head = ("rater", *scores, "confirmed", "found", "alpha without", "pictures")
    rows = [
        (r.name, *_scores(r.scores), r.confirmed, r.found, r.alpha_without, r.pictures)
        for r in agreement.people
    ]
    return head, rows


def _by_clip(agreement: Agreement) -> Table:
    head = ("clip", "raters", "IDF1", "HOTA", "association", "MOTA", "switches", "frames", "tracks")
    rows: Rows = [
        (
            c.clip or "all",
            f"{c.a} / {c.b}",
            *(c.idf1, c.hota, c.association, c.mota),
            c.switches,
            c.frames,
            f"{c.tracks_a:,} / {c.tracks_b:,}",
        )
        for c in agreement.clips
    ]
    return head, rows


def _by_class(agreement: Agreement, scores: tuple[str, ...]) -> Table:
    head = ("class", *scores, "objects", *SPLIT, "one side only")
    rows = [
        (c.name, *_scores(c.scores), c.objects, c.same, c.what, c.where, c.missed)
        for c in agreement.classes
    ]
    return head, rows


def _scores(scores: Scores) -> tuple[Cell, ...]:
    return scores.f1, scores.mean_iou.value, scores.pq.value
