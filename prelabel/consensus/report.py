"""What is said of a consensus on the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prelabel.consensus.result import Merged
from prelabel.reports import terminal

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["show"]

NAMED = 5


def show(merged: Merged, below: float, console: Console) -> None:
    """Print the raters, what was kept, and the pictures of least agreement."""
    head = ["rater", "weight", *(["accuracy"] if merged.accuracy else [])]
    console.print(terminal.table(head, _raters(merged)))
    for line in (*_sentences(merged, below), *merged.told):
        console.print(f"- {line}", highlight=False, markup=False, soft_wrap=True)


def _raters(merged: Merged) -> Iterator[list[object]]:
    for k, (name, weight) in enumerate(zip(merged.raters, merged.weights, strict=True)):
        yield [name, weight, *([merged.accuracy[k]] if merged.accuracy else [])]


def _sentences(merged: Merged, below: float) -> Iterator[str]:
    pictures = merged.pictures
    kept, dropped = (sum(getattr(seen, name) for seen in pictures) for name in ("kept", "dropped"))
    yield f"{kept} objects kept on {len(pictures)} pictures, {dropped} that too few drew left out"
    if merged.agreement is not None:
        yield f"mean agreement {merged.agreement:.3f} (F1 of pairs of raters, mean over pictures)"
    doubtful = merged.experts(below)
    if doubtful:
        named = ", ".join(f"{seen.path} ({why})" for seen, why in doubtful[:NAMED])
        more = f" and {len(doubtful) - NAMED} more" if len(doubtful) > NAMED else ""
        yield f"{len(doubtful)} pictures for an expert: {named}{more}"
