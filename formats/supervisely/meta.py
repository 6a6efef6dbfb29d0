"""``meta.json``: the classes of a project with their skeletons, its tags and further keys."""

from __future__ import annotations

import colorsys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from formats import files
from formats.coco.videos import KEY as VIDEOS
from formats.dataset import Label
from formats.errors import FormatError
from formats.tracks import filling

__all__ = ["ANY", "TAGS", "Meta", "classes", "further", "nodes", "read", "tag"]

ANY = "any"
TAGS = "tag_metas"
"""Where `Dataset.extra` has the tags as the project declares them."""
NOT_KEPT = frozenset({"classes", "tags", TAGS, "splits", VIDEOS, filling.KEY})
"""Keys of `Dataset.extra` that are made anew, or say how other formats lay a set out."""
KIND = "images"
"""What a project of pictures is called."""
GOLDEN = 0.618033988749895


@dataclass(frozen=True, slots=True)
class Meta:
    """Labels; `shapes` and `nodes` of each by its name (ids of keypoints in their order)."""

    labels: tuple[Label, ...]
    shapes: dict[str, str]
    nodes: dict[str, list[str]]
    extra: dict[str, Any] = field(default_factory=dict)


def read(path: Path) -> Meta:
    """What a file says; FormatError where it is no ``meta.json``."""
    try:
        found = msgspec.json.decode(files.read(path))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(f"not JSON: {error}", where=path) from error
    if not isinstance(found, dict) or not isinstance(found.get("classes"), list):
        raise FormatError("no list 'classes'", where=path)
    listed = [_class(k, e, path) for k, e in enumerate(found["classes"])]
    tags = [e for key in ("tags", "tags_images", "tags_objects") for e in _list(found.get(key))]
    kept = {k: v for k, v in found.items() if k not in NOT_KEPT and not k.startswith("tags_")}
    extra = {k: v for k, v in kept.items() if v and (k, v) != ("projectType", KIND)}
    return Meta(
        tuple(_label(entry) for entry in listed),
        {entry["title"]: str(entry.get("shape", ANY)) for entry in listed},
        {entry["title"]: list(_nodes(entry)) for entry in listed},
        {**extra, **({TAGS: tags} if tags else {})},
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _class(k: int, entry: Any, path: Path) -> dict[str, Any]:
    where = files.pointer(path, "classes", k)
    if not isinstance(entry, dict) or not isinstance(entry.get("title"), str):
        raise FormatError("a class without a title", where=where)
    return entry


def _label(entry: Mapping[str, Any]) -> Label:
    rest = {k: v for k, v in entry.items() if k not in ("title", "id", "supercategory")}
    number = entry.get("id")
    points = _nodes(entry)
    places = {name: k for k, name in enumerate(points)}
    names = [str(node.get("label") or name) for name, node in points.items()]
    config = entry.get("geometry_config")
    edges = _list(config.get("edges")) if isinstance(config, dict) else []
    ends = [
        (places.get(str(e.get("src"))), places.get(str(e.get("dst")))) for e in map(_dict, edges)
    ]
    bones = [(a, b) for a, b in ends if a is not None and b is not None]
    above = entry.get("supercategory")
    return Label(
        entry["title"],
        number if type(number) is int else None,
        above if isinstance(above, str) else "",
        keypoints=tuple(names),
        bones=tuple(bones),
        extra=rest,
    )


def _nodes(entry: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The nodes of a class that is a graph, by their ids."""
    config = entry.get("geometry_config")
    found = config.get("nodes") if isinstance(config, dict) else None
    if not isinstance(found, dict):
        return {}
    return {str(k): v for k, v in found.items() if isinstance(v, dict)}


def nodes(label: Label, count: int) -> list[str]:
    """The ids of `count` keypoints of a class: its own, else their names, else numbers."""
    own = list(_nodes(label.extra))
    if len(own) >= count and len(own) == max(len(label.keypoints), count):
        return own
    names = [*label.keypoints, *(str(k) for k in range(len(label.keypoints), count))]
    return [n if names.index(n) == k else f"{n} {k}" for k, n in enumerate(names)]


def classes(
    labels: Sequence[Label], shapes: Mapping[int, set[str]], counts: Mapping[int, int]
) -> list[dict[str, Any]]:
    """The list of classes; `shapes` and `counts` are the geometries and keypoints that occur."""
    found = []
    for k, label in enumerate(labels):
        shape = _shape(label, shapes.get(k, set()))
        entry: dict[str, Any] = {"title": label.name, "shape": shape, "color": colour(k)}
        if label.id is not None:
            entry["id"] = label.id
        if label.supercategory:
            entry["supercategory"] = label.supercategory
        kept = {key: v for key, v in label.extra.items() if key not in ("title", "shape", "id")}
        entry |= {"description": "", "hotkey": "", "geometry_config": {}, **kept}
        count = max(len(label.keypoints), counts.get(k, 0))
        if count and list(_nodes(entry)) != nodes(label, count):
            entry["geometry_config"] = _graph(label, count, entry["color"])
        found.append(entry)
    return found


def _shape(label: Label, shapes: set[str]) -> str:
    """The one geometry of a class, as declared where that fits; ``any`` for several or none."""
    declared = label.extra.get("shape")
    if isinstance(declared, str) and (declared == ANY or shapes <= {declared}):
        return declared
    return next(iter(shapes)) if len(shapes) == 1 else ANY


def _graph(label: Label, count: int, shade: Any) -> dict[str, Any]:
    """A template of nodes in a row, and the bones between them."""
    ids = nodes(label, count)
    names = [*label.keypoints, *ids[len(label.keypoints) :]]
    listed = {
        node: {"label": name, "loc": [10 + 20 * k, 10], "color": shade}
        for k, (node, name) in enumerate(zip(ids, names, strict=True))
    }
    ends = [(a, b) for a, b in label.bones if 0 <= a < count and 0 <= b < count]
    edges = [{"src": ids[a], "dst": ids[b], "color": shade} for a, b in ends]
    return {"nodes": listed, "edges": edges}


def colour(k: int) -> str:
    """``#RRGGBB`` of the k-th class or tag: hues that are far from one another."""
    red, green, blue = (round(255 * c) for c in colorsys.hsv_to_rgb(k * GOLDEN % 1, 0.8, 0.9))
    return f"#{red:02X}{green:02X}{blue:02X}"


def tag(k: int, name: str, kind: str) -> dict[str, Any]:
    """The declaration of a tag."""
    shared = {"color": colour(k), "hotkey": "", "applicable_type": "all", "classes": []}
    return {"name": name, "value_type": kind, **shared}


def further(extra: Mapping[str, Any]) -> dict[str, Any]:
    """The other keys of a ``meta.json``; a project of pictures if nothing else is said."""
    kept = {k: v for k, v in extra.items() if k not in NOT_KEPT}
    return {"projectType": KIND, **kept}
