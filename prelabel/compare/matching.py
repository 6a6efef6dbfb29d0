"""The shapes of two raters, paired one to one."""

from __future__ import annotations

from formats.annotations import Annotations
from prelabel.compare.candidates import Match, candidates
from prelabel.compare.similarity import Against, Sigmas, Sizes

__all__ = ["Match", "match"]


def match(
    a: Annotations,
    b: Annotations,
    *,
    threshold: float = 0.5,
    task: str = "auto",
    size: Sizes = None,
    sigmas: Sigmas = None,
    against: Against = "annotator",
) -> Match:
    """Pair the rows of two tables: greatest total likeness over pairs with likeness >= `threshold`.

    Rows of equal label go first; the leftovers are then paired across labels. Only rows with the
    same `images` number meet, so a table may hold many pictures. Tags pair by equal label, then
    any two that are left, with likeness 1. Crowds and rows marked `Flag.OUTSIDE` take no part; for
    keypoints neither do rows without a labelled one. See `similarity.similar` for the rest. The
    sides may be swapped and the rows reordered: the pairs stay.
    """
    return candidates(
        a,
        b,
        threshold=threshold,
        task=task,
        size=size,
        sigmas=sigmas,
        against=against,
    ).match(threshold)
