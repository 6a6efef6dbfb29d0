"""Attributes of CVAT: texts in the file, typed by what their class declares."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from formats.annotations import Annotations
from formats.columns import NOTHING
from formats.cvat.markup import Node
from formats.cvat.text import unwritable
from formats.dataset import Label
from formats.losses import Losses

__all__ = [
    "CONFIDENCE",
    "Own",
    "Spec",
    "Specs",
    "count",
    "declared",
    "declares",
    "kept",
    "specs",
    "text",
    "value",
    "with_confidence",
]

Spec = Mapping[str, Any]
Own = Mapping[str, Spec]
"""The attributes of one class, by name."""
Specs = Sequence[Own]
"""The attributes of every class, by name."""
CONFIDENCE = "confidence"
INPUTS = ("select", "checkbox", "radio", "number", "text")


def declared(node: Node) -> dict[str, Any]:
    """The attributes that a ``<label>`` declares: name -> mutable, input_type, default, values."""
    block = node.first("attributes")
    found = [] if block is None else block.every("attribute")
    return {one.named("name"): _spec(one) for one in found if one.said("name")}


def _spec(node: Node) -> dict[str, Any]:
    values = node.said("values")
    return {
        "mutable": node.said("mutable").lower() == "true",
        "input_type": node.said("input_type") or "text",
        "default_value": node.said("default_value"),
        "values": values.split("\n") if values else [],
    }


def value(text: str, spec: Spec) -> Any:
    """A text of the file as a truth, a number or a text, as its class declares it."""
    kind = spec.get("input_type")
    if kind == "checkbox" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if kind == "number":
        return _number(text)
    return text


def _number(text: str) -> int | float | str:
    """A number only where its text is that number's own."""
    for convert in (int, float):
        try:
            found = convert(text)
        except ValueError:
            continue
        if str(found) == text:
            return found
    return text


def text(value: Any) -> str:
    """A value as CVAT writes it; lists and mappings as JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=str)


def kept(found: Any, spec: Spec) -> bool:
    """Whether a value comes back as it is."""
    again = value(text(found), spec)
    return type(again) is type(found) and bool(again == found)


def count(table: Annotations, specs: Specs, losses: Losses, where: str) -> None:
    """Count the values that a text of their class's type does not keep."""
    if table.attributes is None:
        return
    changed = sum(
        not kept(value, specs[label].get(name, {}))
        for label, row in zip(table.labels.tolist(), table.attributes, strict=True)
        for name, value in row.items()
    )
    losses.add("attribute value of another type than its class declares", changed, where)
    broken = sum(unwritable(str(v)) for row in table.attributes for v in row.values())
    losses.add("character that XML cannot hold", broken, where)


def with_confidence(own: Own, wanted: bool = True) -> Own:
    """The attributes of a class, with the one for scores where it is wanted."""
    if not wanted:
        return own
    values = {"default_value": "0", "values": ["0", "1", "0.0001"]}
    return {**own, CONFIDENCE: {"mutable": True, "input_type": "number", **values}}


def specs(labels: Sequence[Label], tables: Iterable[Annotations]) -> Specs:
    """The attributes of every class: as it declares them, others as their values show them."""
    seen = [_Seen() for _ in labels]
    for table in tables:
        _note(table, seen)
    return [
        {**found.specs(), **{k: v for k, v in label.attributes.items() if declares(v)}}
        for label, found in zip(labels, seen, strict=True)
    ]


def declares(spec: Any) -> bool:
    """Whether what a class says of an attribute is a declaration of CVAT's."""
    return isinstance(spec, Mapping) and spec.get("input_type") in INPUTS


class _Seen:
    """The values that the rows of one class have, and which names vary within a track."""

    def __init__(self) -> None:
        self.values: dict[str, dict[tuple[type, str], Any]] = {}
        self.last: dict[int, Mapping[str, Any]] = {}
        self.mutable: set[str] = set()

    def add(self, track: int, row: Mapping[str, Any]) -> None:
        """Note what one row says."""
        for name, found in row.items():
            self.values.setdefault(name, {})[type(found), text(found)] = found
        before = self.last.get(track)
        if track >= 0 and before is not None and before is not row:
            names = before.keys() | row.keys()
            self.mutable |= {name for name in names if before.get(name) != row.get(name)}
        self.last[track] = row

    def specs(self) -> dict[str, Spec]:
        """What the values look like."""
        return {name: self._spec(name, list(found)) for name, found in self.values.items()}

    def _spec(self, name: str, found: list[tuple[type, str]]) -> Spec:
        types = {kind for kind, _ in found}
        if types == {bool}:
            told: dict[str, Any] = {"input_type": "checkbox", "default_value": "false"}
            told["values"] = ["false"]
        elif types <= {int, float}:
            numbers = [self.values[name][key] for key in found]
            told = {"input_type": "number", "default_value": text(min(numbers))}
            told["values"] = [text(min(numbers)), text(max(numbers)), "1"]
        else:
            told = {"input_type": "text", "default_value": "", "values": [""]}
        return {"mutable": name in self.mutable, **told}


def _note(table: Annotations, seen: Sequence[_Seen]) -> None:
    if table.attributes is None:
        return
    tracks = [-1] * len(table) if table.tracks is None else table.tracks.tolist()
    for label, track, row in zip(table.labels.tolist(), tracks, table.attributes, strict=True):
        seen[label].add(track, row or NOTHING)
