"""Clips as MOTS files: run lengths in text, or a picture of numbers for each frame."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np
import orjson

from formats import marks, unheld
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Dataset, Label
from formats.losses import Losses
from formats.mot import placing, seqinfo
from formats.mot.layout import SEQINFO
from formats.mots import drawing, layout
from formats.mots.classes import IGNORED, IGNORED_NAMES, ignores
from formats.mots.drawing import Drawn
from formats.mots.numbering import Numbered, numbered
from formats.mots.options import MotsOptions
from formats.tracks import clip, filling, naming
from formats.tracks.clip import ClipTracks

__all__ = ["HOLDS", "KINDS", "write"]

HOLDS = dict.fromkeys(("images", "kinds", "labels", "tracks", "masks"), 0.0)
KINDS = frozenset({Kind.MASK})
NO_NUMBER = "object beyond the 1,000 numbers of its class in a clip"
CLASSED = "class of an ignore region"
UNMARKED = "ignore region in a set of ten classes or more, written as an object"


def write(dataset: Dataset, path: Path, options: MotsOptions) -> Losses:
    """Write a folder or a ``.zip``; several clips get a folder each.

    Tracks of keyframes are filled in by their source's rule; pictures become frames of a clip.
    """
    return placing.write(dataset, path, options, _contents)


def _contents(dataset: Dataset, options: MotsOptions, losses: Losses) -> dict[str, bytes]:
    """The bytes of every file by its name."""
    clips = clip.clips(dataset)
    placing.count_labels(dataset.labels, losses, [(name, IGNORED) for name in IGNORED_NAMES])
    found: dict[str, bytes] = {}
    for one, name in zip(clips, placing.folders(clips), strict=True):
        placing.count_splits(one, layout.split_of(name), losses)
        one = filling.filled(one, dataset)
        drawn = drawing.drawn(_cut(one, options, losses), one, losses)
        told = numbered(drawn.table, len(dataset.labels))
        _count(drawn, told, one, dataset.labels, losses)
        beside = f"{name}gt/" if options.form == "txt" else f"{name}{layout.INSTANCES}/"
        if options.form == "txt":
            found[f"{beside}gt.txt"] = drawing.text(drawn, told, one, losses)
            placing.count_frames(one, losses)
        else:
            found |= drawing.pictures(drawn, told, one, beside, losses)
        found |= _beside(one, name, beside, told, dataset.labels, losses)
    return found


def _beside(
    one: ClipTracks,
    name: str,
    beside: str,
    told: Numbered,
    labels: Sequence[Label],
    losses: Losses,
) -> dict[str, bytes]:
    """The classes, the numbers of tracks that are other ones, and what is known of the clip."""
    title = PurePosixPath(name).name or naming.stem(one.media.path)
    pictures = placing.pictures(one, losses)
    found = {f"{beside}{layout.LABELS}": "".join(f"{label.name}\n" for label in labels).encode()}
    found[f"{name}{SEQINFO}"] = seqinfo.text(one.media, title, *pictures, False).encode()
    if told.tracks:
        other = {str(number): track for number, track in sorted(told.tracks.items())}
        found[f"{beside}{layout.NUMBERS}"] = orjson.dumps(other) + b"\n"
        what = "numbers of objects are not those of their tracks"
        losses.note(f"{what}: see {beside}{layout.NUMBERS}")
    return found


def _cut(one: ClipTracks, options: MotsOptions, losses: Losses) -> Annotations:
    """The rows to write; what else is lost of them is counted."""
    table, where = one.table, one.media.path
    tags = table.kinds == Kind.TAG
    losses.add("tag of a frame", int(tags.sum()), where)
    crowds = table.flagged(Flag.CROWD) & ~tags & (options.crowd == "skip")
    losses.add("ignore region left out", int(crowds.sum()), where)
    table = table[~tags & ~crowds]
    unheld.report(table, HOLDS.keys() | {"flags"}, losses, where)
    unheld.kinds(table, KINDS, losses, where)
    unheld.boxes(table, losses, where)
    marks.report(table, Flag.CROWD, losses, where)
    return table


def _count(
    drawn: Drawn, told: Numbered, one: ClipTracks, labels: Sequence[Label], losses: Losses
) -> None:
    """What numbers cannot tell."""
    where, table = one.media.path, drawn.table
    losses.add(NO_NUMBER, int((told.ids < 0).sum()), where)
    crowd = table.flagged(Flag.CROWD)
    if not ignores(len(labels)):
        losses.add(UNMARKED, int(crowd.sum()), where)
        return
    named = np.array([label.name in IGNORED_NAMES for label in labels] or [False], dtype=bool)
    losses.add(CLASSED, int((crowd & ~named[table.labels]).sum()), where)
    tracked = table.tracks is not None and crowd & (table.tracks >= 0)
    losses.add("track of an ignore region", int(np.sum(tracked)), where)
