"""What a shape says beside its place: label, group, score, flags, attributes and further keys.

X-AnyLabeling knows ``score``, ``difficult`` and ``attributes``; LabelMe keeps them, and all keys
that it does not know, as they stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from formats.annotations import Annotation
from formats.columns import Flag
from formats.losses import Losses

__all__ = ["GROUP", "columns", "told"]

GROUP = "group"
"""The group of an object whose ``group_id`` has to be another, because it joins shapes."""
FLAGS = {str(flag.name).lower(): flag for flag in Flag}
NONE: Mapping[str, Any] = {
    "description": "",
    "text": "",
    "kie_linking": [],
    "locked": False,
    "line_color": None,
    "fill_color": None,
}
"""Keys that the tools write themselves, with the value that tells nothing; null does not either."""
TYPES = {"description": str, "kie_linking": list}
TRUE, FALSE = (True, 1), (False, 0, None)
PLACE = frozenset({"label", "points", "shape_type", "direction", "mask"})
OWN = frozenset({"group_id", GROUP, "score", "track_id", "id", "flags", "attributes"})
RESERVED = PLACE | OWN | FLAGS.keys()


def columns(shape: Mapping[str, Any], as_track: bool) -> dict[str, Any]:
    """The columns of a row that its first shape tells; a value of another type stays a key."""
    row: dict[str, Any] = {}
    extra = {k: v for k, v in shape.items() if k not in RESERVED and not _empty(k, v)}
    _number(shape, "score", "scores", row, extra)
    group = GROUP if GROUP in shape and not as_track else "group_id"
    _whole(shape, group, "tracks" if as_track else "groups", row, extra)
    if not as_track:
        _whole(shape, "track_id", "tracks", row, extra)
    _whole(shape, "id", "ids", row, extra)
    if flags := sum(flag for name, flag in FLAGS.items() if shape.get(name) in TRUE):
        row["flags"] = flags
    extra |= {k: shape[k] for k in FLAGS if shape.get(k) not in (*TRUE, *FALSE)}
    if attributes := _attributes(shape, extra):
        row["attributes"] = attributes
    if extra:
        row["extra"] = extra
    return row


def _empty(key: str, value: Any) -> bool:
    return key in NONE and (value is None or value == NONE[key])


def _number(
    shape: Mapping[str, Any], key: str, column: str, row: dict[str, Any], extra: dict[str, Any]
) -> None:
    value = shape.get(key)
    if type(value) is float or (type(value) is int and abs(value) < 1 << 53):
        row[column] = value
    elif value is not None:
        extra[key] = value


def _whole(
    shape: Mapping[str, Any], key: str, column: str, row: dict[str, Any], extra: dict[str, Any]
) -> None:
    value = shape.get(key)
    if type(value) is int and 0 <= value < 1 << 63:
        row[column] = value
    elif value is not None:
        extra[key] = value


def _attributes(shape: Mapping[str, Any], extra: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key in ("flags", "attributes"):
        value = shape.get(key)
        if isinstance(value, dict):
            found |= value
        elif value:
            extra[key] = value
    return found


def _fits(key: str, value: Any) -> bool:
    """Whether a tool opens a file with such a value; both refuse some of another type."""
    return key not in TYPES or isinstance(value, TYPES[key])


def told(row: Annotation, losses: Losses, where: str) -> dict[str, Any]:
    """The keys of a row's first shape; those that say nothing are left out."""
    keys = {k: v for k, v in row.extra.items() if k not in PLACE and _fits(k, v)}
    taken = len(row.extra) - len(keys) - ("shape_type" in row.extra)
    losses.add("unknown key that a shape uses itself", taken, where)
    if row.score == row.score:
        keys["score"] = row.score
    if row.track >= 0:
        keys["track_id"] = row.track
    if row.id >= 0:
        keys["id"] = row.id
    if row.flags:
        keys |= {name: True for name, flag in FLAGS.items() if row.flags & flag}
    truths = {k: v for k, v in row.attributes.items() if type(v) is bool}
    others = {k: v for k, v in row.attributes.items() if k not in truths}
    return keys | ({"flags": truths} if truths else {}) | ({"attributes": others} if others else {})
