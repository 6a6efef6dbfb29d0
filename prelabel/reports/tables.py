"""`table`: rows of figures as an HTML table that sorts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from prelabel.reports import cells
from prelabel.reports.cells import Cell
from prelabel.reports.markup import Html, markup

__all__ = ["table"]

TALL = 15
"""A table of more rows scrolls within the page."""


def table(
    head: Sequence[object],
    rows: Iterable[Sequence[Cell]],
    *,
    caption: str = "",
    digits: int = 3,
) -> Html:
    """A table; the first cell of a row names it. Columns of numbers are set to the right.

    Cells are text, whole numbers, floats (with `digits`; a dash for NaN), `Estimate`, `Html` or
    None. A press on a heading sorts by its column. ValueError where a row is longer or shorter.
    """
    body = cells.rows_under(head, rows)
    top = "".join(
        f'<th scope="col"{_side(body, i)}>{markup(name)}</th>' for i, name in enumerate(head)
    )
    lines = "".join(f"<tr>{_row(row, digits)}</tr>" for row in body)
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    tall = " tall" if len(body) > TALL else ""
    name = escape(caption or str(head[0] if head else "") or "Table")
    return Html(
        f'<div class="scroll{tall}" tabindex="0" role="region" aria-label="{name}">'
        f'<table class="sorts">{title}<thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table>'
        "</div>"
    )


def _row(row: Sequence[Cell], digits: int) -> str:
    first = f'<th scope="row">{_text(row[0], digits)}</th>'
    return first + "".join(_cell(cell, digits) for cell in row[1:])


def _cell(cell: Cell, digits: int) -> str:
    value = cells.number(cell)
    if value is None:
        return f"<td>{_text(cell, digits)}</td>"
    # NaN is written too: the script puts what has no figure last
    return f'<td class="n" data-value="{value:.9g}">{_text(cell, digits)}</td>'


def _text(cell: Cell, digits: int) -> Html:
    return cell if isinstance(cell, Html) else markup(cells.text(cell, digits))


def _side(body: Sequence[Sequence[Cell]], i: int) -> str:
    """Headings stand over their numbers."""
    found = [row[i] for row in body]
    numbers = bool(found) and all(cells.number(cell) is not None for cell in found)
    return ' class="n"' if numbers and i else ""
