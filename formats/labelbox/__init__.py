"""Labelbox: exports are read, annotations to import are written.

See ``docs/format-labelbox.md``.
"""

from __future__ import annotations

from formats.format import Drops, Format
from formats.labelbox.layout import sniff
from formats.labelbox.options import LabelboxOptions
from formats.labelbox.reading import read
from formats.labelbox.writing import HOLDS, KINDS, write

__all__ = ["FORMAT"]

FORMAT = Format(
    name="labelbox",
    title="Labelbox exports, and annotations to import (NDJSON)",
    options=LabelboxOptions,
    holds=HOLDS,
    kinds=KINDS,
    read=read,
    write=write,
    sniff=sniff,
    drops=Drops(pictures=("id", "annotator", "status", "time"), whole=True, clips=True),
)
