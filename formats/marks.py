"""Flags of rows that a target format has no place for, and rows that go by their flags."""

from __future__ import annotations

from formats import unheld
from formats.annotations import Annotations
from formats.columns import Flag
from formats.losses import Losses
from formats.options import Options

__all__ = ["in_picture", "report", "without_crowds"]

UNTOLD = Flag.INTERPOLATED | Flag.KEYFRAME
"""They say how a row of a clip was made, which a set of pictures need not tell."""


def report(table: Annotations, held: int, losses: Losses, where: object = "") -> None:
    """Count, flag by flag, the rows that carry one that is not among the bits of `held`."""
    if table.flags is None:
        return
    for flag in Flag:
        if not flag & (held | UNTOLD):
            word = (flag.name or "").lower()
            unheld.count(losses.add, f"{word} flag", table, table.flagged(flag), where)


def without_crowds(
    table: Annotations, options: Options, losses: Losses, where: object = ""
) -> Annotations:
    """The rows without ignore regions, which are counted, where ``crowd`` is skip."""
    crowds = table.flagged(Flag.CROWD)
    if options.crowd != "skip" or not crowds.any():
        return table
    unheld.count(losses.add, "crowd region", table, crowds, where)
    return table[~crowds]


def in_picture(table: Annotations, losses: Losses, where: object = "") -> Annotations:
    """The rows without those of objects that are outside of their picture, which are counted."""
    gone = table.flagged(Flag.OUTSIDE)
    unheld.count(losses.add, "object that is outside its picture", table, gone, where)
    return table[~gone] if gone.any() else table
