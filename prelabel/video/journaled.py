"""`Journaled`: the journal as the store of one clip; see `rounds.Store`."""

from __future__ import annotations

from collections.abc import Sequence

from prelabel.errors import PrelabelError
from prelabel.journal import Journal
from prelabel.progress import Progress
from prelabel.video import failures
from prelabel.video.clip import Clip
from prelabel.video.seen import Seen, record, recorded

__all__ = ["Journaled"]


class Journaled:
    """What the journal knows of a clip; frames of other bytes are not known.

    `frames`: those that were asked for; `looked`: how many were looked at now.
    """

    def __init__(self, clip: Clip, journal: Journal, progress: Progress) -> None:
        self.clip = clip
        self.frames: list[int] = []
        self.looked = 0
        self._journal = journal
        self._progress = progress
        self._before: set[int] = set()

    def known(self, frames: Sequence[int]) -> set[int]:
        """Those that were looked at with success."""
        return {frame for frame in frames if self._entered(frame)}

    def begin(self, wanted: Sequence[int]) -> set[int]:
        """A round begins; what is known of it. The first one was told to the progress before."""
        known = self.known(wanted)
        if self.frames:
            self._progress.more(len(wanted), len(known))
        self.frames = sorted([*self.frames, *wanted])
        self._before |= known
        return known

    def keep(self, seen: Sequence[Seen]) -> None:
        """Write what became of a batch."""
        self._journal.append([record(one, self.clip.sha256) for one in seen])
        new = [one for one in seen if one.frame not in self._before]
        self._progress.advance(len(new), sum(bool(one.failure) for one in new))
        self.looked += len(new)

    def get(self, frame: int) -> Seen | None:
        """What the journal says about a frame."""
        name = self.clip.name(frame)
        if name not in self._journal.entries:
            return None
        return recorded(next(self._journal.lines([name])), name)

    def fail(self, error: PrelabelError) -> None:
        """The clip cannot be read further: every frame that is not known is a failure."""
        known = self.known(self.frames)
        video = self.clip.video
        self.keep(
            [
                Seen(self.clip.name(i), i, float(video.times[i]), video.size, None, error.what)
                for i in self.frames
                if i not in known
            ]
        )

    def failures(self) -> list[tuple[str, str]]:
        """(clip, frames and reason) of the frames that could not be looked at."""
        bad = [i for i in self.frames if self._journal.entries[self.clip.name(i)].failed]
        reasons = {i: seen.failure for i in bad if (seen := self.get(i))}
        return failures.of_frames(self.clip.unit.path, reasons)

    def _entered(self, frame: int) -> bool:
        entry = self._journal.entries.get(self.clip.name(frame))
        return entry is not None and not entry.failed and entry.sha256 == self.clip.sha256
