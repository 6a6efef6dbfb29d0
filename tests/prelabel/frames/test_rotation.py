"""Frames are turned as their file says."""

import cv2
import numpy as np
import pytest
from clip_files import write_clip

from prelabel.decoding import turned
from prelabel.frames import open_video

TURNS = [
    {"degrees": degrees, "hflip": hflip, "vflip": vflip}
    for degrees in (0, 90, 180, 270)
    for hflip in (False, True)
    for vflip in (False, True)
]


def stored(path):
    """The frame as it lies in the file."""
    import av

    with av.open(str(path)) as file:
        return next(file.decode(video=0)).to_ndarray(format="rgb24")


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_quarter_turns_are_those_of_opencv(tmp_path, degrees):
    path = write_clip(tmp_path / "a.mp4", [1291], turn={"degrees": degrees})
    video = open_video(path)
    there, pixels = cv2.VideoCapture(str(path)).read()
    assert there
    (frame,) = video.frames()
    assert np.array_equal(frame.image.pixels, pixels[..., ::-1])
    assert video.size == frame.image.size == ((96, 64) if degrees % 180 == 0 else (64, 96))


def shown(pixels, degrees, hflip, vflip):
    """What FFmpeg's own filters make of it: turned counter-clockwise, then mirrored."""
    found = np.rot90(pixels, degrees // 90)
    found = found[:, ::-1] if hflip else found
    return found[::-1] if vflip else found


@pytest.mark.parametrize("turn", TURNS, ids=lambda turn: "-".join(map(str, turn.values())))
def test_mirrors_and_turns(tmp_path, turn):
    path = write_clip(tmp_path / "a.mp4", [1291], turn=turn)
    (frame,) = open_video(path).frames()
    plain = stored(path)
    ways = [turned(plain, number) for number in range(1, 9)]
    found = [
        number for number, way in enumerate(ways, 1) if np.array_equal(way, frame.image.pixels)
    ]
    assert len(found) == 1
    mirrored = turn["hflip"] != turn["vflip"]
    assert (found[0] in (2, 4, 5, 7)) == mirrored
    upright = turn["degrees"] % 180 == 0
    assert (found[0] < 5) == upright
    if not turn["hflip"] and not turn["vflip"]:
        assert np.array_equal(frame.image.pixels, shown(plain, turn["degrees"], False, False))


def test_a_slant_is_left_and_told(tmp_path):
    video = open_video(write_clip(tmp_path / "a.mp4", range(3), turn={"degrees": 30}))
    assert video.size == (96, 64)
    assert [str(fault) for fault in video.problems] == [
        "is to be shown at an angle that is no quarter turn: not turned"
    ]
