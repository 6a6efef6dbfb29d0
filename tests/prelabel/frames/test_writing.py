"""Clips that are written: what another decoder reads from them."""

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from clip_files import burnt, number_of, numbers_of
from hypothesis import given, settings
from hypothesis import strategies as st

from prelabel.errors import ImageError, JobError
from prelabel.frames import ClipWriter, open_video


def written(path, times, rate=25.0, size=(96, 64), **options):
    with ClipWriter(path, size, rate, **options) as writer:
        for number, time in enumerate(times):
            writer.write(burnt(number, size), time)
    return path


def stamps_of(path):
    with av.open(str(path)) as file:
        return [frame.pts * frame.time_base for frame in file.decode(video=0)]


@pytest.mark.parametrize("rate", [25, 24, 30000 / 1001, 24000 / 1001, 59.94, 12.5, 7])
def test_constant_rates_are_exact(tmp_path, rate):
    path = written(tmp_path / "a.mp4", [None] * 30, rate)
    exact = Fraction(rate).limit_denominator(1001)
    assert stamps_of(path) == [i / exact for i in range(30)]
    assert open_video(path).rate == pytest.approx(float(exact), abs=1e-9)
    assert numbers_of(open_video(path).frames()) == [(i, i) for i in range(30)]


@settings(max_examples=20)
@given(st.lists(st.floats(0.001, 2), min_size=1, max_size=25))
def test_times_are_kept(tmp_path_factory, steps):
    times = np.cumsum([0.0, *steps])
    path = written(tmp_path_factory.mktemp("times") / "a.mp4", times.tolist())
    found = [float(stamp) for stamp in stamps_of(path)]
    assert found == pytest.approx(times.tolist(), abs=1e-5)


def test_opencv_reads_it(tmp_path):
    path = written(tmp_path / "a.mp4", [None] * 20)
    capture = cv2.VideoCapture(str(path))
    assert [number_of(capture.read()[1]) for _ in range(20)] == list(range(20))
    assert not capture.read()[0]


@pytest.mark.parametrize("size", [(97, 64), (96, 63), (97, 63)])
def test_odd_sizes_grow_by_a_pixel(tmp_path, size):
    video = open_video(written(tmp_path / "a.mp4", [None] * 3, size=size))
    assert video.size == (size[0] + size[0] % 2, size[1] + size[1] % 2)
    assert numbers_of(video.frames()) == [(i, i) for i in range(3)]


def test_the_next_encoder_is_taken(tmp_path):
    path = written(tmp_path / "a.mp4", [None] * 12, encoders=["h264_of_nobody", "libvpx-vp9"])
    with av.open(str(path)) as file:
        assert file.streams.video[0].codec_context.name.endswith("vp9")
    assert numbers_of(open_video(path).frames()) == [(i, i) for i in range(12)]


def test_no_encoder(tmp_path):
    with pytest.raises(JobError, match="none of the encoders h264_of_nobody is there"):
        ClipWriter(tmp_path / "a.mp4", (96, 64), 25, encoders=["h264_of_nobody"])
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_of_a_block_that_fails(tmp_path):
    def fail():
        with ClipWriter(tmp_path / "a.mp4", (96, 64), 25) as writer:
            writer.write(burnt(0))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_wrong_frames(tmp_path):
    with ClipWriter(tmp_path / "a.mp4", (96, 64), 25) as writer:
        writer.write(burnt(0), 1.0)
        with pytest.raises(ImageError, match="48 x 32 pixels, expected 96 x 64"):
            writer.write(burnt(1, (48, 32)))
        with pytest.raises(JobError, match="expected a later time"):
            writer.write(burnt(1), 1.0)
        writer.write(burnt(1), 2.0)
    assert open_video(tmp_path / "a.mp4").count == 2


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(JobError, match="cannot be written: No such file"):
        ClipWriter(tmp_path / "none" / "a.mp4", (96, 64), 25)


def test_an_older_file_is_replaced_at_the_end(tmp_path):
    path = written(tmp_path / "a.mp4", [None] * 3)
    before = path.read_bytes()
    with ClipWriter(path, (96, 64), 25) as writer:
        writer.write(burnt(7))
        assert path.read_bytes() == before
    assert [seen for _, seen in numbers_of(open_video(path).frames())] == [7]
