"""What else is said about a track: answers of controls about regions, as results of one id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from formats.annotations import Annotations
from formats.label_studio.config import Control, LabelConfig
from formats.label_studio.gathering import ASIDE
from formats.label_studio.regions import Region
from formats.losses import Losses

__all__ = ["beside"]

NO_CONTROL = "attribute that no control about regions has a place for"
CHANGES = "attribute that changes within its track: the first is written"
LISTS = frozenset({"choices", "text", "taxonomy"})
"""Keys of values that are lists."""


def beside(
    region: Region, table: Annotations, config: LabelConfig | None, losses: Losses, where: object
) -> Iterator[Region]:
    """The results that stand beside a track's region, of the attributes of its rows."""
    if table.attributes is None:
        return
    first: dict[str, Any] = {}
    changed: set[str] = set()
    for attributes in table.attributes:
        for name, told in attributes.items():
            if first.setdefault(name, told) != told:
                changed.add(name)
    losses.add(CHANGES, len(changed), where)
    for name, told in first.items():
        control = config.control(name) if config is not None else None
        if control is None or not _about_regions(control, region):
            losses.add(NO_CONTROL, example=where)
        else:
            yield _result(region, control, told)


def _about_regions(control: Control, region: Region) -> bool:
    own = control.attributes.get("perRegion", "").strip().lower() == "true"
    return own and control.kind in ASIDE and control.to_name == region["to_name"]


def _result(region: Mapping[str, Any], control: Control, told: Any) -> Region:
    """One answer; a lone choice or text stands in a list, as the editor has it."""
    key = ASIDE[control.kind]
    value = told if isinstance(told, list) or key not in LISTS else [told]
    return {
        "id": region["id"],
        "from_name": control.name,
        "to_name": control.to_name,
        "type": control.kind,
        "value": {key: value},
    }
