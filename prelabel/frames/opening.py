"""Opening a clip file with PyAV: a local file that holds frames, and its one video stream."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from av.codec.hwaccel import HWAccel, hwdevices_available

from prelabel.errors import FetchError, ImageError

__all__ = ["Opened", "broken", "opened"]

KINDS = (
    "mov matroska webm avi mpegts mpeg mpegvideo m4v flv asf ogg ivf h264 hevc av1 obu mjpeg"
    " mjpeg_2000 dv mxf nut rm swf wtv yuv4mpegpipe gif apng"
)
"""FFmpeg's names of what is read. Playlists are not: they name other files and addresses."""

LOCKED = {"format_whitelist": KINDS.replace(" ", ","), "protocol_whitelist": "file"}
MOST_THREADS = 4
EDGES = 2**20
"""Pixels that a decoder may have around those of a frame."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An open clip and its video stream; PyAV's own objects."""

    container: Any
    stream: Any

    @property
    def codec(self) -> Any:
        """The stream's decoder."""
        return self.stream.codec_context


@contextmanager
def opened(
    path: str, max_pixels: int, decoder: str = "software", threads: int = 1
) -> Iterator[Opened]:
    """The clip, closed at the end.

    `decoder` is "software", "auto" (the first device that opens, else software) or the name of a
    device. FetchError: no such file. ImageError: no clip, no video in it, too many pixels.
    """
    if not Path(path).is_file():
        raise FetchError("no such file or folder", where=path)
    container = _container(path, decoder)
    try:
        found = Opened(container, _stream(container, path))
        _limit(found, path, max_pixels, threads)
        yield found
    finally:
        container.close()


def _container(path: str, decoder: str) -> Any:
    address = f"file:{Path(path).absolute()}"
    try:
        return av.open(address, options=dict(LOCKED), hwaccel=_device(address, decoder))
    except av.error.FFmpegError as error:
        raise broken(error, path) from error


def _device(address: str, decoder: str) -> HWAccel | None:
    """The device that decodes a clip, None for software; ImageError where a named one cannot."""
    if decoder == "software":
        return None
    for name in hwdevices_available() if decoder == "auto" else [decoder]:
        try:
            only = HWAccel(name, allow_software_fallback=False)
            with av.open(address, options=dict(LOCKED), hwaccel=only):
                # a later frame of a kind that the device does not know is left to software
                return HWAccel(name, allow_software_fallback=True)
        except (av.error.FFmpegError, RuntimeError, NotImplementedError) as error:
            if decoder != "auto":
                what = f"cannot be decoded by {decoder} here: {error}"
                raise ImageError(what, where=address.removeprefix("file:")) from error
    return None


def _stream(container: Any, path: str) -> Any:
    """The best video stream that is not the cover of a piece of music."""
    moving = [
        stream
        for stream in container.streams.video
        if not stream.disposition & av.stream.Disposition.attached_pic
    ]
    if not moving:
        raise ImageError("holds no video", where=path)
    best = container.streams.best("video")
    chosen = best if best in moving else moving[0]
    if chosen.codec_context is None:
        raise ImageError("holds video of a kind that cannot be decoded here", where=path)
    return chosen


def _limit(found: Opened, path: str, max_pixels: int, threads: int) -> None:
    """Refuse too large frames: by the header, and in the decoder where a later one is larger."""
    width, height = found.codec.width, found.codec.height
    if width * height > max_pixels:
        what = f"{width} x {height} pixels a frame, at most {max_pixels} are read"
        raise ImageError(what, where=path)
    found.codec.options = {"max_pixels": str(max_pixels + EDGES)}
    wanted = threads or min(MOST_THREADS, os.cpu_count() or 1)
    found.codec.thread_count = wanted
    found.codec.thread_type = "AUTO" if wanted > 1 else "SLICE"


def broken(error: Exception, path: str) -> ImageError:
    """FFmpeg's complaint about a clip as ours."""
    if isinstance(error, av.error.ArgumentError):
        return ImageError("is no clip of a kind that is read", where=path)
    reason = getattr(error, "strerror", None) or str(error)
    return ImageError(f"is no clip that can be read: {reason}", where=path)
