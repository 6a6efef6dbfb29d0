"""What the model sees in the frames of a clip: decoded by one thread, looked at by several."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from prelabel import together
from prelabel.batching import batch_axis
from prelabel.engines import local
from prelabel.errors import PrelabelError
from prelabel.frames import Frame
from prelabel.models.run import Run
from prelabel.video.camera import Camera
from prelabel.video.clip import Clip
from prelabel.video.seen import Seen
from prelabel.work import Work

__all__ = ["Batch", "Look", "batches", "before", "look"]

Batch = tuple[int, ...]
"""Frames that are looked at together."""


@dataclass(frozen=True, slots=True)
class Look:
    """A frame to look at, and the one from which the camera's motion is measured."""

    frame: Frame
    before: Frame | None = None


def batches(wanted: Sequence[int], done: Iterable[int], size: int) -> list[Batch]:
    """The batches of `size` that are not done; the i-th wanted frame is in batch i // size, always.

    A batch that lacks one frame is looked at again as a whole: see `prelabel.todo`.
    """
    known = set(done)
    cut = (tuple(wanted[start : start + size]) for start in range(0, len(wanted), size))
    return [batch for batch in cut if not known.issuperset(batch)]


def before(frames: Iterable[int]) -> dict[int, int]:
    """The frame before each."""
    return {b: a for a, b in pairwise(sorted(frames))}


def look(
    clip: Clip,
    todo: Sequence[Batch],
    work: Work,
    workers: int,
    camera: Camera | None = None,
    previous: Mapping[int, int] | None = None,
) -> Generator[list[Seen], None, None]:
    """What became of every batch, in their order; of frames that cannot be decoded, too.

    `camera` measures its motion from the frames that `previous` tells. Only a few batches are in
    memory.
    """
    units = _decoded(clip, todo, previous or {} if camera else {})
    with closing(local.map(partial(_batch, work, clip), units, workers=workers)) as outcomes:
        for (batch, looks), outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
            if camera:
                pairs = zip(outcome, looks, strict=True)
                outcome = [camera.measured(seen, one.before, one.frame) for seen, one in pairs]
            missing = set(batch) - {seen.frame for seen in outcome}
            yield sorted([*outcome, *(_missing(clip, i) for i in missing)], key=lambda s: s.frame)


def _decoded(
    clip: Clip, todo: Sequence[Batch], previous: Mapping[int, int]
) -> Iterator[tuple[Batch, list[Look]]]:
    """The batches with their frames; a frame that cannot be decoded is left out."""
    wanted = {frame for batch in todo for frame in batch}
    needed = sorted(wanted | {previous[frame] for frame in wanted if frame in previous})
    rest, looks = iter(todo), list[Look]()
    batch, last = next(rest, ()), None
    for frame in clip.video.frames(needed):
        while batch and frame.index > batch[-1]:
            yield batch, looks
            batch, looks = next(rest, ()), []
        if frame.index in wanted:
            looks.append(Look(frame, _measured_from(last, previous.get(frame.index))))
        last = frame if previous else None
    while batch:
        yield batch, looks
        batch, looks = next(rest, ()), []


def _measured_from(last: Frame | None, wanted: int | None) -> Frame | None:
    return last if last is not None and last.index == wanted else None


def _batch(work: Work, clip: Clip, unit: tuple[Batch, list[Look]]) -> list[Seen]:
    """What the model sees in the frames of a batch; in any thread."""
    labeler, looks = work.labeler(), unit[1]
    if not looks:
        return []
    one = partial(_one, work, clip)
    with work.entrance():
        if labeler.runner.batch == 1:
            return [one(look, labeler.run) for look in looks]
        return together.each(one, looks, labeler.session, batch_axis(labeler.session.graph) or 0)


def _one(work: Work, clip: Clip, look: Look, run: Run) -> Seen:
    """What became of one frame; a failure is the frame's own, never an exception."""
    frame, found, failure = look.frame, None, ""
    try:
        found = work.label(frame.image, run)
    except PrelabelError as error:
        failure = error.what
    except MemoryError:
        failure = "does not fit into memory"
    name = clip.name(frame.index)
    return Seen(name, frame.index, frame.time, frame.image.size, found, failure)


def _missing(clip: Clip, frame: int) -> Seen:
    """A frame that the decoder left out."""
    reason = next(
        (f.what for f in clip.video.problems if f.first <= frame <= f.last), "cannot be decoded"
    )
    time = float(clip.video.times[frame])
    return Seen(clip.name(frame), frame, time, clip.video.size, None, reason)
