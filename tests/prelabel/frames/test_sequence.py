"""Pictures as a clip."""

import cv2
import numpy as np
import pytest
from clip_files import burnt, numbers_of, write_clip

from prelabel.errors import FetchError, ImageError
from prelabel.frames import open_video


def drawn(folder, names, size=(96, 64)):
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names):
        cv2.imwrite(str(folder / name), burnt(number, size))
    return folder


def test_numbers_in_names_count_by_value(tmp_path):
    names = ["f1.png", "f2.png", "f9.png", "f10.png", "f010.png", "f100.png"]
    video = open_video(
        drawn(tmp_path / "shot", ["f1.png", "f2.png", "f9.png", "f10.png", "f100.png"])
    )
    assert [path.name for path in video.pictures] == [n for n in names if n != "f010.png"]
    assert numbers_of(video.frames()) == [(i, i) for i in range(5)]
    assert (video.count, video.size, video.rate) == (5, (96, 64), 25.0)


def test_times_follow_the_rate(tmp_path):
    video = open_video(drawn(tmp_path / "shot", [f"{i:03}.png" for i in range(8)]), rate=10)
    assert video.times.tolist() == pytest.approx((np.arange(8) / 10).tolist())
    assert [frame.time for frame in video.frames([3, 5])] == pytest.approx([0.3, 0.5])
    media = video.media("shot")
    assert (media.path, media.frames, media.rate, media.times) == ("shot", 8, 10, ())


def test_patterns(tmp_path):
    folder = drawn(tmp_path / "shot", [f"{i:03}.png" for i in range(6)])
    drawn(tmp_path / "shot" / "below", ["x.png"])
    assert open_video(str(folder / "00[2-4].png")).count == 3
    assert open_video(folder).count == 6
    assert open_video(str(folder / "**" / "*.png")).count == 7


def test_a_file_may_look_like_a_pattern(tmp_path):
    path = write_clip(tmp_path / "take [1].mp4", range(3))
    assert (open_video(path).count, open_video(path).pictures) == (3, ())


def test_broken_pictures_keep_the_numbers_of_others(tmp_path):
    folder = drawn(tmp_path / "shot", [f"{i:03}.png" for i in range(6)])
    (folder / "000.png").write_bytes(b"")
    (folder / "003.png").write_bytes(b"\x89PNG, or not")
    video = open_video(folder)
    assert video.count == 6
    assert numbers_of(video.frames()) == [(1, 1), (2, 2), (4, 4), (5, 5)]
    assert [(fault.first, fault.last) for fault in video.problems] == [(0, 0), (3, 3)]
    assert "003.png" in str(video.problems[1])


def test_pictures_of_another_size_are_told(tmp_path):
    folder = drawn(tmp_path / "shot", ["0.png", "1.png"])
    cv2.imwrite(str(folder / "2.png"), burnt(2, (48, 32)))
    video = open_video(folder)
    assert [frame.image.size for frame in video.frames()] == [(96, 64), (96, 64), (48, 32)]
    assert [str(fault) for fault in video.problems] == ["frame 2: 48 x 32 pixels, kept as it is"]


def test_nothing_to_show(tmp_path):
    with pytest.raises(FetchError, match="no pictures here"):
        open_video(tmp_path)
    with pytest.raises(FetchError, match="no pictures here"):
        open_video(str(tmp_path / "*.png"))
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(ImageError, match="no picture that can be decoded"):
        open_video(tmp_path)


def test_the_limit_of_pixels_holds(tmp_path):
    folder = drawn(tmp_path / "shot", ["0.png"])
    with pytest.raises(ImageError, match="no picture that can be decoded"):
        open_video(folder, max_pixels=100)


@pytest.mark.real
def test_a_real_sequence(real_data):
    video = open_video(real_data / "video/davis_car_shadow/JPEGImages/480p/car-shadow")
    assert video.count == 40
    assert [path.stem for path in video.pictures] == [f"{i:05}" for i in range(40)]
    assert [frame.index for frame in video.frames(range(0, 40, 13))] == [0, 13, 26, 39]
