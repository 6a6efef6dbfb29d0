"""Real clips: the frames that OpenCV shows, with its pixels."""

import cv2
import numpy as np
import pytest

from prelabel.frames import open_video

CLIPS = [
    "video/pets_s2l1/people_walking.mp4",
    "video/intel/car-detection.mp4",
    "video/intel/bottle-detection.mp4",
    "video/intel/one-by-one-person-detection.mp4",
]


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize("name", CLIPS)
def test_frames_of_opencv(real_data, name):
    path = real_data / name
    video, capture, count = open_video(path), cv2.VideoCapture(str(path)), 0
    wanted = set(range(0, video.count, 37))
    sparse = video.frames(wanted)
    while capture.grab():
        if count in wanted:
            frame = next(sparse)
            pixels = capture.retrieve()[1][..., ::-1]
            assert frame.index == count
            assert np.array_equal(frame.image.pixels, pixels)
        count += 1
    assert count == video.count
    assert video.problems == []


@pytest.mark.real
def test_pets_has_the_frames_of_its_truth(real_data):
    video = open_video(real_data / "video/pets_s2l1/people_walking.mp4")
    assert (video.count, video.size) == (795, (360, 270))
