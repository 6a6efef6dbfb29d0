"""The tracks of one clip, for callers that keep no journal: the server's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path

from prelabel.job import Asked, Spec
from prelabel.labeler import Labeler
from prelabel.settings import Settings
from prelabel.sources.pictures import Unit
from prelabel.tickets import Ticket
from prelabel.video.clip import Clip
from prelabel.video.following import floored, follow, least_scores
from prelabel.video.options import Options
from prelabel.video.rounds import known, look_at
from prelabel.video.seen import Seen
from prelabel.video.tracked import Tracked
from prelabel.work import Entrance, Work

__all__ = ["Told", "tracks_of"]

Told = Callable[[int, int], None]
"""Called with (frames done, frames there are to do) after some frames, in the caller's thread."""


def tracks_of(
    path: str | Path,
    labeler: Labeler,
    asked: Asked,
    options: Options,
    ticket: Ticket,
    *,
    settings: Settings | None = None,
    entrance: Entrance = nullcontext,
    told: Told | None = None,
) -> Tracked:
    """The tracks of the clip at `path`, a file of this machine; labels index `labeler.card.labels`.

    Rows without a track are there where their score reaches `asked.conf` (or that of their class);
    a track may have weaker rows. Frames are looked at by `labeler.workers` threads, each holding
    what `entrance` makes while it does so. The ticket is asked before every frame.

    FetchError, ImageError: no clip is there, or no frame of it can be read; SettingsError: a choice
    of frames that is none; CancelledError and DeadlineError: the ticket's; ModelError. Memory does
    not grow with the clip but with what is found in it.
    """
    settings = settings or Settings()
    clip = Clip.open(Unit(Path(path).name, str(path)), settings)
    spec = Spec(model="", settings=settings)
    with closing(Work(spec, floored(asked), (), labeler, _guarded(entrance, ticket))) as work:
        memory = _Memory(ticket, told)
        look_at(clip, work, options, memory, labeler.workers)
    names = [label.name for label in labeler.card.labels]
    least = least_scores(asked, names, range(len(names)), len(names))
    seen = known(memory.frames, memory)
    found = follow(seen, clip.video.times, options.tracking, least)
    problems = tuple(str(fault) for fault in clip.video.problems)
    return Tracked(clip.media(), found.table, found.looked, found.shown, problems)


def _guarded(entrance: Entrance, ticket: Ticket) -> Entrance:
    """The entrance, for as long as the ticket is good."""

    @contextmanager
    def entered() -> Iterator[None]:
        ticket.check()
        with entrance():
            yield

    return entered


class _Memory:
    """What was seen of one clip; see `rounds.Store`."""

    def __init__(self, ticket: Ticket, told: Told | None) -> None:
        self._ticket = ticket
        self._told = told
        self.frames: dict[int, Seen] = {}
        self._wanted = 0

    def begin(self, wanted: Sequence[int]) -> set[int]:
        """A round begins; nothing of it is known."""
        self._wanted += len(wanted)
        return set()

    def keep(self, seen: Sequence[Seen]) -> None:
        """Keep what became of a batch, for as long as the ticket is good."""
        self._ticket.check()
        self.frames.update({one.frame: one for one in seen})
        if self._told:
            self._told(len(self.frames), self._wanted)

    def get(self, frame: int) -> Seen | None:
        """What became of a frame."""
        return self.frames.get(frame)
