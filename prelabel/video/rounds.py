"""Which frames of a clip are looked at, round by round, and the looking itself.

The first round is what the sampling tells. An adaptive one goes on where things move fast: what is
asked next follows from what was found, so a job that was stopped asks for the same frames again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from prelabel.tracker import adaptive
from prelabel.video.camera import Camera
from prelabel.video.clip import Clip
from prelabel.video.looking import batches, before, look
from prelabel.video.options import Options
from prelabel.video.seen import Seen, gathered
from prelabel.work import Work

__all__ = ["Store", "known", "look_at"]


class Store(Protocol):
    """Where what was seen of one clip is kept: a journal, or memory."""

    def begin(self, wanted: Sequence[int]) -> set[int]:
        """A round begins, at whose end the frames `wanted` are known; those that are already."""

    def keep(self, seen: Sequence[Seen]) -> None:
        """Keep what became of a batch; in the caller's thread, in order."""

    def get(self, frame: int) -> Seen | None:
        """What became of a frame."""


def look_at(clip: Clip, work: Work, options: Options, store: Store, pictures: int) -> None:
    """Look at all frames that tracks need and that the store does not know yet.

    `pictures`: frames that are looked at side by side.
    """
    size = work.labeler().runner.batch
    asked: set[int] = set()
    for wanted in _rounds(clip, options, store):
        asked.update(wanted)
        todo = batches(wanted, store.begin(wanted), size)
        camera = Camera(store.get) if options.tracking.camera else None
        for seen in look(clip, todo, work, max(1, pictures // size), camera, before(asked)):
            store.keep(seen)


def _rounds(clip: Clip, options: Options, store: Store) -> Iterator[list[int]]:
    new = clip.wanted(options.sampling).tolist()
    asked: set[int] = set()
    while new:
        yield new
        asked.update(new)
        new = sorted(_more(asked, store) - asked) if options.sampling.adaptive else []


def _more(asked: set[int], store: Store) -> set[int]:
    sight = gathered(known(asked, store))
    return set(adaptive.more(sight.table, sight.looked).tolist())


def known(frames: Iterable[int], store: Store) -> Iterator[Seen]:
    """What became of frames, in ascending order."""
    seen = (store.get(frame) for frame in sorted(frames))
    return (one for one in seen if one is not None)
