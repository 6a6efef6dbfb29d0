"""Projects of VIA 3: views of files, and metadata that lie in a view.

A region is ``[shape, number, ...]``, its attributes are by their ids. Regions of videos, which lie
at a time in seconds, are counted and left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Raw

from formats import files
from formats.json_file import decoded
from formats.losses import Losses

__all__ = ["claims", "declared", "pictures"]

PARTS = ("metadata", "view", "file")
IMAGE = 2
"""The type of a file that is a picture."""
NAMES = {1: "point", 2: "rect", 3: "circle", 4: "ellipse", 5: "line", 6: "polyline", 7: "polygon"}
KEYS = {
    1: ("cx", "cy"),
    2: ("x", "y", "width", "height"),
    3: ("cx", "cy", "r"),
    4: ("cx", "cy", "rx", "ry"),
    8: (),
}
EXTREME = 8
"""A rectangle told by points that touch its sides."""


def claims(found: Mapping[str, Raw]) -> bool:
    """Whether the keys are those of a project of version 3."""
    return found.keys() >= {*PARTS, "project", "attribute"}


def pictures(found: Mapping[str, Raw], path: Path, losses: Losses) -> Iterator[tuple[str, Any]]:
    """The pictures in the order of the project's views, with regions in the form of version 2."""
    from formats.via.document import Picture

    told = {key: decoded(found[key], Any, files.pointer(path, key)) for key in found}
    metadata, views, known, specs = (_mapping(told[k]) for k in (*PARTS, "attribute"))
    order = _mapping(told["project"]).get("vid_list")
    names = [str(v) for v in order] if isinstance(order, list) else []
    by_view: dict[str, list[tuple[str, Any]]] = {}
    for key, entry in metadata.items():
        by_view.setdefault(str(_mapping(entry).get("vid")), []).append((key, entry))
    for view in dict.fromkeys([*names, *views]):
        listed = _mapping(views.get(view)).get("fid_list")
        ids = listed if isinstance(listed, list) else []
        file = _mapping(known.get(str(ids[0]))) if len(ids) == 1 else {}
        regions = by_view.get(view, [])
        where = files.pointer(path, "view", view)
        if file.get("type") != IMAGE or not isinstance(file.get("fname"), str):
            losses.add("region of a video, a sound or several files", len(regions), where)
            continue
        told_of, shapes = _regions(regions, specs)
        yield view, Picture(where, file["fname"], -1, shapes, told_of)


def declared(found: Mapping[str, Raw], path: Path) -> dict[str, Any]:
    """The attributes of regions with their options by name, in the form of version 2."""
    specs = _mapping(decoded(found["attribute"], Any, files.pointer(path, "attribute")))
    region = {}
    for key, spec in specs.items():
        names = [n for n in _mapping(_mapping(spec).get("options")).values() if isinstance(n, str)]
        kind = "dropdown" if names else "text"
        options = dict.fromkeys(names, "")
        region[str(_mapping(spec).get("aname") or key)] = {"type": kind, "options": options}
    return {"region": region, "file": {}}


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _regions(
    found: Sequence[tuple[str, Any]], specs: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Any]]:
    """What is said of the whole picture, and its regions."""
    told: dict[str, Any] = {}
    shapes = []
    for _, entry in found:
        said = _attributes(_mapping(entry).get("av"), specs)
        numbers = _mapping(entry).get("xy")
        if isinstance(numbers, list) and numbers:
            shapes.append({"shape_attributes": _shape(numbers), "region_attributes": said})
        else:
            told |= said
    return told, shapes


def _attributes(values: Any, specs: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes by their names, with the options that their values stand for."""
    said = {}
    for key, value in _mapping(values).items():
        spec = _mapping(specs.get(key))
        options = _mapping(spec.get("options"))
        shown = options.get(value, value) if isinstance(value, str) else value
        said[str(spec.get("aname") or key)] = shown
    return said


def _shape(numbers: Sequence[Any]) -> dict[str, Any]:
    """A region in the form of version 2; one of another form keeps its number as its name."""
    kind, rest = numbers[0], list(numbers[1:])
    xs, ys = rest[::2], rest[1::2]
    if kind == EXTREME and len(xs) == len(ys) and _numbers(rest):
        x, y = min(xs), min(ys)
        return {"name": "rect", "x": x, "y": y, "width": max(xs) - x, "height": max(ys) - y}
    if isinstance(kind, list | dict):  # no number of a shape
        kind = None
    if kind in KEYS and len(rest) == len(KEYS[kind]):
        return {"name": NAMES[kind], **dict(zip(KEYS[kind], rest, strict=True))}
    if kind in (5, 6, 7):
        name = "polygon" if kind == 7 else "polyline"
        return {"name": name, "all_points_x": xs, "all_points_y": ys}
    return {"name": f"shape {kind}"}


def _numbers(found: Sequence[Any]) -> bool:
    return len(found) > 0 and all(type(n) in (int, float) for n in found)
