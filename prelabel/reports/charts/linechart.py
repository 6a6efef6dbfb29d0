"""`lines`: figures over a scale, each series with its points and its band."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from prelabel.reports.charts.ticks import label, ticks
from prelabel.reports.markup import Html

__all__ = ["COLOURS", "Series", "lines"]

WIDTH, HEIGHT = 640, 346
LEFT, RIGHT, TOP, BOTTOM = 74, 616, 14, 278
"""Units of the picture, and where its axes lie; there is room for the larger letters of a phone."""
COLOURS = 8
"""Series have so many colours, then they come again with another pattern of dashes."""
DOTTED = 40
"""Points of a longer series are not marked."""

Limits = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Series:
    """A line: its name, its points, and the band around it where it has one.

    The line is broken where `y` is NaN.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class Plot:
    """From numbers to units of the picture."""

    x: Limits
    y: Limits

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a point lies; what is off the scale stands at its edge."""
        return (
            round(LEFT + (RIGHT - LEFT) * _share(x, self.x), 1),
            round(BOTTOM - (BOTTOM - TOP) * _share(y, self.y), 1),
        )


def lines(
    series: Sequence[Series],
    *,
    title: str,
    x_title: str = "",
    y_title: str = "",
    x_limits: Limits | None = None,
    y_limits: Limits | None = (0.0, 1.0),
) -> Html:
    """A chart of lines with a legend; the points tell their figures. Limits None: as the data."""
    plot = Plot(
        x_limits or _limits([v for s in series for v in s.x]),
        y_limits or _limits([v for s in series for v in (*s.y, *s.low, *s.high)]),
    )
    inside = [*_axes(plot, x_title, y_title)]
    inside += [part for i, s in enumerate(series) for part in _band(s, i, plot)]
    inside += [part for i, s in enumerate(series) for part in _line(s, i, plot)]
    names = ", ".join(s.name for s in series)
    picture = (
        f'<svg class="lines" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-label="{escape(f"{title}: {names}")}">{"".join(inside)}</svg>'
    )
    return Html(
        f'<figure class="chart"><figcaption>{escape(title)}</figcaption>'
        f"{picture}{_legend(series)}</figure>"
    )


def _limits(values: Sequence[float]) -> Limits:
    known = [v for v in values if math.isfinite(v)]
    low, high = min(known, default=0.0), max(known, default=1.0)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _share(value: float, limits: Limits) -> float:
    low, high = limits
    return min(max((value - low) / (high - low), 0.0), 1.0) if high > low else 0.0


def _axes(plot: Plot, x_title: str, y_title: str) -> Iterator[str]:
    for x in ticks(*plot.x):
        at, _ = plot.at(x, plot.y[0])
        yield f'<path class="grid" d="M{at} {TOP}V{BOTTOM}"/>'
        yield f'<text x="{at}" y="{BOTTOM + 27}" text-anchor="middle">{label(x)}</text>'
    for y in ticks(*plot.y):
        _, at = plot.at(plot.x[0], y)
        yield f'<path class="grid" d="M{LEFT} {at}H{RIGHT}"/>'
        yield f'<text x="{LEFT - 8}" y="{at}" dy=".35em" text-anchor="end">{label(y)}</text>'
    middle, centre = (LEFT + RIGHT) / 2, (TOP + BOTTOM) / 2
    yield f'<text x="{middle:g}" y="{HEIGHT - 12}" text-anchor="middle">{escape(x_title)}</text>'
    turn = f'transform="translate(20 {centre:g}) rotate(-90)"'
    yield f'<text {turn} text-anchor="middle">{escape(y_title)}</text>'


def _band(series: Series, i: int, plot: Plot) -> Iterator[str]:
    ends = zip(series.x, series.low, series.high, strict=False)
    known = [(x, a, b) for x, a, b in ends if not math.isnan(a) and not math.isnan(b)]
    if known:
        way = [plot.at(x, b) for x, _, b in known] + [plot.at(x, a) for x, a, _ in known[::-1]]
        points = " ".join(f"{x},{y}" for x, y in way)
        yield f'<polygon class="band c{i % COLOURS}" points="{points}"/>'


def _line(series: Series, i: int, plot: Plot) -> Iterator[str]:
    points = list(zip(series.x, series.y, strict=True))
    style = f"c{i % COLOURS} d{i // COLOURS % 3}"
    yield f'<path class="line {style}" d="{_way(points, plot)}"/>'
    for x, y in points if len(points) <= DOTTED else ():
        if not math.isnan(y):
            at = plot.at(x, y)
            says = escape(f"{series.name}: {label(x)}, {y:.3f}")
            where = f'cx="{at[0]}" cy="{at[1]}" r="3.5"'
            yield f'<circle class="{style}" {where}><title>{says}</title></circle>'


def _way(points: Sequence[tuple[float, float]], plot: Plot) -> str:
    """The path through the points, lifted over what has no figure."""
    steps, down = [], False
    for x, y in points:
        if math.isnan(y):
            down = False
            continue
        at = plot.at(x, y)
        steps.append(f"{'L' if down else 'M'}{at[0]} {at[1]}")
        down = True
    return "".join(steps)


def _legend(series: Sequence[Series]) -> str:
    if len(series) < 2:
        return ""
    entries = "".join(
        f'<li><svg class="key" viewBox="0 0 30 10" aria-hidden="true">'
        f'<path class="line c{i % COLOURS} d{i // COLOURS % 3}" d="M0 5H30"/></svg>'
        f"{escape(s.name)}</li>"
        for i, s in enumerate(series)
    )
    return f'<ul class="legend">{entries}</ul>'
