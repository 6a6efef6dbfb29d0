"""Decoded frames to pictures: RGB, turned as the file says, all of one size."""

from __future__ import annotations

from typing import Any

import numpy as np
from av.video.reformatter import VideoReformatter

from prelabel.decoding import turned
from prelabel.image import Image

__all__ = ["Pictures"]

PLAIN = {"nv12": "yuv420p", "p010le": "yuv420p10le"}
"""The layouts of hardware and those of software decoders: the same samples, turned to RGB alike."""


class Pictures:
    """Makes pictures of frames; keeps the tables of the conversion from one frame to the next.

    `size` (width, height) as stored, before turning; a frame of another size is scaled to it, as
    players do. `orientation` is EXIF's, 1 to 8. Colours follow the file's matrix and range, BT.601
    where it states none, as other decoders of Python take them.
    """

    def __init__(self, size: tuple[int, int], orientation: int) -> None:
        self._size = size
        self._orientation = orientation
        self._to_plain, self._to_rgb = VideoReformatter(), VideoReformatter()

    def picture(self, frame: Any) -> Image:
        """The picture of a frame."""
        width, height = self._size
        layout = PLAIN.get(frame.format.name)
        if layout:
            frame = self._to_plain.reformat(frame, format=layout, threads=1)
        rgb = self._to_rgb.reformat(frame, width, height, "rgb24", threads=1)
        pixels = np.asarray(rgb.to_ndarray(), dtype=np.uint8)
        return Image(turned(pixels, self._orientation))
