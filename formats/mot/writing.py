"""Clips as MOTChallenge's files: a row for each object in each frame."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats import unheld
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Dataset, Label
from formats.losses import Losses
from formats.mot import layout, placing, seqinfo
from formats.mot.options import MotOptions
from formats.mot.reading import VISIBILITY, WORLD
from formats.numerals import FAR, is_double
from formats.tracks import clip, filling, naming, rows
from formats.tracks.clip import ClipTracks
from geometry import boxes

__all__ = ["HOLDS", "KINDS", "write"]

HOLDS = {**dict.fromkeys(("images", "kinds", "labels", "tracks"), 0.0), "boxes": 1e-9}
"""Of truth, the default; of detections scores, and classes only where there is one."""
KINDS = frozenset({Kind.BOX})
PARTLY = frozenset({"flags", "extra"})
HELD = Flag.CROWD | Flag.OCCLUDED | Flag.INTERPOLATED
"""Flags with a place; INTERPOLATED says how a row was made and goes without a word."""
NOWHERE = (-1.0, -1.0, -1.0)
Floats = NDArray[np.float64]


def write(dataset: Dataset, path: Path, options: MotOptions) -> Losses:
    """Write a folder or a ``.zip``: ``gt/gt.txt`` or ``det/det.txt`` and what lies beside it.

    Several clips get a folder each. Tracks of keyframes are filled in by their source's rule.
    """
    return placing.write(dataset, path, options, _contents)


def _contents(dataset: Dataset, options: MotOptions, losses: Losses) -> dict[str, bytes]:
    """The bytes of every file by its name."""
    clips = clip.clips(dataset)
    placing.count_labels(dataset.labels, losses)
    found: dict[str, str] = {}
    for one, name in zip(clips, placing.folders(clips), strict=True):
        placing.count_splits(one, layout.split_of(name), losses)
        kind = "gt" if options.rows == "auto" else options.rows
        table = _cut(filling.filled(one, dataset).table, one, kind, dataset.labels, losses)
        raised = bool((rows.ids(table) == 0).any())
        found[f"{name}{kind}/{kind}.txt"] = _rows(table, kind, raised)
        if kind == "gt":
            named = "".join(f"{label.name}\n" for label in dataset.labels)
            found[f"{name}gt/{layout.LABELS}"] = named
        title = PurePosixPath(name).name or naming.stem(one.media.path)
        pictures = placing.pictures(one, losses)
        found[f"{name}{layout.SEQINFO}"] = seqinfo.text(one.media, title, *pictures, raised)
    return {name: text.encode() for name, text in found.items()}


def _cut(
    table: Annotations, one: ClipTracks, kind: str, labels: Sequence[Label], losses: Losses
) -> Annotations:
    """The rows that can be written; what of them is lost is counted."""
    where = one.media.path
    tags = table.kinds == Kind.TAG
    losses.add("tag of a frame", int(tags.sum()), where)
    broken = ~tags & ~(np.abs(table.boxes) < FAR).all(axis=1)
    losses.add("object without a usable box", int(broken.sum()), where)
    table = table[~tags & ~broken]
    held = HOLDS.keys() | PARTLY | ({"scores"} if kind == "det" else set())
    unheld.report(table, held, losses, where)
    unheld.kinds(table, KINDS, losses, where)
    _count_partly(table, kind, losses, where)
    several = kind == "det" and len(np.unique(table.labels)) > 1
    losses.add("class of a detection", len(table) if several else 0, where)
    placing.count_frames(one, losses)
    return table


def _count_partly(table: Annotations, kind: str, losses: Losses, where: str) -> None:
    """Flags and further keys that have no place."""
    held = HELD if kind == "gt" else Flag.INTERPOLATED
    for flag in Flag:
        if not flag & held:
            losses.add(f"{(flag.name or '').lower()} flag", int(table.flagged(flag).sum()), where)
    if table.extra is not None:
        sound = {VISIBILITY: _is_share} if kind == "gt" else {WORLD: _is_place}
        own = (all(k in sound and sound[k](v) for k, v in e.items()) for e in table.extra)
        losses.add("unknown keys", sum(not held for held in own), where)


def _is_share(value: Any) -> bool:
    return is_double(value) and 0 <= value <= 1


def _is_place(value: Any) -> bool:
    return isinstance(value, list) and len(value) == len(NOWHERE) and all(map(is_double, value))


def _rows(table: Annotations, kind: str, raised: bool) -> str:
    """The lines, by frame."""
    own = rows.ids(table)
    tracks = np.where(own >= 0, own + 1, own) if raised else own
    heads = zip((table.images + 1).tolist(), tracks.tolist(), strict=True)
    sides = np.round(boxes.to_xywh(table.boxes), 9).tolist()
    ends = _truth(table) if kind == "gt" else _detected(table)
    lines = (
        f"{frame},{track},{','.join(map(_number, box))},{end}\n"
        for (frame, track), box, end in zip(heads, sides, ends, strict=True)
    )
    return "".join(lines)


def _truth(table: Annotations) -> list[str]:
    """Flag, class from 1, visibility."""
    flags = (~table.flagged(Flag.CROWD)).astype(int).tolist()
    seen = (~table.flagged(Flag.OCCLUDED)).astype(float)
    for i, extra in enumerate(() if table.extra is None else table.extra):
        seen[i] = extra[VISIBILITY] if _is_share(extra.get(VISIBILITY)) else seen[i]
    cells = zip(flags, (table.labels + 1).tolist(), seen.tolist(), strict=True)
    return [f"{flag},{number},{_number(part)}" for flag, number, part in cells]


def _detected(table: Annotations) -> list[str]:
    """Score (-1 where there is none), world coordinates (-1 where they are not known)."""
    extras: Any = [{}] * len(table) if table.extra is None else table.extra
    places = (extra[WORLD] if _is_place(extra.get(WORLD)) else NOWHERE for extra in extras)
    cells = zip(np.nan_to_num(table.scores, nan=-1.0).tolist(), places, strict=True)
    return [",".join(map(_number, (score, *place))) for score, place in cells]


def _number(value: float) -> str:
    return repr(round(float(value), 9)).removesuffix(".0")
