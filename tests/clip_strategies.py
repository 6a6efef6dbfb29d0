"""Hypothesis strategies for data sets of clips: dense tracks, tracks of keyframes, lone rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from dataset_strategies import Wanted as Shapes
from dataset_strategies import numbers, points, run_masks, shapes, sides
from hypothesis import strategies as st

from formats import tables
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Dataset, Label, Media
from formats.tracks import clip, dense
from geometry import ellipses, keypoints, masks, polygons, rotated
from geometry.rings import Rings

SIZE = (40, 30)
ONE_RING = Shapes(holes=False, parts=1)
VALUES = {
    "seen": st.booleans(),
    "count": st.integers(-5, 5),
    "share": numbers(0, 1),
    "name": st.text("ab ü<&\"'\n", max_size=4),
}


@dataclass(frozen=True)
class Wanted:
    """What the tracks of a clip may be like."""

    kinds: tuple[Kind, ...] = (Kind.BOX,)
    sparse: bool = True
    lone: bool = True
    changing: bool = False
    """The class and the kind may change within a track."""
    attributes: bool = False
    groups: bool = False
    scores: bool = False
    flags: tuple[Flag, ...] = (Flag.OCCLUDED,)
    frames: int = 12
    clips: int = 2


@st.composite
def shape(draw: st.DrawFn, kind: Kind) -> dict[str, Any]:
    """The columns that say where a row of a kind is."""
    box = np.round(draw(sides(SIZE)), 6)
    x0, y0, x1, y1 = box
    if kind in (Kind.ROTATED, Kind.ELLIPSE):
        turn = draw(numbers(0.01, 6.28))
        five = np.array([(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0, turn])
        bounds = rotated.bounds if kind == Kind.ROTATED else ellipses.bounds
        return {"rotated": five, "boxes": bounds(five[None])[0]}
    if kind in (Kind.POLYGON, Kind.LINE):
        rings = draw(shapes(SIZE, ONE_RING))
        return {"rings": rings, "boxes": polygons.bounds(Rings.of([rings]))[0]}
    if kind == Kind.MASK:
        mask = draw(run_masks(SIZE))
        return {"masks": mask, "boxes": masks.bounds(mask)}
    if kind == Kind.POINTS:
        found = draw(points(SIZE))
        nowhere = found[:, 2] == 0
        found[nowhere, :2] = draw(numbers(1, 20))
        return {"keypoints": found, "boxes": keypoints.bounds(found[None])[0]}
    return {"boxes": box}


@st.composite
def row(draw: st.DrawFn, kind: Kind, label: int, wanted: Wanted) -> dict[str, Any]:
    """One row without its frame and track."""
    told = {"kinds": kind, "labels": label, **draw(shape(kind))}
    told["flags"] = int(sum(flag for flag in wanted.flags if draw(st.booleans())))
    if wanted.attributes:
        told["attributes"] = {k: draw(VALUES[k]) for k in draw(st.sets(st.sampled_from([*VALUES])))}
    if wanted.scores:
        told["scores"] = draw(st.floats(0, 1))
    return told


@st.composite
def track(draw: st.DrawFn, wanted: Wanted, frames: int, labels: int) -> list[dict[str, Any]]:
    """The rows of one track, dense or keyframes, in ascending frames."""
    least = 1 if frames else 0
    at = sorted(draw(st.sets(st.integers(0, frames - 1), min_size=least, max_size=frames)))
    keyed = wanted.sparse and draw(st.booleans())
    choice = st.tuples(st.sampled_from(wanted.kinds), st.integers(0, labels - 1))
    kind, label = draw(choice)
    group = {"groups": draw(st.integers(1, 3))} if wanted.groups and draw(st.booleans()) else {}
    rows = []
    for frame in at:
        if wanted.changing and draw(st.booleans()):
            kind, label = draw(choice)
        told = {**draw(row(kind, label, wanted)), **group, "images": frame}
        if keyed:
            gone = bool(rows) and draw(st.booleans())
            told["flags"] |= int(Flag.KEYFRAME | (Flag.OUTSIDE if gone else 0))
        rows.append(told)
    return rows


@st.composite
def table(draw: st.DrawFn, wanted: Wanted, frames: int, labels: int) -> Annotations:
    """The table of a clip."""
    ids = draw(st.lists(st.integers(0, 99), max_size=3, unique=True)) if frames else []
    rows = [
        {**told, "tracks": number} for number in ids for told in draw(track(wanted, frames, labels))
    ]
    if wanted.lone and frames:
        kinds = st.sampled_from(wanted.kinds)
        for _ in range(draw(st.integers(0, 2))):
            told = draw(row(draw(kinds), draw(st.integers(0, labels - 1)), wanted))
            rows.append({**told, "images": draw(st.integers(0, frames - 1))})
    rows.sort(key=lambda told: told["images"])
    return tables.table(rows)


@st.composite
def datasets(draw: st.DrawFn, wanted: Wanted) -> Dataset:
    """A data set of clips in which every frame was looked at."""
    names = draw(st.lists(st.text("abc ü<&", min_size=1, max_size=5), min_size=1, max_size=3))
    names = list(dict.fromkeys(name.strip() or "x" for name in names))
    skeleton = ("left", "right", "nose") if Kind.POINTS in wanted.kinds else ()
    labels = tuple(Label(name, keypoints=skeleton) for name in names)
    found = []
    for k in range(draw(st.integers(1, wanted.clips))):
        count = draw(st.integers(1, wanted.frames))
        media = Media(f"clip{k}.mp4", SIZE, count, 25.0)
        own = draw(table(wanted, count, len(labels)))
        found.append(clip.ClipTracks(media, k, own, np.arange(count)))
    return clip.dataset(found, Dataset.of(labels, []))


def shown(one: clip.ClipTracks, rule: str) -> Annotations:
    """A row for every object in every frame, in an order that does not depend on the format."""
    whole = dense.dense(one.table, rule)
    tracks = np.full(len(whole), -1) if whole.tracks is None else whole.tracks
    boxes = np.round(whole.boxes, 4)
    order = np.lexsort((*boxes.T, whole.labels, whole.kinds, tracks, whole.images))
    return whole[order]
