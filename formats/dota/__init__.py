"""DOTA: quadrilaterals in ``labelTxt`` files, one for each picture. See ``docs/format-dota.md``."""

from __future__ import annotations

import re

from formats.columns import Kind
from formats.dota import lines
from formats.paired import ruled
from formats.paired.rule import Rule

__all__ = ["FORMAT", "RULE"]

CLASSES = (
    "plane",
    "baseball-diamond",
    "bridge",
    "ground-track-field",
    "small-vehicle",
    "large-vehicle",
    "ship",
    "tennis-court",
    "basketball-court",
    "storage-tank",
    "soccer-ball-field",
    "roundabout",
    "harbor",
    "swimming-pool",
    "helicopter",
    "container-crane",
    "airport",
    "helipad",
)
"""The classes of DOTA v1.0 (15), v1.5 (16) and v2.0 (18), in the order of its task."""

RULE = Rule(
    name="dota",
    labels="labelTxt",
    pictures="images",
    label_folders=re.compile(r"labelTxt.*|labels|annfiles|\w+_original"),
    picture_folders=frozenset({"images"}),
    standard=CLASSES,
    blank="-",
    folder=lambda split: split,
    parse=lines.parse,
    table=lines.table,
    lines=lines.encode,
    head=lines.head,
    heading=lines.heading,
    extra=frozenset(lines.HEADS),
    holds=lines.HOLDS,
    kinds=frozenset({Kind.ROTATED}),
)

FORMAT = ruled.format_of(RULE, "DOTA (labelTxt): oriented boxes of aerial pictures")
