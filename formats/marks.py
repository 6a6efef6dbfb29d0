"""Flags of rows that a target format has no place for: a part of the loss report."""

from __future__ import annotations

from formats.annotations import Annotations
from formats.columns import Flag
from formats.losses import Losses

__all__ = ["report"]

UNTOLD = Flag.INTERPOLATED | Flag.KEYFRAME
"""They say how a row of a clip was made, which a set of pictures need not tell."""


def report(table: Annotations, held: int, losses: Losses, where: object = "") -> None:
    """Count, flag by flag, the rows that carry one that is not among the bits of `held`."""
    if table.flags is None:
        return
    for flag in Flag:
        if not flag & (held | UNTOLD):
            word = (flag.name or "").lower()
            losses.add(f"{word} flag", int(table.flagged(flag).sum()), where)
