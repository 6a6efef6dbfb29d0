"""What the page knows about each picture, as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from formats.dataset import Label
from prelabel.preview.names import address
from prelabel.preview.palette import colours, ink
from prelabel.preview.shapes import Shape

__all__ = ["classes", "css", "embedded", "outline", "picture"]


def classes(labels: Sequence[Label]) -> list[dict[str, Any]]:
    """Name, colour of shapes and of letters on it, for each class."""
    palette = colours([label.name for label in labels])
    return [
        {"name": label.name, "colour": css(colour), "ink": css(ink(colour))}
        for label, colour in zip(labels, palette, strict=True)
    ]


def picture(
    title: str, name: str, size: tuple[int, int], shapes: Sequence[Shape]
) -> dict[str, Any]:
    """One picture: its title, its files, its size in pixels and its shapes."""
    return {
        "title": title,
        "plain": address(f"pictures/{name}"),
        "overlay": address(f"previews/{name}"),
        "size": size,
        "shapes": [_shape(shape) for shape in shapes],
    }


def embedded(value: object) -> str:
    """JSON that may stand inside a script element, whatever the texts in it say."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text.encode("utf-8", "replace").decode()


def _shape(shape: Shape) -> dict[str, Any]:
    """Only what is there, numbers with one decimal."""
    row: dict[str, Any] = {"label": shape.label}
    if not np.isnan(shape.score):
        row["score"] = round(shape.score, 4)
    if shape.track >= 0:
        row["track"] = shape.track
    if np.isfinite(shape.box).all():
        row["box"] = _rounded(shape.box)
    if shape.parts:
        row["path"] = outline(shape)
        row["area"] = shape.area
    if shape.points.any():
        row["points"] = [_rounded(point) for point in shape.points]
        row["bones"] = shape.bones
    return row


def outline(shape: Shape) -> str:
    """An SVG path of all rings, to be filled even-odd."""
    end = "Z" if shape.closed else ""
    return "".join(
        "M" + "L".join(f"{x:g} {y:g}" for x, y in np.round(ring, 1).tolist()) + end
        for part in shape.parts
        for ring in part
    )


def _rounded(values: Any) -> list[float]:
    rounded: list[float] = np.round(values, 1).tolist()
    return rounded


def css(colour: Sequence[int]) -> str:
    """A colour as style sheets write it."""
    return "#{:02x}{:02x}{:02x}".format(*colour)
