"""How each tool shows what lies between two keyframes: `RULES`, and rules with a tool's rounding.

A rule has one blend a column (see `blending`) and `kept`, which gives the shapes of keyframes as
the tool's file keeps them.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geometry.errors import GeometryError
from geometry.tracks import blending, cvat_outlines, mask_shapes, outlines, points
from geometry.tracks.track import Track

__all__ = ["RULES", "Rule", "named"]

Blend = Callable[[Any, NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]], Any]


def as_it_is(track: Track) -> Track:
    """Keyframes that the file keeps digit by digit."""
    return track


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The interpolation of one tool."""

    name: str
    boxes: Blend = blending.linear
    rotated: Blend = blending.turned
    rings: Blend = outlines.aligned
    lines: Blend = outlines.aligned_lines
    masks: Blend = mask_shapes.through_distances
    keypoints: Blend = points.labelled
    kept: Callable[[Track], Track] = as_it_is

    def blend(self, column: str, closed: bool = True) -> Blend:
        """The blend of a column of `Track`; `closed` as there."""
        return getattr(self, "lines" if column == "rings" and not closed else column)


CVAT = Rule(
    name="cvat",
    rotated=blending.turned_as_cvat,
    rings=cvat_outlines.polygons,
    lines=cvat_outlines.polylines,
    masks=mask_shapes.held,
    keypoints=points.frozen_unless_one,
)
RULES: Mapping[str, Rule] = MappingProxyType(
    {
        rule.name: rule
        for rule in (
            Rule(name="linear"),
            Rule(name="label-studio", rotated=blending.turned_about_corner),
            CVAT,
            replace(CVAT, name="cvat-skeleton", keypoints=points.elements),
        )
    }
)


def named(rule: str | Rule) -> Rule:
    """The rule of a name, or the rule itself; GeometryError for a name that there is not."""
    if isinstance(rule, Rule):
        return rule
    if rule not in RULES:
        near = difflib.get_close_matches(rule, RULES, n=1)
        hint = f"did you mean '{near[0]}'?" if near else ""
        raise GeometryError(
            f"no interpolation rule '{rule}', expected {', '.join(RULES)}", hint=hint
        )
    return RULES[rule]
