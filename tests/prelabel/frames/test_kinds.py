"""Containers, codecs and oddities: the frames are those that another decoder shows."""

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from clip_files import number_of, numbers_of, write_clip

from prelabel.errors import FetchError, ImageError
from prelabel.frames import open_video

B = {"g": "12", "bf": "3"}
X265 = "keyint=12:min-keyint=12:bframes=4:log-level=none:pools=1:frame-threads=1"
KINDS = {
    "h264.mp4": {"options": B},
    "h264.mkv": {"options": B, "rate": Fraction(30000, 1001)},
    "h264.mov": {"options": B},
    "h264.flv": {"options": B},
    "h264.ts": {"options": B},
    "h264.avi": {"options": B},
    "h264.h264": {"options": B},
    "fragments.mp4": {"options": B, "container": {"movflags": "frag_keyframe+empty_moov"}},
    "sound.mp4": {"options": B, "sound": True},
    "fast.mp4": {"options": B, "rate": 50, "container": {"movflags": "+faststart"}},
    "open-gop.mp4": {"options": {"x264-params": "open-gop=1:keyint=12:bframes=3"}},
    "refresh.mp4": {"options": {"x264-params": "intra-refresh=1:keyint=12"}},
    "ten.mp4": {"options": B, "layout": "yuv420p10le"},
    "odd.mp4": {"options": B, "layout": "yuv444p", "size": (97, 63)},
    "hevc.mp4": {"codec": "libx265", "options": {"x265-params": f"{X265}:open-gop=1"}},
    "layers.mkv": {"codec": "libx265", "options": {"x265-params": f"{X265}:temporal-layers=3"}},
    "mpeg4.mp4": {"codec": "mpeg4", "options": {"bf": "2"}},
    "mpeg4.avi": {"codec": "mpeg4"},
    "mpeg4-b.avi": {"codec": "mpeg4", "options": {"bf": "2"}},
    "mpeg2.mpg": {"codec": "mpeg2video", "options": {"bf": "2"}},
    "jpeg.avi": {"codec": "mjpeg", "layout": "yuvj420p"},
    "vp8.webm": {"codec": "libvpx", "options": {"auto-alt-ref": "1", "lag-in-frames": "16"}},
    "vp9.webm": {"codec": "libvpx-vp9", "options": {"cpu-used": "8"}, "size": (97, 63)},
    "few.gif": {"codec": "gif", "layout": "rgb8"},
}


@pytest.fixture(scope="module", params=KINDS, ids=str)
def path(request, tmp_path_factory):
    options = KINDS[request.param]
    if options.get("codec", "libx264") not in av.codecs_available:
        pytest.skip("not encoded by this build of FFmpeg")
    return write_clip(tmp_path_factory.mktemp("kinds") / request.param, range(60), **options)


def by_opencv(path):
    capture, found = cv2.VideoCapture(str(path)), []
    while True:
        there, pixels = capture.read()
        if not there:
            return found
        found.append(pixels[..., ::-1])


def test_every_frame_is_there_under_its_number(path):
    video = open_video(path)
    frames = list(video.frames())
    assert numbers_of(frames) == [(i, i) for i in range(60)]
    assert (video.count, video.problems) == (60, [])
    assert video.size == frames[0].image.size


def test_opencv_shows_the_same(path):
    shown = by_opencv(path)
    assert len(shown) == 60
    for frame in open_video(path).frames():
        difference = frame.image.pixels.astype(int) - shown[frame.index]
        # OpenCV asks for other rounding where there is more than one way
        assert np.abs(difference).mean() < 2


def test_some_frames_have_the_pixels_of_all(path):
    video = open_video(path)
    every = {frame.index: frame.image.digest for frame in video.frames()}
    for wanted in ([59], [0, 13, 47], range(1, 60, 7), range(20, 30)):
        found = {frame.index: frame.image.digest for frame in video.frames(wanted)}
        assert found == {i: every[i] for i in wanted}


def test_times_are_those_of_a_full_decode(path):
    video = open_video(path)
    with av.open(str(path)) as file:
        stamps = [frame.pts for frame in file.decode(video=0)]
        base = file.streams.video[0].time_base
    if None not in stamps and stamps == sorted(stamps):
        seconds = [float((stamp - stamps[0]) * base) for stamp in stamps]
        assert video.times.tolist() == pytest.approx(seconds, abs=1e-9)
        assert video.start == pytest.approx(float(stamps[0] * base))
    else:
        assert video.times.tolist() == pytest.approx((np.arange(60) / video.rate).tolist())


def test_rate_is_the_nominal_one(path):
    nominal = KINDS[path.name].get("rate", 25)
    assert open_video(path).rate == pytest.approx(float(nominal), abs=1e-9)


def test_coarse_clocks_keep_their_times(tmp_path):
    path = write_clip(tmp_path / "a.mkv", range(30), rate=Fraction(30000, 1001))
    media = open_video(path).media("shots/a.mkv")
    assert (media.path, media.frames, media.first_number) == ("shots/a.mkv", 30, 0)
    assert media.times[:4] == (0.0, 0.033, 0.067, 0.1)
    steady = open_video(write_clip(tmp_path / "a.mp4", range(30), rate=Fraction(30000, 1001)))
    assert steady.media().times == ()
    assert steady.media().rate == pytest.approx(30000 / 1001, abs=1e-12)
    assert steady.duration == pytest.approx(30 * 1001 / 30000)


def test_a_clock_that_is_set_back(tmp_path):
    once = write_clip(tmp_path / "once.ts", range(40), options=B).read_bytes()
    (tmp_path / "twice.ts").write_bytes(once + once)
    video = open_video(tmp_path / "twice.ts")
    assert [seen for _, seen in numbers_of(video.frames())] == [*range(40), *range(40)]
    assert [number for number, _ in numbers_of(video.frames([3, 44]))] == [3, 44]
    assert (np.diff(video.times) > 0).all()


def test_times_of_a_clip_without_any(tmp_path):
    path = write_clip(tmp_path / "a.h264", range(20), options=B)
    assert open_video(path, rate=10).times[:3].tolist() == [0, 0.1, 0.2]


def test_one_frame(tmp_path):
    video = open_video(write_clip(tmp_path / "a.mp4", [5]))
    assert (video.count, video.times.tolist(), video.rate) == (1, [0.0], 25.0)
    assert [seen for _, seen in numbers_of(video.frames())] == [5]


def test_music_with_a_cover_is_no_clip(tmp_path):
    path = tmp_path / "sound.m4a"
    with av.open(str(path), "w", format="ipod") as file:
        stream = file.add_stream("aac", rate=8000, layout="mono")
        for start in range(0, 8192, 1024):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            frame.sample_rate, frame.pts = 8000, start
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    with pytest.raises(ImageError, match="holds no video"):
        open_video(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.mp4", b""),
        ("a.mp4", b"no clip at all"),
        ("a.m3u8", b"#EXTM3U\n#EXTINF:5,\n/etc/hostname\n#EXT-X-ENDLIST\n"),
        ("a.mp4", b"#EXTM3U\n#EXTINF:5,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n"),
        ("a.mp4", b"ffconcat version 1.0\nfile other.mp4\n"),
        ("a.sdp", b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=video 9 RTP/AVP 96\n"),
    ],
)
def test_what_is_no_clip_is_refused_in_one_line(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ImageError, match="is no clip") as told:
        open_video(path)
    assert told.value.where == str(path)
    assert "\n" not in str(told.value)


def test_a_path_that_looks_like_an_address_is_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FetchError, match="no such file"):
        open_video("http://127.0.0.1:9/a.mp4")
    write_clip(tmp_path / "concat:a%d.mp4", range(5), kind="mp4")
    assert open_video("concat:a%d.mp4").count == 5


def test_too_many_pixels(plain):
    with pytest.raises(ImageError, match="96 x 64 pixels a frame, at most 6000"):
        open_video(plain, max_pixels=6000)
    assert open_video(plain, max_pixels=6144).count == 90


def test_a_later_frame_of_another_size(tmp_path):
    parts = [
        write_clip(tmp_path / f"{width}.h264", range(10), size=(width, 64), options={"bf": "0"})
        for width in (96, 192)
    ]
    (tmp_path / "a.h264").write_bytes(b"".join(part.read_bytes() for part in parts))
    video = open_video(tmp_path / "a.h264")
    frames = list(video.frames())
    assert {frame.image.size for frame in frames} == {(96, 64)}
    assert [number_of(frame.image.pixels) for frame in frames] == [*range(10), *range(10)]
    assert [str(fault) for fault in video.problems] == ["frames 10 to 19: 192 x 64 pixels, scaled"]


def test_devices(plain):
    assert numbers_of(open_video(plain, decoder="auto").frames([0, 50])) == [(0, 0), (50, 50)]
    with pytest.raises(ImageError, match="cannot be decoded by dxva2 here"):
        open_video(plain, decoder="dxva2")
