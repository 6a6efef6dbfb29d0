"""``ontology.json``: the tools and questions that annotations to import need in their project."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from formats.dataset import Label
from formats.losses import Losses

__all__ = ["Ontology"]

TOOLS = {
    "bbox": "rectangle",
    "polygon": "polygon",
    "mask": "raster-segmentation",
    "line": "line",
    "point": "point",
}
"""What Labelbox calls the tool of a geometry."""
GOLDEN = 0.618033988749895


@dataclass(slots=True)
class Ontology:
    """Collects what annotations of each class are made of."""

    geometries: dict[int, list[str]] = field(default_factory=dict)
    questions: dict[int, list[str]] = field(default_factory=dict)
    tagged: list[int] = field(default_factory=list)

    def add(self, label: int, geometry: str, questions: Sequence[str]) -> None:
        """Note an annotation."""
        _once(self.geometries.setdefault(label, []), geometry)
        for name in questions:
            _once(self.questions.setdefault(label, []), name)

    def tag(self, label: int) -> None:
        """Note a class of a whole picture."""
        _once(self.tagged, label)

    def written(self, labels: Sequence[Label], question: str, losses: Losses) -> dict[str, Any]:
        """The ontology, as Labelbox normalises one; classes of pictures alone are no tool."""
        tools = [
            _tool(k, label.name, TOOLS[geometry], self.questions.get(k, ()))
            for k, label in enumerate(labels)
            for geometry in self.geometries.get(k, () if k in self.tagged else ("bbox",))
        ]
        for k, found in self.geometries.items():
            what = "class with several geometries, each of which needs a tool of its own"
            losses.warn(what, int(len(found) > 1), labels[k].name)
        names = [labels[k].name for k in sorted(self.tagged)]
        return {"tools": tools, "classifications": [_choices(question, names)] if names else []}


def _once(known: list[Any], value: Any) -> None:
    if value not in known:
        known.append(value)


def _tool(k: int, name: str, tool: str, questions: Sequence[str]) -> dict[str, Any]:
    inner = [_question("text", name) for name in questions]
    shared = {"name": name, "required": False, "color": _colour(k)}
    return {"tool": tool, **shared, "classifications": inner}


def _question(kind: str, name: str, options: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    shared = {"instructions": name, "name": name, "required": False}
    return {"type": kind, **shared, "options": list(options)}


def _choices(name: str, names: Sequence[str]) -> dict[str, Any]:
    options = [{"label": choice, "value": choice, "options": []} for choice in names]
    return {**_question("checklist", name, options), "scope": "global"}


def _colour(k: int) -> str:
    red, green, blue = (round(255 * c) for c in colorsys.hsv_to_rgb(k * GOLDEN % 1, 0.8, 0.9))
    return f"#{red:02x}{green:02x}{blue:02x}"
