"""Which control of a labeling config each row of a data set is written to: one for each row.

A model feeds every control that can take what it sees; a data set's row says one thing, which is
written once, in the control that holds it best.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from formats.annotations import Kind
from formats.dataset import Label
from formats.label_studio.config import Control, LabelConfig
from formats.label_studio.lookup import Lookup
from formats.label_studio.mapping import (
    BITMASKS,
    BRUSHES,
    CHOICES,
    ELLIPSES,
    KEYPOINTS,
    POLYGONS,
    RECTANGLES,
    Route,
    skeletons,
)

__all__ = ["HOME", "routes"]

MASKS = BITMASKS | BRUSHES
ORDER: Mapping[Kind, tuple[frozenset[str], ...]] = {
    Kind.BOX: (RECTANGLES, POLYGONS, ELLIPSES, BITMASKS, BRUSHES),
    Kind.ROTATED: (RECTANGLES, POLYGONS, BITMASKS, BRUSHES),
    Kind.ELLIPSE: (ELLIPSES, POLYGONS, BITMASKS, BRUSHES, RECTANGLES),
    Kind.POLYGON: (POLYGONS, BITMASKS, BRUSHES, RECTANGLES, ELLIPSES),
    Kind.MASK: (BITMASKS, BRUSHES, POLYGONS, RECTANGLES, ELLIPSES),
    Kind.TAG: (CHOICES,),
}
"""Controls that can hold a kind of row, the best first."""
HOME = {kind: best[0] for kind, best in ORDER.items()} | {Kind.MASK: MASKS}
"""Controls that hold a kind of row as it is."""


def routes(config: LabelConfig, labels: Sequence[Label]) -> list[Route]:
    """The routes of all rows, by kind and label; what no control has a label for goes nowhere."""
    able = [c for c in config.controls if c.on == "image" and not _per_region(c)]
    made = [route for kind in ORDER for route in _of_kind(kind, able, labels)]
    points = [c for c in able if c.kind in KEYPOINTS]
    found = (skeletons(control, config, labels) for control in points)
    return made + [replace(route, conf=None, point_conf=None) for route in found]


def _per_region(control: Control) -> bool:
    return control.attributes.get("perRegion", "").strip().lower() == "true"


def _of_kind(kind: Kind, controls: Sequence[Control], labels: Sequence[Label]) -> list[Route]:
    """For every label the first control that has it, in the order of `ORDER`."""
    ranked = [c for group in ORDER[kind] for c in controls if c.kind in group]
    names: list[list[str | None]] = [[None] * len(labels) for _ in ranked]
    lookups = [Lookup(control.labels, {}) for control in ranked]
    for k, label in enumerate(labels):
        for place, lookup in enumerate(lookups):
            if (name := lookup[label.name]) is not None:
                names[place][k] = name
                break
    kinds = frozenset({kind})
    pairs = zip(ranked, names, strict=True)
    return [Route(control, tuple(own), kinds=kinds) for control, own in pairs if any(own)]
