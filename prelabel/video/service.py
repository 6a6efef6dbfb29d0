"""The tracks of one clip, for callers that keep no journal: the server's."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from prelabel.job import Asked
from prelabel.labeler import Labeler
from prelabel.tickets import Ticket
from prelabel.video.options import Options
from prelabel.video.tracked import Tracked
from prelabel.work import Entrance

__all__ = ["Told", "tracks_of"]

Told = Callable[[int, int], None]
"""Called with (frames done, frames there are to do) after every frame, in the caller's thread."""


def tracks_of(
    path: str | Path,
    labeler: Labeler,
    asked: Asked,
    options: Options,
    ticket: Ticket,
    *,
    entrance: Entrance = nullcontext,
    told: Told | None = None,
) -> Tracked:
    """The tracks of the clip at `path`, a file of this machine; labels index `labeler.card.labels`.

    Rows without a track are there where their score reaches `asked.conf` (or that of their class);
    a track may have weaker rows. Frames are looked at by `labeler.workers` threads, each holding
    what `entrance` makes while it does so. The ticket is asked before every frame.

    ImageError: not a clip, or no frame of it can be read; CancelledError and DeadlineError: the
    ticket's; ModelError. Memory does not grow with the clip but by its detections.
    """
    raise NotImplementedError
