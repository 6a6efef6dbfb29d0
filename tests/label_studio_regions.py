"""Regions read in plain mathematics, from the words of Label Studio's documentation."""

from __future__ import annotations

import base64
import io
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

__all__ = ["bitmap", "box", "corners", "filled", "label", "size"]

Region = dict[str, Any]


def label(region: Region) -> str:
    """The label of a region, whose value is called like its type."""
    (name,) = region["value"][region["type"]]
    return name


def size(region: Region) -> tuple[int, int]:
    """Width and height of the picture, in pixels."""
    return region["original_width"], region["original_height"]


def corners(region: Region) -> NDArray[np.float64]:
    """(4, 2) pixels: (x, y) is the top-left corner AFTER turning clockwise about itself."""
    value, (width, height) = region["value"], size(region)
    x, w = (value[name] * width / 100 for name in ("x", "width"))
    y, h = (value[name] * height / 100 for name in ("y", "height"))
    sine, cosine = (f(math.radians(value["rotation"])) for f in (math.sin, math.cos))
    along, down = np.array([w * cosine, w * sine]), np.array([-h * sine, h * cosine])
    start = np.array([x, y])
    return np.array([start, start + along, start + along + down, start + down])


def box(region: Region) -> NDArray[np.float64]:
    """(4,) x0 y0 x1 y1 pixels of a rectangle that is not turned."""
    found = corners(region)
    return np.concatenate([found[0], found[2]])


def filled(regions: list[Region]) -> NDArray[np.bool_]:
    """(height, width) the pixels that some polygons cover."""
    picture = Image.new("1", size(regions[0]))
    for region in regions:
        points = np.array(region["value"]["points"]) * size(region) / 100
        ImageDraw.Draw(picture).polygon([tuple(p) for p in points], fill=1)
    return np.asarray(picture)


def bitmap(region: Region) -> NDArray[np.bool_]:
    """(height, width) the pixels of a bitmask: where its picture is not transparent."""
    head, _, data = region["value"]["imageDataURL"].partition(",")
    assert head == "data:image/png;base64"
    picture = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA")
    return np.asarray(picture)[..., 3] > 0
