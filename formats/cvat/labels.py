"""Classes of a CVAT task as labels; points of a skeleton are classes below it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from formats.cvat import attributes
from formats.cvat.markup import Node
from formats.dataset import Label

__all__ = ["SKELETON", "drawing", "of_nodes", "point_names"]

SKELETON = "skeleton"
_TAG = re.compile(r"<(line|circle)\b([^>]*)>")
_ATTRIBUTE = re.compile(r"([\w-]+)\s*=\s*\"([^\"]*)\"")


def of_nodes(nodes: Sequence[Node]) -> list[Label]:
    """The labels of ``<label>`` elements, in their order; sub-labels are keypoints of theirs."""
    below: dict[str, list[Node]] = {}
    for node in nodes:
        below.setdefault(node.named("parent"), []).append(node)
    return [_label(node, below) for node in below.get("", [])]


def _label(node: Node, below: dict[str, list[Node]]) -> Label:
    name = node.named("name")
    points = below.get(name, []) if node.said("type") == SKELETON else []
    names = tuple(point.named("name") for point in points)
    extra: dict[str, Any] = {key: node.said(key) for key in ("type", "color") if node.said(key)}
    if node.said("svg"):
        extra["svg"] = node.said("svg")
    colors = {point.named("name"): point.said("color") for point in points if point.said("color")}
    if colors:
        extra["point_colors"] = colors
    bones = _bones(extra.get("svg", ""), names)
    own = attributes.declared(node)
    return Label(name, keypoints=names, bones=bones, attributes=own, extra=extra)


def _bones(svg: str, names: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """The edges of a skeleton's drawing as pairs of keypoints."""
    tags = [(tag, dict(_ATTRIBUTE.findall(rest))) for tag, rest in _TAG.findall(svg)]
    place = {name: k for k, name in enumerate(names)}
    nodes = {
        told.get("data-node-id"): place.get(told.get("data-label-name", ""))
        for tag, told in tags
        if tag == "circle"
    }
    pairs = [
        (nodes.get(told.get("data-node-from")), nodes.get(told.get("data-node-to")))
        for tag, told in tags
        if tag == "line"
    ]
    return tuple((a, b) for a, b in pairs if a is not None and b is not None)


def point_names(label: Label, count: int = 0) -> tuple[str, ...]:
    """The names of a skeleton's points: its own, else numbers from 1."""
    return label.keypoints or tuple(str(k + 1) for k in range(count))


def drawing(label: Label, names: Sequence[str]) -> str:
    """The drawing of a skeleton: its own, else its points on a circle, joined by its bones."""
    if label.extra.get("svg"):
        return str(label.extra["svg"])
    turn = np.arange(len(names)) * (2 * np.pi / max(len(names), 1))
    places = np.round(50 + 40 * np.column_stack([np.sin(turn), -np.cos(turn)]), 2).tolist()
    there = range(len(places))
    lines = [_line(places, a, b) for a, b in label.bones if a in there and b in there]
    return "".join([*lines, *(_circle(places[k], k, name) for k, name in enumerate(names))])


def _line(places: list[list[float]], a: int, b: int) -> str:
    (x1, y1), (x2, y2) = places[a], places[b]
    return (
        f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="black" data-type="edge" '
        f'data-node-from="{a + 1}" stroke-width="0.5" data-node-to="{b + 1}"></line>'
    )


def _circle(place: list[float], k: int, name: str) -> str:
    told = name.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return (
        f'<circle r="1.5" stroke="black" fill="#b3b3b3" cx="{place[0]}" cy="{place[1]}" '
        f'stroke-width="0.1" data-type="element node" data-element-id="{k + 1}" '
        f'data-node-id="{k + 1}" data-label-name="{told}"></circle>'
    )
