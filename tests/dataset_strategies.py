"""Hypothesis strategies for whole data sets: tables of every kind of row, items, labels."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from formats.annotations import Annotations
from formats.columns import COLUMNS, Flag, Kind
from formats.dataset import Dataset, Item, Label, Source
from geometry import keypoints, masks, polygons, rotated
from geometry.masks import Mask
from geometry.rings import Rings

ALL = frozenset([*COLUMNS, "rings"])
POINTS = 3
NAMES = st.text("abcdefghij ü_-.'", min_size=1, max_size=8).map(lambda s: s.strip() or "x")
KEYS = st.text("pqrs", min_size=1, max_size=3).map(lambda s: "x_" + s)
VALUES = st.one_of(st.booleans(), st.integers(-9, 9), st.text("ab ü", max_size=4))
MAPPINGS = st.dictionaries(KEYS, VALUES, max_size=2)
TEXTS = st.dictionaries(KEYS, st.text("ab ü", max_size=4), max_size=2)


@dataclass(frozen=True)
class Wanted:
    """What a data set may state: columns, kinds of rows, and a few finer points."""

    columns: frozenset[str] = ALL
    kinds: frozenset[Kind] = frozenset(Kind)
    holes: bool = True
    parts: int = 2
    unseen: bool = True
    scored: bool = False
    labels: int = 3
    items: int = 0
    """At least so many pictures."""
    rows: tuple[int, int] = (0, 4)
    """From and to how many rows a picture has."""
    must: str = ""
    """A column that every row states."""
    apart: bool = False
    """No two masks of a picture share a pixel."""
    flags: int = sum(Flag)
    """Bits that a row may carry."""
    groups: tuple[int, int] = (0, 3)
    """From and to which numbers groups have."""
    texts: bool = False
    """Attributes are texts alone."""
    lone_points: bool = False
    """Only rows that are points have keypoints."""


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    """Numbers as people write them, and any other float of the range."""
    ticks = st.integers(int(low * 100), int(high * 100)).map(lambda k: k / 100)
    return st.one_of(ticks, st.floats(low, high, allow_subnormal=False))


@st.composite
def sides(draw: st.DrawFn, size: tuple[int, int]) -> list[float]:
    """A box of at least a pixel inside a picture."""
    x0, y0 = draw(numbers(0, size[0] - 2)), draw(numbers(0, size[1] - 2))
    return [x0, y0, draw(numbers(x0 + 1, size[0])), draw(numbers(y0 + 1, size[1]))]


@st.composite
def shapes(draw: st.DrawFn, size: tuple[int, int], wanted: Wanted) -> list[list[np.ndarray]]:
    """Parts of convex rings side by side, each perhaps with a hole in its middle."""
    parts = draw(st.integers(1, wanted.parts))
    width = size[0] / parts
    return [draw(_part(k * width, width, size[1], wanted.holes)) for k in range(parts)]


@st.composite
def _part(draw: st.DrawFn, left: float, width: float, height: float, holes: bool) -> list[Any]:
    corners = draw(st.integers(3, 6))
    turn = draw(st.floats(0, 6))
    angle = turn + np.arange(corners) * (2 * np.pi / corners)
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    centre = np.array([left + width / 2, height / 2])
    reach = np.array([width, height]) * 0.4 * draw(st.floats(0.5, 1))
    rings = [centre + reach * circle]
    if holes and draw(st.booleans()):
        rings.append(centre + 0.4 * reach * circle)
    return rings


@st.composite
def run_masks(draw: st.DrawFn, size: tuple[int, int]) -> Mask:
    """A mask with at least one pixel."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    dense = rng.random((size[1], size[0])) < draw(st.floats(0.05, 0.9))
    dense[rng.integers(size[1]), rng.integers(size[0])] = True
    return masks.encode(dense)


@st.composite
def points(draw: st.DrawFn, size: tuple[int, int]) -> np.ndarray:
    """Three keypoints, at least one of them labelled; an unlabelled one is 0 0 0."""
    seen = draw(st.lists(st.sampled_from([0, 1, 2]), min_size=POINTS, max_size=POINTS))
    seen[0] = max(seen[0], 1)
    place = [(draw(numbers(0, size[0])), draw(numbers(0, size[1]))) for _ in seen]
    return np.array([(x, y, v) if v else (0, 0, 0) for (x, y), v in zip(place, seen, strict=True)])


@st.composite
def rows(draw: st.DrawFn, size: tuple[int, int], wanted: Wanted, labels: int) -> dict[str, Any]:
    """One row as a mapping of column to value; a column it says nothing in is left out."""
    kind = draw(st.sampled_from(sorted(wanted.kinds)))
    row: dict[str, Any] = {"kinds": kind, "labels": draw(st.integers(0, labels - 1))}
    row |= draw(_shape(kind, size, wanted))
    if wanted.scored or wanted.must == "scores" or draw(st.booleans()):
        row["scores"] = draw(st.floats(0, 1))
    further = {
        "tracks": st.integers(0, 9),
        "flags": st.integers(1, sum(Flag)).map(lambda bits: bits & wanted.flags),
        "areas": numbers(1, 500),
        "groups": st.integers(*wanted.groups),
        "sources": st.just(0),
        "attributes": TEXTS if wanted.texts else MAPPINGS,
        "extra": MAPPINGS,
    }
    for name, strategy in further.items():
        if name == wanted.must:
            row[name] = draw(strategy.filter(lambda value: value != {}))
        elif name in wanted.columns and draw(st.booleans()):
            row[name] = draw(strategy)
    return {name: value for name, value in row.items() if name in wanted.columns}


@st.composite
def _shape(draw: st.DrawFn, kind: Kind, size: tuple[int, int], wanted: Wanted) -> dict[str, Any]:
    row: dict[str, Any] = {"boxes": draw(sides(size))}
    if kind == Kind.TAG:
        return {}
    if kind in (Kind.ROTATED, Kind.ELLIPSE):
        x0, y0, x1, y1 = row["boxes"]
        half = min(x1 - x0, y1 - y0)
        five = [(x0 + x1) / 2, (y0 + y1) / 2, half * 0.7, half * 0.4, draw(numbers(-3, 3))]
        round_ = kind == Kind.ELLIPSE
        row |= {"rotated": five, "boxes": _oval(five) if round_ else rotated.bounds([five])[0]}
    if kind in (Kind.POLYGON, Kind.LINE):
        row["rings"] = draw(shapes(size, wanted))
        row["boxes"] = polygons.bounds(Rings.of([row["rings"]]))[0]
    if kind == Kind.MASK:
        row["masks"] = draw(run_masks(size))
        row["boxes"] = masks.bounds(row["masks"])
    asked = wanted.must in ("keypoints", "keypoint_scores")
    beside = kind != Kind.LINE and not wanted.lone_points
    pointed = kind == Kind.POINTS or asked or (beside and draw(st.booleans()))
    if pointed and "keypoints" in wanted.columns:
        row["keypoints"] = draw(points(size))
        if kind == Kind.POINTS:
            row["boxes"] = keypoints.bounds(row["keypoints"][None])[0]
        if asked or draw(st.booleans()):
            scores = st.lists(st.floats(0, 1), min_size=POINTS, max_size=POINTS)
            row["keypoint_scores"] = draw(scores)
    return row


def _oval(five: list[float]) -> np.ndarray:
    """The box around an ellipse: its half sides are the roots of the diagonal of R A R^T."""
    c, s = np.cos(five[4]), np.sin(five[4])
    turn = np.array([[c, -s], [s, c]])
    half = np.sqrt(np.diag(turn @ np.diag([five[2] ** 2 / 4, five[3] ** 2 / 4]) @ turn.T))
    return np.concatenate([five[:2] - half, five[:2] + half])


def table(found: list[dict[str, Any]]) -> Annotations:
    """The table of some rows; a column that no row has is left out."""
    n = len(found)
    columns: dict[str, Any] = {}
    for name in {name for row in found for name in row} - {"rings"}:
        like = next(np.asarray(row[name]) for row in found if name in row)
        column = COLUMNS[name]
        blank = np.full((n, *like.shape), column.fill, dtype=column.dtype)
        if column.dtype == "O":
            blank = column.blank(n)
        for i, row in enumerate(found):
            if name in row:
                blank[i] = row[name]
        columns[name] = blank
    if any("rings" in row for row in found):
        columns["rings"] = Rings.of([row.get("rings", []) for row in found])
    return Annotations.of(n, **columns)


@st.composite
def datasets(draw: st.DrawFn, wanted: Wanted | None = None) -> Dataset:
    """A data set of up to four pictures in up to three splits."""
    wanted = wanted or Wanted()
    asked = wanted.must in ("keypoints", "keypoint_scores") or wanted.kinds == {Kind.POINTS}
    pointed = "keypoints" in wanted.columns and (asked or draw(st.booleans()))
    if not pointed:
        less = wanted.columns - {"keypoints", "keypoint_scores"}
        wanted = Wanted(**{**vars(wanted), "columns": less, "kinds": wanted.kinds - {Kind.POINTS}})
    names = draw(st.lists(NAMES, min_size=1, max_size=wanted.labels, unique=True))
    skeleton = ("left", "right", "nose") if pointed else ()
    labels = tuple(Label(name, keypoints=skeleton) for name in names)
    stems = draw(st.lists(NAMES, min_size=wanted.items, max_size=4, unique=True))
    items = [draw(_items(k, stem, wanted, len(labels))) for k, stem in enumerate(stems)]
    sources = (Source("model", "m", "1"),)
    return Dataset.of(labels, items, sources=sources if "sources" in wanted.columns else ())


def _apart(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows without the pixels of earlier masks; those that have none left are left out."""
    taken: Any = False
    kept = []
    for row in found:
        if "masks" in row:
            own = masks.decode(row["masks"]) & ~np.asarray(taken)
            taken = own | taken
            if not own.any():
                continue
            row = row | {"masks": masks.encode(own)}
        kept.append(row)
    return kept


@st.composite
def _items(draw: st.DrawFn, k: int, stem: str, wanted: Wanted, labels: int) -> Item:
    size = (draw(st.integers(8, 40)), draw(st.integers(8, 40)))
    split = draw(st.sampled_from(["train", "val", "test"]))
    path = f"{k}{stem.replace('..', '.')}.png"
    if wanted.unseen and draw(st.booleans()):
        return Item(path, size, split=split)
    low, high = wanted.rows
    found = draw(st.lists(rows(size, wanted, labels), min_size=low, max_size=high))
    found = _apart(found) if wanted.apart else found
    if "ids" in wanted.columns:
        for n, row in enumerate(found):
            row["ids"] = 1 + 10 * k + n
    return Item(path, size, table(found), split=split)


def without(columns: Collection[str], *names: str) -> frozenset[str]:
    """The columns but some."""
    return frozenset(columns) - set(names)
