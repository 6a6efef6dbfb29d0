"""`compare`: one picture as two or more people or models saw it, side by side and overlaid."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import ArrayLike, NDArray

from formats.annotations import Annotations
from formats.dataset import Item, Label
from geometry import rotated
from prelabel.image import Image
from prelabel.preview import shapes
from prelabel.preview.palette import PALETTE, Colour, colours
from prelabel.preview.records import css
from prelabel.preview.shapes import Shape
from prelabel.preview.sheet import jpeg, scaled
from prelabel.reports.drawing import drawn, plates
from prelabel.reports.markup import Html

__all__ = ["Ground", "View", "beside", "compare"]

SIDES = (480, 800)
"""Least and most pixels of the longer side of a picture on a page."""
RATERS = (0, 6, 10, 7, 3, 4, 13, 14)
"""Which colours of the palette tell people apart where their shapes lie on each other."""
MARGIN = 0.04
"""Of the bounds of all shapes, where the size of a picture is unknown."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What one person or model saw: a name, and a table, None for one who did not look.

    `differs` (N,) tells the rows that others do not have: they are drawn strongly and with
    captions, the others thinly. None: all alike. `word` is what the caption calls them.
    """

    name: str
    annotations: Annotations | None
    differs: ArrayLike | None = None
    word: str = "without an equal"

    def parts(self) -> tuple[Annotations, Annotations]:
        """The rows that all have, and those that stand out."""
        table = self.annotations if self.annotations is not None else Annotations.empty()
        if self.differs is None:
            return table[:0], table
        out = np.asarray(self.differs, dtype=bool)
        return table[~out], table[out]


@dataclass(frozen=True, slots=True)
class Ground:
    """What shapes are drawn on: its size in drawn pixels, its scale, and the JPEG, b"" for none."""

    size: tuple[int, int]
    scale: float
    picture: bytes = b""

    @staticmethod
    def of(image: Image | None, size: tuple[int, int] | None, views: Sequence[View]) -> Ground:
        """The picture made small; a plain ground of the picture's `size` where there is none.

        Where the size is unknown too, the ground is as large as the shapes need.
        """
        if image is not None:
            pixels, scale = scaled(image.pixels, SIDES)
            return Ground((pixels.shape[1], pixels.shape[0]), scale, jpeg(pixels))
        width, height = size or _extent(views)
        scale = min(max(width, height, SIDES[0]), SIDES[1]) / max(width, height)
        return Ground((max(1, round(width * scale)), max(1, round(height * scale))), scale)


def compare(
    a: Item,
    b: Item,
    image: Image | None,
    labels: Sequence[Label],
    *,
    names: tuple[str, str] = ("A", "B"),
    differs: tuple[ArrayLike | None, ArrayLike | None] = (None, None),
    title: str = "",
    note: str = "",
) -> Html:
    """Two items of one picture side by side, and overlaid on demand.

    `image` None: the shapes on a plain ground. `differs`: the rows of each that the other does not
    have. `title` is the item's path where none is given.
    """
    views = [
        View(name, item.annotations, rows)
        for name, item, rows in zip(names, (a, b), differs, strict=True)
    ]
    return beside(views, image, labels, title=title or a.path, note=note, size=a.size or b.size)


def beside(
    views: Sequence[View],
    image: Image | None,
    labels: Sequence[Label],
    *,
    title: str,
    note: str = "",
    size: tuple[int, int] | None = None,
) -> Html:
    """Any number of views of one picture; two or more can be seen overlaid, a colour for each.

    The picture is embedded once; all panels show it. `size` (width, height) in pixels is needed
    only without an `image`.
    """
    ground = Ground.of(image, size, views)
    name = _name(ground, title)
    panels = "".join(
        _panel(view, ground, labels, f"{title}: {view.name}", name, first=not i)
        for i, view in enumerate(views)
    )
    under = f' <span class="quiet">{escape(note)}</span>' if note else ""
    both = _overlaid(views, ground, labels, title, name) if len(views) > 1 else ""
    return Html(
        f'<figure class="compared"><figcaption>{escape(title)}{under}</figcaption>'
        f'<div class="panels">{panels}</div>{both}</figure>\n'
    )


def _panel(
    view: View, ground: Ground, labels: Sequence[Label], title: str, name: str, *, first: bool
) -> str:
    """One view in the colours of its classes."""
    calm, strong = (shapes.of(part, labels, ground.scale) for part in view.parts())
    paint = colours([label.name for label in labels])
    width = ground.size[0]
    inside = [drawn(shape, paint[shape.label], width, calm=True) for shape in calm]
    inside += [drawn(shape, paint[shape.label], width) for shape in strong]
    inside.append(plates(strong, labels, ground.size))
    says = _count(view, len(calm) + len(strong))
    picture = _svg(inside, ground, name, title, first=first)
    return f"<figure><figcaption>{escape(view.name)}: {says}</figcaption>{picture}</figure>"


def _count(view: View, rows: int) -> str:
    if view.annotations is None:
        return "did not look"
    counted = f"{rows} object{'' if rows == 1 else 's'}"
    if view.differs is None or not rows:
        return counted
    return f"{counted}, {int(np.sum(np.asarray(view.differs, dtype=bool)))} {view.word}"


def _overlaid(
    views: Sequence[View], ground: Ground, labels: Sequence[Label], title: str, name: str
) -> str:
    """All views on one picture, folded away until asked for."""
    inside, keys = [], []
    for i, view in enumerate(views):
        colour = PALETTE[RATERS[i % len(RATERS)]]
        calm, strong = (shapes.of(part, labels, ground.scale) for part in view.parts())
        inside += _plain(calm, colour, ground, calm=True) + _plain(strong, colour, ground)
        dot = f'<circle cx="5" cy="5" r="5" fill="{css(colour)}"/>'
        keys.append(f'<li><svg class="dot" viewBox="0 0 10 10">{dot}</svg>{escape(view.name)}</li>')
    picture = _svg(inside, ground, name, f"{title}: overlaid", first=False)
    return (
        f"<details><summary>Overlaid</summary>"
        f'<ul class="legend">{"".join(keys)}</ul><div class="panels">{picture}</div></details>'
    )


def _plain(
    found: Sequence[Shape], colour: Colour, ground: Ground, *, calm: bool = False
) -> list[Html]:
    return [drawn(shape, colour, ground.size[0], calm=calm) for shape in found]


def _svg(inside: Sequence[Html], ground: Ground, name: str, title: str, *, first: bool) -> str:
    """A picture with what lies on it, as a button that shows it large."""
    width, height = ground.size
    under = ""
    if ground.picture and first:
        data = base64.b64encode(ground.picture).decode()
        where = f'width="{width}" height="{height}"'
        under = f'<image id="{name}" {where} href="data:image/jpeg;base64,{data}"/>'
    elif ground.picture:
        under = f'<use href="#{name}"/>'
    return (
        f'<button type="button" class="view" aria-label="{escape(title)}">'
        f'<svg viewBox="0 0 {width} {height}" aria-hidden="true">{under}{"".join(inside)}</svg>'
        "</button>"
    )


def _name(ground: Ground, title: str) -> str:
    """A name for the embedded picture that no other picture of the page has."""
    told = hashlib.sha256(title.encode("utf-8", "replace") + ground.picture)
    return f"p{told.hexdigest()[:12]}"


def _extent(views: Sequence[View]) -> tuple[float, float]:
    """Width and height that hold all shapes; a square where there is none."""
    ends: list[NDArray[np.float64]] = [np.empty((0, 2))]
    for table in (view.annotations for view in views if view.annotations is not None):
        ends.append(table.boxes[:, 2:])
        if table.rotated is not None:
            ends.append(rotated.corners(table.rotated).reshape(-1, 2))
    corners = np.concatenate(ends)
    corners = corners[np.isfinite(corners).all(axis=1)]
    if not len(corners) or not (corners > 0).all(axis=0).any():
        return float(SIDES[0]), float(SIDES[0])
    width, height = np.maximum(corners.max(axis=0), 1.0) * (1 + MARGIN)
    return float(width), float(height)
