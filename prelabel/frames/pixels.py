"""Decoded frames to pictures: RGB, turned as the file says, all of one size."""

from __future__ import annotations

from typing import Any

from av.video.reformatter import VideoReformatter

from prelabel.decoding import turned
from prelabel.image import Image

__all__ = ["Pictures"]

PLAIN = {"nv12": "yuv420p", "p010le": "yuv420p10le"}
"""The layout that software decoders use instead of one of hardware: the same samples."""


class Pictures:
    """Makes pictures of frames; keeps the tables of the conversion from one frame to the next.

    `size` (width, height) as stored, before turning; a frame of another size is scaled to it, as
    players do. `orientation` is EXIF's, 1 to 8. Colours follow the file's matrix and range, BT.601
    where it states none, as other decoders of Python take them.
    """

    def __init__(self, size: tuple[int, int], orientation: int) -> None:
        self._size = size
        self._orientation = orientation
        self._to_memory, self._to_rgb = VideoReformatter(), VideoReformatter()

    def picture(self, frame: Any) -> Image:
        """The picture of a frame."""
        width, height = self._size
        plain = self._in_memory(frame)
        rgb = self._to_rgb.reformat(plain, width, height, "rgb24", threads=1)
        return Image(turned(rgb.to_ndarray(), self._orientation))

    def _in_memory(self, frame: Any) -> Any:
        """A frame of a hardware decoder in the layout of a software decoder; others as they are."""
        layout = frame.sw_format.name if frame.sw_format else ""
        if not layout:
            return frame
        return self._to_memory.reformat(frame, format=PLAIN.get(layout, layout), threads=1)
