"""Supervisely: a project folder of datasets, one JSON file per picture.

See ``docs/format-supervisely.md``.
"""

from __future__ import annotations

from formats.columns import Kind
from formats.format import Drops, Format
from formats.supervisely.layout import sniff
from formats.supervisely.options import SuperviselyOptions
from formats.supervisely.reading import read
from formats.supervisely.writing import HOLDS, KINDS, write

__all__ = ["FORMAT"]

FORMAT = Format(
    name="supervisely",
    title="Supervisely projects (JSON per picture)",
    options=SuperviselyOptions,
    holds=HOLDS,
    kinds=KINDS | {Kind.TAG},
    read=read,
    write=write,
    sniff=sniff,
    drops=Drops(
        pictures=("annotator", "status", "time"), classes=("attributes", "mirror"), clips=True
    ),
)
