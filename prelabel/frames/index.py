"""The index of a clip: the time stamp of every frame, and where decoding may begin.

Packets lie in decoding order and carry the time at which their frame is shown, so a walk over them
numbers the frames without decoding. A packet holds one frame, but for a few kinds, which the walk
knows; where its stamps cannot be trusted, the frames are numbered by decoding all of them once.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from prelabel.frames.opening import Opened

__all__ = ["Index", "by_decoding", "by_packets", "packets"]

Numbers = NDArray[np.int64]

NO_STAMP = np.iinfo(np.int64).min
SHOWN_VP8 = 0x10
"""Bit of a VP8 packet's first byte: the frame is shown (RFC 6386, 9.1)."""
EMPTY_VOP = 8
"""Bytes of an MPEG-4 packet that may only say that nothing is coded."""
MOST_RETRIES = 100


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """`stamps` (F,) of the frames in the stream's time base, ascending; None: the F frames have
    no stamps that tell them apart, and are known by their place in the decoder's output.

    `places` (F,) is each frame's place among the packets; `keys` (K,) are the places of packets at
    which decoding may begin, ascending, and `key_stamps` (K,) what to seek to.
    """

    count: int
    stamps: Numbers | None
    places: Numbers
    keys: Numbers
    key_stamps: Numbers

    def key_of(self, numbers: Numbers) -> Numbers:
        """(W,) which key the decoding of each frame begins at; -1: at the clip's begin."""
        if self.stamps is None or len(self.keys) == 0:
            return np.full(len(numbers), -1, dtype=np.int64)
        found: Numbers = np.searchsorted(self.key_stamps, self.stamps[numbers], "right") - 1
        return found

    def since(self, stamp: int) -> Index:
        """The index without what lies before the first key, or before the frame of a stamp, which
        is the first to come out of the decoder: a clip cut out of another may begin with frames
        that no decoder shows."""
        if self.stamps is None or len(self.keys) == 0:
            return self
        first = int(np.searchsorted(self.stamps, min(stamp, int(self.key_stamps[0]))))
        if not first:
            return self
        return replace(
            self, count=self.count - first, stamps=self.stamps[first:], places=self.places[first:]
        )


def by_packets(source: Opened) -> tuple[Index | None, list[str]]:
    """The index from the packets alone, None where it takes decoding; and what stopped the walk.

    The walk leaves the clip at its end.
    """
    codec, troubles = source.codec.name, list[str]()
    stamps, keys, shown, sizes = array("q"), bytearray(), bytearray(), array("q")
    for packet in packets(source):
        if isinstance(packet, str):
            troubles.append(packet)
            continue
        stamps.append(NO_STAMP if packet.pts is None else packet.pts)
        keys.append(packet.is_keyframe)
        shown.append(not packet.is_discard and (codec != "vp8" or _is_shown(packet)))
        sizes.append(packet.size)
    table = _Packets(
        np.array(stamps, np.int64), np.array(keys, bool), np.array(shown, bool), np.array(sizes)
    )
    return (table.index() if _are_trusted(source, table) else None), troubles


def by_decoding(source: Opened) -> Index:
    """The index from decoding every frame once."""
    stamps, keys = array("q"), array("q")
    for frame in decoded(source):
        if frame.key_frame and frame.pts is not None:
            keys.append(len(stamps))
        stamps.append(NO_STAMP if frame.pts is None else frame.pts)
    found, starts = np.array(stamps, np.int64), np.array(keys, np.int64)
    places = np.arange(len(found))
    if NO_STAMP in found or (np.diff(found) <= 0).any():
        return Index(len(found), None, places, places[:0], places[:0])
    return Index(len(found), found, places, starts, found[starts])


def packets(source: Opened) -> Iterator[Any]:
    """The packets of the stream from where it stands; a text for each place that is unreadable."""
    for _ in range(MOST_RETRIES):
        try:
            yield from (p for p in source.container.demux(source.stream) if p.size)
        except av.error.EOFError:
            return
        except av.error.FFmpegError as error:
            yield error.strerror or str(error)
        else:
            return


def decoded(source: Opened) -> Iterator[Any]:
    """The frames of the stream in the decoder's order; those of broken packets are left out."""
    for packet in chain(packets(source), [None]):
        if isinstance(packet, str):
            continue
        with suppress(av.error.FFmpegError):
            yield from source.codec.decode(packet)


@dataclass(frozen=True, slots=True, eq=False)
class _Packets:
    """Columns of the packets in decoding order: stamp, whether decoding may begin there, whether
    the frame is shown, bytes."""

    stamps: Numbers
    keys: NDArray[np.bool_]
    shown: NDArray[np.bool_]
    sizes: Numbers

    def index(self) -> Index:
        places = np.flatnonzero(self.shown)
        order = np.argsort(self.stamps[places], kind="stable")
        starts = np.flatnonzero(self.keys)
        return Index(
            len(places), self.stamps[places][order], places[order], starts, self.stamps[starts]
        )


def _is_shown(packet: Any) -> bool:
    """Whether a VP8 packet holds a frame to show, and not only one to predict others from."""
    return bool(memoryview(packet)[0] & SHOWN_VP8)


def _are_trusted(source: Opened, table: _Packets) -> bool:
    """Whether the packets' stamps are those of the frames, one each."""
    stamps = table.stamps
    if len(stamps) == 0 or NO_STAMP in stamps or len(np.unique(stamps)) < len(stamps):
        return False
    latest = np.maximum.accumulate(stamps)
    if (stamps[table.keys] < latest[table.keys]).any():
        return False  # the clock was set back somewhere
    name = source.codec.name
    if name == "mpeg4" and (table.sizes <= EMPTY_VOP).any():
        return False
    # AVI has no presentation times: FFmpeg counts packets, in decoding order
    return not (source.container.format.name == "avi" and source.codec.has_b_frames)
