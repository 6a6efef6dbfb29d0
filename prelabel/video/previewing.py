"""The page of a video job: every clip with its tracks, their time line and their keyframes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from formats.annotations import Annotations
from formats.columns import Kind
from formats.tracks import shapes
from formats.tracks.sparse import sparse
from prelabel import export, outfolder
from prelabel.preview.clip import ShownClip
from prelabel.preview.clips import write_clips
from prelabel.video.clip import Clip
from prelabel.video.journaled import Journaled
from prelabel.video.numbering import numbers
from prelabel.video.outputs import Follower
from prelabel.video.plan import Plan
from prelabel.video.tracks import RULES, rule_of

__all__ = ["preview"]


def preview(plan: Plan, stores: Sequence[Journaled], follower: Follower) -> Path:
    """Draw the tracks of all clips, one clip after the other; returns the page."""
    folder = plan.out / outfolder.PREVIEW
    outfolder.remove(folder)
    with export.resumable():
        shown = (_shown(plan, store, follower) for store in stores)
        return write_clips(shown, folder, plan.vocabulary.labels)


def _shown(plan: Plan, store: Journaled, follower: Follower) -> ShownClip:
    found, clip = follower.followed(store), store.clip
    keyed = any(target.format.name in RULES for target in plan.targets)
    table = found.shown if keyed else found.table
    marks = _keyframes(plan, clip, table)
    shown = (int(found.looked[0]), int(found.looked[-1]) + 1) if len(found.looked) else (0, 0)
    return ShownClip(clip.unit.path, clip.video, table, marks, shown)


def _keyframes(plan: Plan, clip: Clip, table: Annotations) -> Annotations:
    """The keyframes that the first output with keyframes has, else those of linear steps.

    Of shapes that are no boxes, those of their bounds: outlines and masks take too long for a
    picture.
    """
    names = [target.format.name for target in plan.targets]
    name = next((name for name in names if name in RULES), "")
    given = {**plan.job.given, "framerate": plan.job.framerate}
    positions = numbers(clip.media(), name, given)
    return sparse(
        _bounds(table), tolerance=plan.job.keyframes, rule=rule_of(name), positions=positions
    )


def _bounds(table: Annotations) -> Annotations:
    kinds = np.where(table.kinds == Kind.TAG, Kind.TAG, Kind.BOX).astype(np.uint8)
    return table.with_columns(kinds=kinds, **dict.fromkeys(shapes.SHAPES[1:]))
