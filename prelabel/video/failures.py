"""What could not be looked at: clips, frames; and what is no longer there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from formats.dataset import Item
from prelabel import lines
from prelabel.errors import PrelabelError
from prelabel.frames.faults import Faults
from prelabel.journal import Record

__all__ = ["of_clip", "of_frames", "vanished"]


def of_clip(name: str, error: PrelabelError) -> Record:
    """The journal's record of a clip that cannot be read at all."""
    extra = {"sha256": "", "failure": error.what}
    return Record(name, "", lines.encode(Item(name, status=lines.FAILED, extra=extra)), error.what)


def of_frames(name: str, reasons: Mapping[int, str]) -> list[tuple[str, str]]:
    """(clip, frames and reason), neighbours with one reason in one line."""
    faults = Faults()
    for frame, reason in reasons.items():
        faults.frames([frame], reason)
    return [(name, str(fault)) for fault in faults.lines()]


def vanished(paths: Iterable[str], clips: Sequence[str]) -> list[str]:
    """Clips in the journal that the job does not have (any more)."""
    known = set(clips)
    gone = dict.fromkeys(path for path in paths if not _within(path, known))
    return list(dict.fromkeys(path.rpartition("#")[0] or path for path in gone))


def _within(path: str, clips: set[str]) -> bool:
    """Whether a frame is one of these clips: ``clip#3``, or a picture below the clip's folder."""
    if path in clips or path.rpartition("#")[0] in clips:
        return True
    folders = path.split("/")
    return any("/".join(folders[:depth]) in clips for depth in range(1, len(folders)))
