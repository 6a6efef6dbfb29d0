"""`Tracked`: one clip and its tracks, as the job and the server hand them on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.dataset import Media

__all__ = ["Tracked"]


@dataclass(frozen=True, slots=True, eq=False)
class Tracked:
    """A clip and its tracks.

    `table`: a clip table: `images` holds the 0-based frame in the clip, rows sorted by it, `tracks`
    the track of a row or -1; dense: a track is present exactly on the frames of its rows, those
    that no model saw carry INTERPOLATED. `looked` (F,): the frames that the table speaks of,
    ascending; a frame of these without rows has nothing in it. `shown`: what a person
    corrects (`prelabel.video.following.Followed`). `problems`: what was
    wrong with the file, a line each.
    """

    media: Media
    table: Annotations
    looked: NDArray[np.int64]
    shown: Annotations
    problems: tuple[str, ...] = ()
