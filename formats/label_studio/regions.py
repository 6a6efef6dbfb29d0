"""Regions: values with the names around them, and an id that their content gives."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from formats.label_studio.config import Control
from formats.label_studio.frame import Frame

__all__ = ["Region", "regions"]

Region = dict[str, Any]
SUFFIX = "labels"


def regions(
    control: Control,
    name: str,
    value: Mapping[str, Any],
    frame: Frame,
    row: int | list[int],
    **more: Any,
) -> list[Region]:
    """The region of one value, labelled `name`; of a bare tag two of one id, its shape and label.

    `more`: what else a region says, such as ``score`` and ``parentID``. Two rows of the same
    content get different ids, the same answer always the same ones.
    """
    labelled = control.kind.endswith(SUFFIX)
    own = {**value, control.kind: [name]} if labelled else dict(value)
    number = _id(control.name, name, value, row)
    first = _region(control, control.name, control.kind, own, frame, number, more)
    if labelled or not control.labelled_by:
        return [first]
    told = {**value, SUFFIX: [name]}
    return [first, _region(control, control.labelled_by, SUFFIX, told, frame, number, more)]


def _region(
    control: Control,
    name: str,
    kind: str,
    value: Mapping[str, Any],
    frame: Frame,
    number: str,
    more: Mapping[str, Any],
) -> Region:
    width, height = frame.size
    return {
        "id": number,
        "from_name": name,
        "to_name": control.to_name,
        "type": kind,
        "value": dict(value),
        "original_width": width,
        "original_height": height,
        "image_rotation": 0,
        **more,
    }


def _id(control: str, name: str, value: Mapping[str, Any], row: int | list[int]) -> str:
    """Ten letters and digits, as long as the editor's own ids."""
    content = orjson.dumps([control, name, row, value])
    return hashlib.blake2b(content, digest_size=5).hexdigest()
