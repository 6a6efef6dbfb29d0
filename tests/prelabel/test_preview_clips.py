"""Previews of clips: what is drawn on frames, the time line, the sheet, the page."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from clip_files import number_of, write_clip
from track_tables import LABELS, dense, keyed, table

from formats.annotations import Annotations, Flag
from prelabel.errors import JobError
from prelabel.frames import open_video
from prelabel.preview.clip import ShownClip, overlay
from prelabel.preview.clips import write_clips
from prelabel.preview.contact import SIDE, contact_sheet
from prelabel.preview.timeline import LEFT, MOST, RIGHT, clock, timeline
from prelabel.preview.trackrows import Run, colours_of, lines, lone

TIMES = np.arange(60) / 25
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    return open_video(write_clip(tmp_path_factory.mktemp("clip") / "a.mp4", range(60)))


def test_lines_are_runs_and_keyframes():
    nine, four = lines(dense(), keyed())
    assert (nine.track, nine.label, nine.runs) == (9, 1, (Run(0, 3, False), Run(30, 30, False)))
    assert four.runs == (Run(5, 9, False), Run(10, 14, True), Run(15, 24, False))
    assert (nine.keyframes, four.keyframes) == ((), (5, 18, 24))
    assert str(four) == "frames 5 to 24, in 20 of them, 5 interpolated, 3 keyframes"
    assert lone(dense()) == [40]
    assert len(set(colours_of(dense()).values())) == 2


def drawn(svg):
    """The SVG as a tree; it must be XML."""
    return ElementTree.fromstring(svg)


def place(frame):
    return LEFT + (RIGHT - LEFT) * frame / 60


def test_time_line_shows_where_tracks_are():
    tree = drawn(timeline(dense(), TIMES, LABELS, keyframes=keyed()))
    nine, four = (g for g in tree.iter(f"{SVG}g") if g.get("class") == "track")
    bars = [
        (float(r.get("x")), float(r.get("width")), r.get("height")) for r in four.iter(f"{SVG}rect")
    ]
    wanted = [(5, 10, "10"), (10, 15, "3"), (15, 25, "10")]
    assert [bar[2] for bar in bars] == [height for _, _, height in wanted]
    for (x, width, _), (first, stop, _) in zip(bars, wanted, strict=True):
        assert x == pytest.approx(place(first), abs=0.02)
        assert x + width == pytest.approx(place(stop), abs=0.02)
    marks = [float(re.match(r"M([\d.]+)", p.get("d"))[1]) for p in four.iter(f"{SVG}path")]
    assert marks == pytest.approx([place(5), place(18), place(24)], abs=0.02)
    assert nine.find(f"{SVG}text").text == "#9 dog <b>"
    assert len(list(tree.iter(f"{SVG}circle"))) == 1
    assert tree.get("aria-label") == "2 tracks, 3 keyframes, 1 detections without a track"


def test_time_line_of_a_clip_whose_rate_varies():
    times = np.array([0.0, 1.0, 9.0])
    tree = drawn(timeline(table((1, 1, 0)), times, LABELS, duration=10.0))
    (bar,) = tree.iter(f"{SVG}rect")
    assert float(bar.get("x")) == pytest.approx(LEFT + (RIGHT - LEFT) * 0.1, abs=0.02)
    assert float(bar.get("width")) == pytest.approx((RIGHT - LEFT) * 0.8, abs=0.02)


def test_time_line_without_tracks_and_with_too_many():
    assert not list(drawn(timeline(Annotations.empty(), TIMES, LABELS)).iter(f"{SVG}rect"))
    assert drawn(timeline(Annotations.empty(), np.zeros(1), LABELS)) is not None
    many = table(*((i % 60, i, 0) for i in range(MOST + 30)))
    text = timeline(many[np.argsort(many.images, kind="stable")], TIMES, LABELS)
    assert text.count("<rect") == MOST
    assert "and 30 more tracks" in text


@pytest.mark.parametrize(
    ("seconds", "tenths", "text"),
    [(7, False, "0:07"), (750, False, "12:30"), (3600, False, "1:00:00"), (7.5, True, "0:07.5")],
)
def test_clock(seconds, tenths, text):
    assert clock(seconds, tenths) == text


def test_clock_never_shows_ten_tenths():
    assert [clock(k / 100, tenths=True) for k in (95, 99, 100)] == ["0:00.9", "0:00.9", "0:01.0"]


def test_overlay_has_the_frames_and_their_times(video, tmp_path):
    shown = ShownClip("a.mp4", video, dense(), keyed(), (10, 40))
    found = open_video(overlay(shown, LABELS, tmp_path / "o.mp4"))
    assert found.count == 30
    assert found.times.tolist() == pytest.approx((video.times[10:40] - video.times[10]).tolist())
    plain = open_video(
        overlay(ShownClip("a", video, Annotations.empty()), LABELS, tmp_path / "p.mp4")
    )
    assert plain.count == 60
    assert [number_of(f.image.pixels) for f in plain.frames([0, 33])] == [0, 33]


def test_few_frames_of_a_long_clip_keep_their_times(video, tmp_path):
    path = overlay(ShownClip("a", video, Annotations.empty()), LABELS, tmp_path / "o.mp4", most=20)
    found = open_video(path)
    assert found.times.tolist() == pytest.approx(video.times[::3].tolist(), abs=1e-4)
    assert [number_of(frame.image.pixels) for frame in found.frames()] == list(range(0, 60, 3))


def test_dense_rows_carry_the_keyframes(video):
    whole = ShownClip("a", video, dense(), keyed()).dense()
    marked = whole.flagged(Flag.KEYFRAME)
    assert list(zip(whole.tracks[marked], whole.images[marked], strict=True)) == [
        (4, 5),
        (4, 18),
        (4, 24),
    ]
    sparse = ShownClip("a", video, keyed()).dense()
    assert sparse.images.tolist() == list(range(5, 25))
    assert sparse.images[sparse.flagged(Flag.KEYFRAME)].tolist() == [5, 18, 24]


def test_contact_sheet_has_a_row_of_keyframes_for_each_track(video, tmp_path):
    import cv2

    path = contact_sheet(ShownClip("a", video, dense(), keyed()), LABELS, tmp_path / "c.jpg")
    pixels = cv2.imread(str(path))
    rows, columns = pixels.shape[0] // SIDE, pixels.shape[1] // SIDE
    assert (rows, columns) == (2, 5)  # track 9 has no keyframes: all of its five frames
    empty = ShownClip("a", video, Annotations.empty())
    assert contact_sheet(empty, LABELS, tmp_path / "d.jpg") is None


def test_page(video, tmp_path):
    clips = [
        ShownClip("shots/a.mp4", video, dense(), keyed()),
        ShownClip("../b<script>.mp4", video, Annotations.empty(), span=(0, 0)),
    ]
    page = write_clips(clips, tmp_path / "out", LABELS, title="Tracks & more")
    text = page.read_text(encoding="utf-8")
    assert "<title>Tracks &amp; more</title>" in text
    assert text.count("<script>") == 1
    assert "one for 8.3 boxes" in text
    for name in re.findall(r'src="([^"]+)"', text):
        assert (page.parent / name).is_file()
    assert "no frame could be decoded" in text
    outside = [
        path for path in tmp_path.rglob("*") if path.is_file() and page.parent not in path.parents
    ]
    assert outside == []


def test_a_page_that_cannot_be_written(video, tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(JobError, match="cannot be written"):
        write_clips([ShownClip("a", video, dense())], tmp_path / "out", LABELS)
