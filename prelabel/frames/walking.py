"""The walk through a clip: decode as little as possible, and know which frame came out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from prelabel.frames.faults import Faults
from prelabel.frames.index import Index, packets
from prelabel.frames.opening import Opened

__all__ = ["Walk", "parts"]

Numbers = NDArray[np.int64]
Found = tuple[int, Any]

SAVING = 12
"""Packets that a seek must save: it empties the decoder, which then takes time to fill again."""
SKIPPERS = frozenset({"h264", "mpeg4", "mpeg1video", "mpeg2video"})
"""Decoders that know which frames no other one is predicted from, and can leave these out."""
TRIES, NEAR = 2, 5000
"""Times that decoding begins earlier for a frame, and packets that are worth decoding for it."""
LOST = "cannot be decoded"
DAMAGED = "is damaged, and so may be those after it until the next key frame"


class _Earlier(Exception):  # noqa: N818 - a turn of the walk, never seen outside
    """Decoding began too late for the first frame that was wanted."""


class _Singly(Exception):  # noqa: N818 - a turn of the walk, never seen outside
    """A packet is broken, or a frame missing: several threads may lose sound frames beside it."""


@dataclass(slots=True)
class Part:
    """Wanted frames `numbers`, ascending, of one stretch of decoding that begins at the key `key`;
    -1: at the begin of the clip. `done` counts those that came, or will not come; `tries` how often
    decoding had begun too late for the next one."""

    key: int
    numbers: Numbers
    done: int = 0
    tries: int = 0

    @property
    def next(self) -> int:
        """The frame that is to come next."""
        return int(self.numbers[self.done])

    @property
    def over(self) -> bool:
        """Whether nothing is left to come."""
        return self.done == len(self.numbers)

    def go_back(self, place: int) -> None:
        """Begin earlier: at the key before, then at the clip's begin where the next frame's `place`
        is near; far from it the frame is given up, which no sound clip has been seen to need."""
        self.tries += 1
        self.key = -1 if self.tries == TRIES and place < NEAR else max(self.key - 1, -1)

    @property
    def sought(self) -> bool:
        """Whether decoding may turn out to begin too late."""
        return self.key >= 0 and self.tries < TRIES

    def before(self, number: int) -> Numbers:
        """The frames that are still to come and lie before `number`."""
        rest = self.numbers[self.done :]
        return rest[: int(np.searchsorted(rest, number))]


def parts(index: Index, numbers: Numbers) -> list[Part]:
    """The wanted frames, cut where going on at a later key saves decoding."""
    keys = index.key_of(numbers)
    begins = np.zeros(len(numbers), dtype=np.int64)
    begins[keys >= 0] = index.keys[keys[keys >= 0]]
    here = np.concatenate([[0], index.places[numbers[:-1]]])
    cuts = np.flatnonzero(begins - here > SAVING)
    pieces = np.split(np.arange(len(numbers)), cuts)
    seeks = {int(cut) for cut in cuts}
    return [
        Part(int(keys[piece[0]]) if int(piece[0]) in seeks else -1, numbers[piece])
        for piece in pieces
        if len(piece)
    ]


@dataclass(slots=True)
class Walk:
    """Decodes wanted frames of a clip; with `threads` at once (0: the usual number) until a packet
    is broken, then with one. `open` opens the clip with a number of threads."""

    open: Callable[[int], AbstractContextManager[Opened]]
    index: Index
    faults: Faults
    threads: int = 0
    _reason: str = field(default="", init=False)

    def frames(self, numbers: Numbers) -> Iterator[Found]:
        """(number, PyAV's frame) of ascending frame numbers; what is missing goes to `faults`."""
        todo = deque(parts(self.index, numbers))
        while todo:
            with self.open(self.threads) as source:
                yield from self._through(source, todo)

    def _through(self, source: Opened, todo: deque[Part]) -> Iterator[Found]:
        """The parts until the clip must be opened anew."""
        fresh = True
        while todo:
            part = todo[0]
            if part.key >= 0:
                self._seek(source, part.key)
            elif not fresh:
                return
            fresh = False
            try:
                yield from self._part(source, part)
            except _Earlier:
                part.go_back(int(self.index.places[part.next]))
            except _Singly:
                self.threads = 1
                part.key = int(self.index.key_of(part.numbers[part.done :][:1])[0])
                return
            else:
                todo.popleft()

    def _seek(self, source: Opened, key: int) -> None:
        stamp = int(self.index.key_stamps[key])
        source.container.seek(stamp, stream=source.stream, backward=True)

    def _part(self, source: Opened, part: Part) -> Iterator[Found]:
        """The frames of a part as they come; one that is passed over is missing."""
        sought = part.sought
        for number, frame in self._numbered(source, part):
            if sought and (number > part.next or (number == part.next and frame.is_corrupt)):
                raise _Earlier
            self._lose(part, number)
            if part.over:
                return
            if number != part.next:
                continue
            sought = False
            part.done += 1
            self.faults.frames([number] if frame.is_corrupt else [], DAMAGED)
            yield number, frame
            if part.over:
                return
        if sought:
            raise _Earlier
        self._lose(part, self.index.count)

    def _lose(self, part: Part, number: int) -> None:
        """Frames before `number` do not come any more."""
        lost = part.before(number)
        if len(lost) and self.threads != 1:
            raise _Singly
        if len(lost):
            what = f"{LOST}: {self._reason}" if self._reason else LOST
            self.faults.frames(lost.tolist(), what)
            part.done += len(lost)

    def _numbered(self, source: Opened, part: Part) -> Iterator[Found]:
        """All frames that come out of the decoder, with their numbers."""
        stamps = self.index.stamps
        if stamps is None:
            yield from enumerate(self._decoded(source, None))
            return
        for frame in self._decoded(source, stamps[part.numbers]):
            number = -1 if frame.pts is None else int(np.searchsorted(stamps, frame.pts))
            if 0 <= number < len(stamps) and stamps[number] == frame.pts:
                yield number, frame

    def _decoded(self, source: Opened, wanted: Numbers | None) -> Iterator[Any]:
        """Frames from where the clip stands, some of those that are not `wanted` left out."""
        codec = source.codec
        skips = wanted is not None and codec.name in SKIPPERS
        for packet in packets(source):
            if isinstance(packet, str):
                self._reason = packet
                continue
            if skips:
                codec.skip_frame = "DEFAULT" if _holds(wanted, packet.pts) else "NONREF"
            yield from self._of(codec, packet)
        yield from self._of(codec, None)

    def _of(self, codec: Any, packet: Any) -> list[Any]:
        """The frames that a packet brings out of the decoder."""
        try:
            found: list[Any] = codec.decode(packet)
        except av.error.EOFError:
            return []
        except av.error.FFmpegError as error:
            if self.threads != 1:
                raise _Singly from error
            self._reason = error.strerror or str(error)
            return []
        return found


def _holds(wanted: Numbers | None, stamp: int) -> bool:
    if wanted is None:
        return True
    place = int(np.searchsorted(wanted, stamp))
    return place < len(wanted) and wanted[place] == stamp
