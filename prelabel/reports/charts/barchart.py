"""`bars`: one bar for each name, its interval and its figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from prelabel.reports.cells import NONE
from prelabel.reports.markup import Html

__all__ = ["Bar", "bars"]

GRID = 4
"""Parts that the scale is cut into by fine lines."""
TALL = 20
"""A chart of more bars scrolls within the page."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure, NaN for none, with its interval where it has one, and a word beside it."""

    name: str
    value: float
    low: float = math.nan
    high: float = math.nan
    note: str = ""

    @property
    def interval(self) -> bool:
        """Whether it has an interval."""
        return not (math.isnan(self.low) or math.isnan(self.high))


def bars(
    rows: Sequence[Bar],
    *,
    title: str,
    limits: tuple[float, float] | None = (0.0, 1.0),
    digits: int = 3,
    unit: str = "",
) -> Html:
    """A chart of bars, in the order given, on a scale from `limits[0]` to `limits[1]`.

    `limits` None: from 0 (or the least value below it) to the greatest. Bars begin at 0 where the
    scale has it, else at its left end. `unit` stands after each figure.
    """
    scale = limits or _limits(rows)
    lines = "".join(_row(row, scale, digits, unit) for row in rows)
    tall = " tall" if len(rows) > TALL else ""
    return Html(
        f'<figure class="chart"><figcaption>{escape(title)}</figcaption>'
        f'<div class="scroll{tall}" tabindex="0" role="region" aria-label="{escape(title)}">'
        f'<table class="bars"><tbody>{lines}</tbody></table></div></figure>'
    )


def _limits(rows: Sequence[Bar]) -> tuple[float, float]:
    ends = [v for r in rows for v in (r.value, r.low, r.high) if not math.isnan(v)]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    return min(low, 0.0), max(high, 0.0) or 1.0


def _row(row: Bar, scale: tuple[float, float], digits: int, unit: str) -> str:
    note = f' <span class="quiet">{escape(row.note)}</span>' if row.note else ""
    return (
        f'<tr><th scope="row">{escape(row.name)}</th>'
        f'<td class="bar">{_drawn(row, scale)}</td>'
        f'<td class="n">{_figure(row, digits, unit)}{note}</td></tr>'
    )


def _figure(row: Bar, digits: int, unit: str) -> str:
    """The value and, quietly, its interval."""
    if math.isnan(row.value):
        return NONE
    after = f" {escape(unit)}" if unit else ""
    figure = f"{row.value:,.{digits}f}{after}"
    if not row.interval:
        return figure
    return f'{figure} <span class="quiet">{row.low:,.{digits}f}–{row.high:,.{digits}f}</span>'


def _drawn(row: Bar, scale: tuple[float, float]) -> str:
    """The bar in a picture of 100 x 20 units that is stretched to the room there is."""
    grid = "".join(f"M{100 * k / GRID:g} 0V20" for k in range(GRID + 1))
    parts = [f'<path class="grid" d="{grid}"/>']
    if not math.isnan(row.value):
        start, end = _at(min(max(0.0, scale[0]), scale[1]), scale), _at(row.value, scale)
        left, width = min(start, end), abs(end - start)
        parts.append(f'<rect x="{left:g}" y="4" width="{width:g}" height="12"/>')
        if row.interval:
            low, high = _at(row.low, scale), _at(row.high, scale)
            way = f"M{low:g} 10H{high:g}M{low:g} 6V14M{high:g} 6V14"
            parts += [f'<path class="{name}" d="{way}"/>' for name in ("halo", "whisker")]
    inside = "".join(parts)
    return f'<svg viewBox="0 0 100 20" preserveAspectRatio="none" aria-hidden="true">{inside}</svg>'


def _at(value: float, scale: tuple[float, float]) -> float:
    """Where a value lies, kept within the scale."""
    low, high = scale
    share = (value - low) / (high - low) if high > low else 0.0
    return round(100 * min(max(share, 0.0), 1.0), 2)
