"""Colours: the matrix and range of the file; layouts of hardware give the pixels of software."""

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from prelabel.frames import open_video
from prelabel.frames.pixels import Pictures

RED = (200, 40, 60)
MATRICES = {1: "ITU709", 5: "ITU601", 9: "BT2020", 2: "ITU601"}
"""H.273's matrix numbers; 2, "unspecified", is taken for BT.601."""


def clip_of(path, colour, matrix, full, layout="yuv420p"):
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=25, options={"qp": "0"})
        stream.width, stream.height, stream.pix_fmt = 64, 64, layout
        stream.codec_context.colorspace = matrix
        stream.codec_context.color_range = 2 if full else 1
        rgb = np.full((64, 64, 3), colour, np.uint8)
        frame = av.VideoFrame.from_ndarray(rgb, "rgb24").reformat(
            format=layout, dst_colorspace=MATRICES[matrix], dst_color_range=2 if full else 1
        )
        for i in range(2):
            frame.pts, frame.time_base = i, Fraction(1, 25)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("matrix", MATRICES)
def test_colours_come_back(tmp_path, matrix, full):
    path = clip_of(tmp_path / "a.mp4", RED, matrix, full)
    frame = next(open_video(path).frames())
    assert np.abs(frame.image.pixels.astype(int) - RED).max() <= 4
    pixels = cv2.VideoCapture(str(path)).read()[1][..., ::-1]
    assert np.abs(frame.image.pixels.astype(int) - pixels).max() <= 2


def test_ten_bits(tmp_path):
    frame = next(open_video(clip_of(tmp_path / "a.mp4", RED, 1, False, "yuv420p10le")).frames())
    assert frame.image.pixels.dtype == np.uint8
    assert np.abs(frame.image.pixels.astype(int) - RED).max() <= 4


@pytest.mark.parametrize(("hardware", "software"), [("nv12", "yuv420p"), ("p010le", "yuv420p10le")])
def test_a_device_gives_the_same_pixels(hardware, software):
    noise = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    plain = av.VideoFrame.from_ndarray(noise, "rgb24").reformat(format=software)
    theirs = plain.reformat(format=hardware)
    ours = Pictures((96, 64), 1)
    assert np.array_equal(ours.picture(theirs).pixels, ours.picture(plain).pixels)
