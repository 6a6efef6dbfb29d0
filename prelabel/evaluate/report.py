"""The figures of an evaluation as text: a table of tasks, a table of classes, what to know."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from formats.dataset import Item
from prelabel.evaluate.pairing import Pairing, name_of
from prelabel.evaluate.scores import Figures, Scores

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

__all__ = ["show"]

TITLES = {"ap": "AP", "ap50": "AP50", "ap75": "AP75"}
OVERALL = ("ap", "ap50", "ap75", "small", "medium", "large", "recall")
NAMED = 5


def show(scores: Scores, console: Console, *, classes: bool = True) -> None:
    """Print the tables and the sentences; `classes`: also one line for each class."""
    console.print(f"{scores.images} pictures scored", highlight=False)
    console.print(_overall(scores))
    for task, figures in scores.tasks().items() if classes else ():
        console.print(_by_class(task, figures))
    for line in (*pictures(scores.pairing), *scores.notes):
        console.print(f"- {line}", highlight=False, markup=False, soft_wrap=True)


def pictures(pairing: Pairing) -> Iterator[str]:
    """Sentences about the pictures that are not on both sides."""
    if pairing.by_name:
        yield f"{pairing.by_name} pictures were matched by the end of their path"
    if pairing.only_truth:
        yield f"{_named(pairing.only_truth)} only in the truth"
    if pairing.only_pred:
        yield f"{_named(pairing.only_pred)} only in the predictions, not scored"
    if pairing.unlabelled:
        yield f"{_some(pairing.unlabelled)} listed without labels, not scored"


def _named(items: Sequence[Item]) -> str:
    return _some([name_of(item) for item in items])


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{len(names)} pictures ({', '.join(names[:NAMED])}{more}) are"


def _overall(scores: Scores) -> Table:
    table = _table("", *(TITLES.get(name, name) for name in OVERALL))
    for task, figures in scores.tasks().items():
        table.add_row(task, *_figures(getattr(figures, name) for name in OVERALL))
    return table


def _by_class(task: str, figures: Figures) -> Table:
    table = _table(f"{task} by class", "truth", "found", *TITLES.values(), "recall")
    for c in figures.classes:
        if c.truth or c.found:
            cells = _figures((c.ap, c.ap50, c.ap75, c.recall))
            table.add_row(_plain(c.name), str(c.truth), str(c.found), *cells)
    return table


def _table(first: str, *others: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table


def _figures(values: Iterable[float]) -> Iterator[str]:
    return ("-" if math.isnan(value) else f"{value:.3f}" for value in values)


def _plain(name: str) -> str:
    """A class name that rich does not read as markup."""
    from rich.markup import escape

    return escape(name)
