"""The `Format` that a rule makes."""

from __future__ import annotations

from functools import partial

from formats.format import Drops, Format
from formats.paired import layout, reading, writing
from formats.paired.options import PairedOptions
from formats.paired.rule import Rule

__all__ = ["format_of"]


def format_of(rule: Rule, title: str) -> Format:
    """The format of some rule."""
    return Format(
        name=rule.name,
        title=title,
        options=PairedOptions,
        holds=rule.holds,
        kinds=rule.kinds,
        read=partial(reading.read, rule),
        write=partial(writing.write, rule),
        sniff=partial(layout.sniff, rule=rule),
        drops=Drops(pictures=("id", "annotator", "status", "time"), whole=True, splits="spelling"),
    )
