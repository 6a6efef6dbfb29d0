"""Wanted frames: the right ones, in order, with the pixels of a full decode."""

import itertools
import tracemalloc
from fractions import Fraction

import cv2
import numpy as np
import pytest
from clip_files import number_of, numbers_of, write_clip
from hypothesis import given
from hypothesis import strategies as st

from prelabel.frames import open_video, walking


def told(video, wanted):
    wanted = sorted(set(wanted))
    return numbers_of(video.frames(wanted)) == [(i, i) for i in wanted]


@pytest.fixture(scope="module")
def digests(video):
    return {frame.index: frame.image.digest for frame in video.frames()}


def test_every_frame_bears_its_number(video):
    assert numbers_of(video.frames()) == [(i, i) for i in range(90)]
    assert video.problems == []


@given(st.lists(st.integers(0, 89), max_size=12))
def test_any_frames(video, digests, wanted):
    found = {frame.index: frame.image.digest for frame in video.frames(wanted)}
    assert list(found) == sorted(set(wanted))
    assert found == {i: digests[i] for i in found}


@given(st.integers(0, 89), st.integers(0, 90), st.integers(1, 40))
def test_ranges_and_strides(video, digests, start, stop, stride):
    wanted = range(start, stop, stride)
    found = {frame.index: frame.image.digest for frame in video.frames(wanted)}
    assert found == {i: digests[i] for i in wanted}


def test_pixels_and_order_are_those_of_opencv(plain, video):
    capture = cv2.VideoCapture(str(plain))
    for frame in video.frames():
        there, pixels = capture.read()
        assert there
        assert np.array_equal(frame.image.pixels, pixels[..., ::-1])
    assert not capture.read()[0]


def test_times_are_those_of_opencv(tmp_path):
    times = np.cumsum(np.random.default_rng(0).uniform(0.005, 0.3, 50)).tolist()
    path = write_clip(tmp_path / "a.mp4", range(50), times=times, tick=Fraction(1, 90000))
    capture, shown = cv2.VideoCapture(str(path)), []
    for frame in open_video(path).frames():
        assert capture.read()[0]
        shown.append(capture.get(cv2.CAP_PROP_POS_MSEC) / 1000)
        assert frame.time == pytest.approx(shown[-1] - shown[0], abs=1e-3)
        assert frame.time == pytest.approx(times[frame.index] - times[0], abs=1e-4)
    assert len(shown) == 50


def test_no_number_twice_and_any_order(video):
    assert [frame.index for frame in video.frames([50, 3, 50, 4])] == [3, 4, 50]
    assert list(video.frames([])) == []


@pytest.mark.parametrize("wanted", [[90], [-1], [3, 200]])
def test_numbers_that_there_are_not(video, wanted):
    with pytest.raises(IndexError, match="of a clip of 90"):
        video.frames(wanted)


def test_several_readers_at_once(video):
    readers = [video.frames(range(k, 90, 3)) for k in range(3)]
    for row in zip(*readers, strict=True):
        for frame in row:
            assert number_of(frame.image.pixels) == frame.index


def test_a_reader_that_is_left(video):
    frames = video.frames()
    assert next(frames).index == 0
    frames.close()
    assert told(video, [7])


def test_seeks_are_taken_where_they_save_decoding(video):
    # groups of 12: from one frame to the next of the 25th there are two keys to go to
    cut = walking.parts(video._index, np.arange(0, 90, 25))
    assert (cut[0].key, cut[0].numbers.tolist()) == (-1, [0])
    assert all(part.key >= 0 for part in cut[1:])
    assert len(walking.parts(video._index, np.arange(90))) == 1
    assert len(walking.parts(video._index, np.arange(0, 90, walking.SAVING // 2))) == 1


def test_decoding_is_spared(tmp_path, monkeypatch):
    path = write_clip(tmp_path / "long.mp4", range(1200), options={"g": "50"})
    video = open_video(path)
    decoded, plain_of = [], walking.Walk._of

    def counted(walk, codec, packet):
        decoded.append(packet)
        return plain_of(walk, codec, packet)

    monkeypatch.setattr(walking.Walk, "_of", counted)
    assert told(video, [0, 600, 1199])
    assert len(decoded) < 250


def test_memory_does_not_grow_with_the_clip(tmp_path):
    peaks = []
    for count in (100, 1000):
        video = open_video(write_clip(tmp_path / f"{count}.mp4", range(count), size=(320, 240)))
        tracemalloc.start()
        for _ in itertools.islice(video.frames(), count):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0] + 200_000
