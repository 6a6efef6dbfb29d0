"""`heatmap`: a table of figures, the darker the more."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import ArrayLike, NDArray

from prelabel.reports import cells
from prelabel.reports.markup import Html

__all__ = ["heatmap"]

LEVELS = 10
"""Shades beside none at all."""
UPRIGHT = 6
"""With more columns their names stand upright."""

Floats = NDArray[np.float64]


def heatmap(
    rows: Sequence[str],
    columns: Sequence[str],
    values: ArrayLike,
    *,
    title: str,
    corner: str = "",
    shades: ArrayLike | None = None,
    limits: tuple[float, float] | None = None,
    digits: int = 3,
) -> Html:
    """A heatmap of `values` (R, C), NaN for none; whole numbers where `values` are integers.

    `shades` (R, C) in [0, 1] says how dark each cell is; without it, where the value lies between
    `limits` (None: the least and the greatest value). `corner` names rows and columns.
    """
    figures = np.asarray(values)
    dark = _shares(figures, limits) if shades is None else np.asarray(shades, dtype=np.float64)
    upright = ' class="upright"' if len(columns) > UPRIGHT else ""
    top = f'<th class="corner">{escape(corner)}</th>' + "".join(
        f'<th scope="col"><span>{escape(name)}</span></th>' for name in columns
    )
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>{_cells(figures[i], dark[i], digits)}</tr>'
        for i, name in enumerate(rows)
    )
    return Html(
        f'<figure class="chart"><figcaption>{escape(title)}</figcaption>'
        f'<div class="scroll tall" tabindex="0" role="region" aria-label="{escape(title)}">'
        f'<table class="heat"><thead><tr{upright}>{top}</tr>'
        f"</thead><tbody>{body}</tbody></table></div></figure>"
    )


def _shares(figures: NDArray, limits: tuple[float, float] | None) -> Floats:
    """Where each value lies between the limits."""
    values: Floats = figures.astype(np.float64)
    known = values[np.isfinite(values)]
    low, high = limits or ((known.min(), known.max()) if len(known) else (0.0, 1.0))
    return (values - low) / (high - low) if high > low else np.ones_like(values)


def _cells(figures: NDArray, dark: Floats, digits: int) -> str:
    # .tolist() makes Python's own numbers, of which `cells.text` knows the whole ones
    pairs = zip(figures.tolist(), dark.tolist(), strict=True)
    return "".join(
        f'<td class="h{_level(value, share)}">{cells.text(value, digits)}</td>'
        for value, share in pairs
    )


def _level(value: float, share: float) -> int:
    """0 (no shade) to `LEVELS`; any shade at all shows, and so does any lack of the whole."""
    if math.isnan(value) or not share > 0:
        return 0
    return min(max(round(share * LEVELS), 1), LEVELS)
