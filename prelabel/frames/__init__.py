"""Frames of a clip: their exact number, presentation time and pixels.

``open_video(path)`` opens a clip file, or pictures as an image sequence; ``.frames(wanted)`` gives
frames in presentation order, and ``choose(times, fps=5)`` says which ones to want. Frames are
numbered from 0 in presentation order, however they lie in the file.
"""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING

from prelabel.frames.choosing import choose
from prelabel.frames.faults import Fault
from prelabel.frames.video import Frame, Video
from prelabel.image import MAX_PIXELS

if TYPE_CHECKING:
    from prelabel.frames.writing import ClipWriter

__all__ = ["ClipWriter", "Fault", "Frame", "Video", "choose", "open_video"]


def open_video(
    path: str | PathLike[str],
    rate: float | None = None,
    *,
    max_pixels: int = MAX_PIXELS,
    decoder: str = "software",
    threads: int = 0,
) -> Video:
    """The clip at `path`: a file, a folder of pictures, or a pattern such as ``shots/*.png``.

    `rate` is the frames per second of what has no times of its own: pictures, bare streams (25
    where None). `decoder` is the setting `video_decoder`; `threads` decode one clip at once (0: as
    many as there are cores, at most 4).

    FetchError where nothing lies at `path`. ImageError where it is no clip, holds no frame that can
    be decoded, or its frames have more than `max_pixels`.
    """
    from prelabel.frames import clip_file, sequence  # load PyAV or OpenCV

    if sequence.is_sequence(path):
        return sequence.PictureSequence(path, rate, max_pixels)
    return clip_file.ClipFile(path, rate, max_pixels, decoder, threads)


def __getattr__(name: str) -> object:
    """`ClipWriter`, loaded with PyAV when it is first asked for."""
    if name == "ClipWriter":
        from prelabel.frames.writing import ClipWriter

        return ClipWriter
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
