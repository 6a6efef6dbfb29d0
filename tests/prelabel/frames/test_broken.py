"""Broken clips: what can be shown is shown under its number, the rest is told."""

import struct
import subprocess
import sys
from fractions import Fraction

import av
import numpy as np
import pytest
from clip_files import number_of, numbers_of, write_clip
from hypothesis import given, settings
from hypothesis import strategies as st

from prelabel.errors import ImageError
from prelabel.frames import open_video

B = {"g": "12", "bf": "3"}


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A clip whose index stands before its frames, so that it may be cut off."""
    path = tmp_path_factory.mktemp("sound") / "a.mp4"
    options = {"container": {"movflags": "+faststart"}, "tick": Fraction(1, 12800)}
    return write_clip(path, range(60), options=B, **options)


def packets_of(path):
    """(position, bytes, frame) of every packet in its order in the file."""
    with av.open(str(path)) as file:
        base = file.streams.video[0].time_base
        return [(p.pos, p.size, round(p.pts * base * 25)) for p in file.demux(video=0) if p.size]


def spoilt(path, folder, frames, spoil):
    """The clip with the packets of some frames overwritten."""
    data = bytearray(path.read_bytes())
    for position, size, frame in packets_of(path):
        if frame in frames:
            data[position : position + size] = spoil(bytes(data[position : position + size]))
    found = folder / f"spoilt{path.suffix}"
    found.write_bytes(data)
    return found


def noise(packet):
    return b"\xff" * len(packet)


def by_bare_decoding(path):
    """The frames that FFmpeg gives on one thread when errors are passed over."""
    found = []
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        stream.thread_count = 1
        for packet in file.demux(stream):
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                continue
            found += [round(frame.pts * stream.time_base * 25) for frame in frames]
    return found


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("frames", [[21], [21, 23, 37], [36], [59], [12, 13, 14]])
def test_broken_packets(sound, tmp_path, frames, threads):
    path = spoilt(sound, tmp_path, frames, noise)
    video = open_video(path, threads=threads)
    shown = [frame.index for frame in video.frames()]
    assert shown == by_bare_decoding(path)
    assert video.count == 60
    missing = set(range(60)) - set(shown)
    assert missing
    assert missing == {
        n
        for fault in video.problems
        for n in range(fault.first, fault.last + 1)
        if "cannot" in fault.what
    }


def test_frames_after_a_broken_one_keep_their_numbers(sound, tmp_path):
    video = open_video(spoilt(sound, tmp_path, [30], noise))
    assert numbers_of(video.frames([5, 36, 50])) == [(5, 5), (36, 36), (50, 50)]
    assert video.problems == []


def test_asking_twice_tells_once(sound, tmp_path):
    video = open_video(spoilt(sound, tmp_path, [21], noise))
    first = [frame.index for frame in video.frames()]
    told = video.problems
    assert [frame.index for frame in video.frames()] == first
    assert video.problems == told
    assert str(told[0]) == "frame 21: cannot be decoded: Invalid data found when processing input"


def test_a_damaged_picture_is_shown_and_told(sound, tmp_path):
    def flipped(packet):
        middle = len(packet) // 2
        return packet[:middle] + bytes(byte ^ 0x5A for byte in packet[middle:])

    video = open_video(spoilt(sound, tmp_path, [24], flipped))
    shown = [frame.index for frame in video.frames()]
    assert any(fault.first <= 24 <= fault.last for fault in video.problems)
    assert 36 in shown


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.integers(1, 60))
def test_whatever_is_broken_nothing_is_told_wrong(sound, tmp_path_factory, seed, count):
    """Random bytes of the frames' part are changed: numbers ascend, what is lost is told."""
    rng = np.random.default_rng(seed)
    data = bytearray(sound.read_bytes())
    begin = data.index(b"mdat") + 4
    for _ in range(count):
        data[int(rng.integers(begin, len(data)))] ^= int(rng.integers(1, 256))
    path = tmp_path_factory.mktemp("random") / "a.mp4"
    path.write_bytes(data)
    try:
        video = open_video(path)
    except ImageError:
        return
    shown = [frame.index for frame in video.frames()]
    assert shown == sorted(set(shown))
    told = {n for f in video.problems if f.first >= 0 for n in range(f.first, f.last + 1)}
    assert set(range(video.count)) - set(shown) <= told


@pytest.mark.parametrize("kind", ["mp4", "mkv", "ts", "avi"])
@pytest.mark.parametrize("share", [0.4, 0.7, 0.95])
def test_cut_off_clips(tmp_path, kind, share):
    options = {"container": {"movflags": "+faststart"}} if kind == "mp4" else {}
    path = write_clip(tmp_path / f"a.{kind}", range(60), options=B, **options)
    cut = int(60 * share)
    position, size, _ = packets_of(path)[cut]
    path.write_bytes(path.read_bytes()[: position + size // 2])
    video = open_video(path)
    shown = numbers_of(video.frames())
    assert 0 < len(shown) <= video.count < 60
    whole = cut // 12 * 12 - 4  # the group that was cut hides what it is predicted from
    assert shown[:whole] == [(i, i) for i in range(whole)]
    assert [told for told, _ in shown] == sorted({told for told, _ in shown})


@pytest.mark.parametrize("kind", ["mp4", "mkv"])
def test_a_cut_is_told(tmp_path, kind):
    options = {"container": {"movflags": "+faststart"}} if kind == "mp4" else {}
    path = write_clip(tmp_path / f"a.{kind}", range(60), options=B, **options)
    assert open_video(path).problems == []
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert "is cut off" in str(open_video(path).problems[0])


def test_a_clip_cut_out_of_another_begins_with_what_is_shown(tmp_path):
    path = write_clip(tmp_path / "a.ts", range(60), options=B)
    data = path.read_bytes()
    path.write_bytes(data[188 * 9 :])
    video = open_video(path)
    shown = numbers_of(video.frames())
    assert [told for told, _ in shown] == list(range(video.count))
    assert len({seen - told for told, seen in shown}) == 1
    assert "numbers begin after them" in str(video.problems[0])


def trimmed(path, frames):
    """Move the begin of the edit list of a clip written by FFmpeg by some frames of 512 ticks."""
    data = bytearray(path.read_bytes())
    at = data.index(b"elst") + 12
    duration, begin = struct.unpack_from(">Ii", data, at)
    struct.pack_into(">Ii", data, at, duration, begin + 512 * frames)
    path.write_bytes(data)


@pytest.mark.parametrize("frames", [1, 5, 12, 17])
def test_edit_lists_hide_frames(tmp_path, frames):
    path = write_clip(tmp_path / "a.mp4", range(60), options=B, tick=Fraction(1, 12800))
    trimmed(path, frames)
    video = open_video(path)
    shown = numbers_of(video.frames())
    assert shown == [(i, i + frames) for i in range(60 - frames)]
    assert video.times[:2].tolist() == [0.0, 0.04]
    assert [seen for _, seen in numbers_of(video.frames([30]))] == [30 + frames]


def test_nothing_can_be_decoded(sound, tmp_path):
    path = spoilt(sound, tmp_path, range(60), noise)
    with pytest.raises(ImageError, match="no frame that can be decoded"):
        open_video(path)


def test_ffmpeg_writes_nothing_to_the_terminal(sound, tmp_path):
    path = spoilt(sound, tmp_path, [21, 30], noise)
    code = f"from prelabel.frames import open_video; list(open_video({str(path)!r}).frames())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_intra_clips_lose_only_the_broken_frame(tmp_path):
    path = write_clip(tmp_path / "a.avi", range(30), codec="mjpeg", layout="yuvj420p")
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as file:
        packets = [(p.pos, p.size) for p in file.demux(video=0) if p.size]
    # AVI's positions are those of the chunk's header
    data[packets[7][0] + 8 : packets[7][0] + packets[7][1]] = b"\0" * (packets[7][1] - 8)
    path.write_bytes(data)
    video = open_video(path)
    assert [frame.index for frame in video.frames()] == [i for i in range(30) if i != 7]
    assert [fault.first for fault in video.problems] == [7]
    assert all(number_of(frame.image.pixels) == frame.index for frame in video.frames())


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("frame", [20, 59])
def test_broken_clips_without_times_keep_one_numbering(tmp_path, frame, threads):
    """Without time stamps the numbers are those of the frames that come out of the decoder."""
    whole = write_clip(tmp_path / "a.h264", range(60), options=B)
    data = bytearray(whole.read_bytes())
    with av.open(str(whole)) as file:
        packets = [(p.pos, p.size) for p in file.demux(video=0) if p.size]
    position, size = packets[frame]
    data[position + 5 : position + size] = b"\xff" * (size - 5)
    path = tmp_path / "b.h264"
    path.write_bytes(data)
    video = open_video(path, threads=threads)
    every = [(frame.index, frame.image.digest) for frame in video.frames()]
    assert [index for index, _ in every] == list(range(video.count))
    assert [(f.index, f.image.digest) for f in video.frames([3, 50])] == [every[3], every[50]]
