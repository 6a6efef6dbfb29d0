"""The XML of one picture as text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotation
from formats.columns import Kind
from formats.cvat import text
from formats.dataset import Item
from formats.losses import Losses
from formats.voc.markup import JSON, ROOT
from formats.voc.objects import FLAGS, KNOWN, SIDES, UNSAID
from formats.voc.pages import ID, VERIFIED
from formats.voc.pages import KNOWN as OF_PICTURE

__all__ = ["UNNAMED", "document", "shape"]

UNNAMED = "unknown key that XML cannot name"
BROKEN = "character that XML cannot hold"
BARE = f"    <pose>{UNSAID}</pose>\n"
PARTS, POSE, DEPTH = "parts", "pose", "depth"
_NAME = re.compile(r"[A-Za-z_][\w.-]*")
Floats = NDArray[np.float64]


def document(
    item: Item, place: str, objects: Sequence[str], segmented: bool, losses: Losses
) -> str:
    """The whole text; `place` is the path of the picture below ``JPEGImages``."""
    head = {VERIFIED: "yes"} if item.status == VERIFIED else {}
    lines = [text.tag(ROOT, head), "\n", text.element("filename", place, 1)]
    if item.id is not None:
        lines.append(text.element(ID, str(item.id), 1))
    lines += _values(item.extra, 1, OF_PICTURE | {ID, DEPTH, "void"}, losses, item.path)
    if item.size is not None:
        lines.append(_size(item.size, item.extra.get(DEPTH)))
    lines.append(text.element("segmented", str(int(segmented)), 1))
    return "".join([*lines, *objects, f"</{ROOT}>\n"])


def _size(size: tuple[int, int], depth: object) -> str:
    told = {"width": size[0], "height": size[1], **({} if depth is None else {DEPTH: depth})}
    inside = "".join(text.element(name, str(value), 2) for name, value in told.items())
    return f"  <size>\n{inside}  </size>\n"


def shape(row: Annotation, name: str, shift: float, outline: bool, losses: Losses) -> str:
    """One ``<object>``; `shift` is what is added to the edges at the left and top.

    With `outline` the polygon stands beside the box, a part of it in each element.
    """
    extra = dict(row.extra)
    lines = ["  <object>\n", text.element("name", name, 2)]
    lines.append(text.element(POSE, str(extra.pop(POSE, UNSAID)), 2) if extra else BARE)
    lines.append(_flags(row.flags))
    lines.append(_box(row.box.tolist(), shift, 2))
    if outline and row.rings and row.kind != Kind.LINE:
        lines += [_polygon(part[0], shift) for part in row.rings]
    if np.isfinite(row.score):
        lines.append(text.element("score", repr(float(row.score)), 2))
    told = extra.get(PARTS)
    if _are_parts(told):
        del extra[PARTS]
        lines += [_part(part, shift, losses) for part in told]
    lines += _attributes(row.attributes, losses)
    lines += _values(extra, 2, KNOWN | {POSE}, losses, name)
    losses.add(BROKEN, text.unwritable(name), name)
    return "".join([*lines, "  </object>\n"])


@cache
def _flags(flags: int) -> str:
    lines = (f"    <{word}>{int(bool(flags & flag))}</{word}>\n" for word, flag in FLAGS.items())
    return "".join(lines)


def _box(sides: Sequence[float], shift: float, depth: int) -> str:
    edges = (sides[0] + shift, sides[1] + shift, sides[2], sides[3])
    pairs = zip(SIDES, edges, strict=True)
    lead = "  " * depth
    inside = "".join([f"{lead}  <{tag}>{text.number(edge)}</{tag}>\n" for tag, edge in pairs])
    return f"{lead}<bndbox>\n{inside}{lead}</bndbox>\n"


def _polygon(ring: Floats, shift: float) -> str:
    corners = enumerate((ring + shift).tolist(), 1)
    inside = "".join(
        f"      <x{k}>{text.number(x)}</x{k}>\n      <y{k}>{text.number(y)}</y{k}>\n"
        for k, (x, y) in corners
    )
    return f"    <polygon>\n{inside}    </polygon>\n"


def parts(row: Annotation) -> list[str]:
    """The names of an object's parts, as they are written."""
    told = row.extra.get(PARTS)
    return [str(part["name"]) for part in told] if _are_parts(told) else []


def _are_parts(parts: object) -> TypeGuard[list[Mapping[str, Any]]]:
    return isinstance(parts, list) and all(
        isinstance(part, Mapping) and "name" in part and _is_box(part.get("box", [0, 0, 0, 0]))
        for part in parts
    )


def _is_box(box: object) -> bool:
    return isinstance(box, list) and len(box) == 4 and all(type(n) in (int, float) for n in box)


def _part(part: Mapping[str, Any], shift: float, losses: Losses) -> str:
    lines = ["    <part>\n", text.element("name", str(part["name"]), 3)]
    if "box" in part:
        lines.append(_box(part["box"], shift, 3))
    rest = {k: v for k, v in part.items() if k not in ("name", "box")}
    lines += _values(rest, 3, frozenset(), losses, str(part["name"]))
    return "".join([*lines, "    </part>\n"])


def _attributes(told: Mapping[str, Any], losses: Losses) -> Iterator[str]:
    if not told:
        return
    yield "    <attributes>\n"
    for name, value in told.items():
        inside = text.element("name", str(name), 4) + _element("value", value, 4, losses)
        yield f"      <attribute>\n{inside}      </attribute>\n"
    yield "    </attributes>\n"


def _values(
    told: Mapping[str, Any], depth: int, known: Iterable[str], losses: Losses, where: str
) -> list[str]:
    """Unknown keys as elements of their names; those that have no such name are counted."""
    lines = []
    for name, value in told.items():
        if name in known or not _NAME.fullmatch(str(name)):
            losses.add(UNNAMED, name not in ("void", DEPTH), where)
        elif isinstance(value, list) and len(value) > 1:
            lines += [_element(name, one, depth, losses) for one in value]
        else:
            lines.append(_element(name, value, depth, losses))
    return lines


def _element(name: str, value: Any, depth: int, losses: Losses) -> str:
    """A value: a text as it stands, a mapping as elements, anything else as JSON."""
    lead = "  " * depth
    if isinstance(value, str):
        losses.add(BROKEN, text.unwritable(value), name)
        return text.element(name, value, depth)
    if isinstance(value, Mapping) and value and all(_NAME.fullmatch(str(key)) for key in value):
        inside = "".join(_values(value, depth + 1, frozenset(), losses, name))
        return f"{lead}<{name}>\n{inside}{lead}</{name}>\n"
    said = text.content(json.dumps(value, ensure_ascii=False, default=str))
    return f"{lead}{text.tag(name, {'type': JSON})}{said}</{name}>\n"
