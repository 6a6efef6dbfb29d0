"""What the members of a cluster say besides shape and class: attributes and flags."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Flag
from formats.dataset import Label
from prelabel.consensus.grouping import Groups

__all__ = ["flags", "stated", "votes"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

VOTED = Flag.CROWD | Flag.DIFFICULT | Flag.TRUNCATED | Flag.OCCLUDED


def flags(table: Annotations, group: Ints, weight: Floats, count: int) -> NDArray[np.uint16] | None:
    """The flags (C,) that more than half of the weight of each group carries; None without any."""
    if table.flags is None:
        return None
    whole = np.bincount(group, weight, minlength=count)
    out = np.zeros(count, dtype=np.uint16)
    for flag in VOTED:
        carried = np.bincount(group, weight * table.flagged(flag), minlength=count)
        out[carried > whole / 2] |= np.uint16(flag)
    return out


def stated(table: Annotations, group: Ints, weight: Floats, count: int) -> list[dict[str, Any]]:
    """For every group the attributes that at least half of its weight states, each with the value
    of most weight, the first stated of equals."""
    out: list[dict[str, Any]] = [{} for _ in range(count)]
    if table.attributes is None:
        return out
    said: list[dict[str, dict[str, tuple[float, Any]]]] = [defaultdict(dict) for _ in range(count)]
    for row, (number, share) in enumerate(zip(group.tolist(), weight.tolist(), strict=True)):
        for name, value in table.attributes[row].items():
            values = said[number][name]
            values[repr(value)] = values.get(repr(value), (0.0, value))[0] + share, value
    whole = np.bincount(group, weight, minlength=count)
    for number, names in enumerate(said):
        for name, values in names.items():
            if sum(share for share, _ in values.values()) >= whole[number] / 2:
                out[number][name] = max(values.values(), key=lambda entry: entry[0])[1]
    return out


def votes(
    groups: Groups, chosen: Ints, labels: Sequence[Label], others: Sequence[dict[str, Any]]
) -> NDArray[np.object_]:
    """The attributes of the chosen clusters, read-only: `others`, and the votes on each.

    ``votes`` raters of ``raters`` who looked drew it; ``votes_by_class`` where they differ.
    """
    out = np.empty(len(chosen), dtype=object)
    lookers = groups.looked.sum(axis=1)[groups.images]
    for place, cluster in enumerate(chosen.tolist()):
        named = groups.labels[cluster]
        named = named[named >= 0]
        found: dict[str, Any] = {"votes": len(named), "raters": int(lookers[cluster])}
        if len(set(named.tolist())) > 1:
            found["votes_by_class"] = _by_class(named, labels)
        whole: Mapping[str, Any] = {**others[place], **found}
        out[place] = MappingProxyType(whole)
    return out


def _by_class(named: Ints, labels: Sequence[Label]) -> str:
    numbers, often = np.unique(named, return_counts=True)
    order = np.argsort(-often, kind="stable")
    return ", ".join(f"{labels[numbers[k]].name} {often[k]}" for k in order)
