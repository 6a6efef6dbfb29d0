"""CVAT's XML for video as it is written, and what CVAT shows of it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import clip_strategies
import numpy as np
import pytest
from clip_strategies import SIZE, Wanted
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import formats
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.cvat import VIDEO, CvatVideoOptions
from formats.dataset import Dataset, Label, Media, Source
from formats.errors import FormatError
from formats.tracks import clip
from formats.tracks.dense import dense
from geometry import masks
from geometry.rings import Rings
from geometry.tracks import likeness
from geometry.tracks.track import Track

FEW = settings(
    max_examples=20,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
PETS = "video/pets_s2l1/gt.txt"


def dataset(table: Annotations, labels: tuple[Label, ...] | None = None, frames: int = 10):
    media = Media("v/a.mp4", SIZE, frames, 10.0)
    bare = Dataset.of(
        labels or (Label("x"),), [], sources=(Source("model", "m"), Source("person", "p"))
    )
    return clip.dataset([clip.ClipTracks(media, 0, table, np.arange(frames))], bare)


def moving(frames: list[int], **columns: object) -> Annotations:
    at = np.asarray(frames, dtype=float)
    boxes = np.column_stack([at, at, at + 9, at + 9])
    rows = {"images": frames, "boxes": boxes, "tracks": [3] * len(frames), **columns}
    return Annotations.of(len(frames), **rows)


def written(table: Annotations, folder: Path, labels=None, frames=10, **options):
    labels = labels or (Label("x"),)
    losses = formats.write(dataset(table, labels, frames), folder / "a.xml", "cvat-video", options)
    return ET.parse(folder / "a.xml").getroot(), losses


def states(track: ET.Element) -> list[tuple[str, str, str]]:
    return [(s.get("frame"), s.get("keyframe"), s.get("outside")) for s in track]


def test_the_head_tells_what_is_known(tmp_path: Path) -> None:
    root, losses = written(moving([0, 1]), tmp_path)
    assert root.tag == "annotations"
    assert root.findtext("version") == "1.1"
    task = root.find("meta/task")
    assert task is not None
    told = {child.tag: child.text for child in task}
    assert (told["size"], told["start_frame"], told["stop_frame"]) == ("10", "0", "9")
    assert (told["mode"], told["frame_filter"]) == ("interpolation", None)
    assert (task.findtext("original_size/width"), task.findtext("original_size/height")) == (
        "40",
        "30",
    )
    assert root.findtext("meta/source") == "a.mp4"
    assert "created" not in told
    assert not losses


def test_a_track_ends_with_outside_and_one_to_the_end_does_not(tmp_path: Path) -> None:
    root, _ = written(moving([2, 3]), tmp_path)
    (track,) = root.findall("track")
    assert (track.get("id"), track.get("label")) == ("3", "x")
    assert states(track) == [("2", "1", "0"), ("3", "1", "0"), ("4", "1", "1")]
    (tmp_path / "b").mkdir()
    root, _ = written(moving([8, 9]), tmp_path / "b")
    assert states(root.findall("track")[0]) == [("8", "1", "0"), ("9", "1", "0")]


def test_a_track_that_comes_back_is_gone_between(tmp_path: Path) -> None:
    root, _ = written(moving([0, 4]), tmp_path)
    found = states(root.findall("track")[0])
    assert found == [("0", "1", "0"), ("1", "1", "1"), ("4", "1", "0"), ("5", "1", "1")]


def test_fewest_keyframes(tmp_path: Path) -> None:
    root, _ = written(moving(list(range(10))), tmp_path, keyframes=0.9)
    assert states(root.findall("track")[0]) == [("0", "1", "0"), ("9", "1", "0")]


def test_frames_between_can_be_stated_as_cvat_states_them(tmp_path: Path) -> None:
    root, _ = written(moving(list(range(5))), tmp_path, keyframes=0.9, between=True)
    track = root.findall("track")[0]
    assert [s.get("keyframe") for s in track] == ["1", "0", "0", "0", "1", "1"]
    assert [s.get("xtl") for s in track][:5] == ["0", "1", "2", "3", "4"]
    back = formats.read(tmp_path / "a.xml")
    assert clip.clips(back)[0].table.images.tolist() == [0, 4]


def test_a_step_between_frames_is_told(tmp_path: Path) -> None:
    table = moving([2, 5, 8])
    media = Media("a.mp4", SIZE, 12, 10.0)
    one = clip.ClipTracks(media, 0, table, np.array([2, 5, 8, 11]))
    formats.write(
        clip.dataset([one], Dataset.of([Label("x")], [])), tmp_path / "a.xml", "cvat-video"
    )
    root = ET.parse(tmp_path / "a.xml").getroot()
    task = root.find("meta/task")
    assert task is not None
    assert [task.findtext(k) for k in ("size", "start_frame", "stop_frame", "frame_filter")] == [
        "4",
        "2",
        "11",
        "step=3",
    ]
    assert states(root.findall("track")[0])[-1] == ("11", "1", "1")


def test_masks_are_an_element_each_because_cvat_reads_the_first_of_a_track(tmp_path: Path) -> None:
    grid = np.zeros((30, 40), bool)
    grid[3:5, 6:9] = True
    grid[4, 7] = False
    rows = [masks.encode(grid)] * 3
    table = moving([0, 1, 2], masks=rows, kinds=[Kind.MASK] * 3)
    root, _ = written(table, tmp_path)
    found = root.findall("track")
    assert [track.get("id") for track in found] == ["3"] * 3
    assert states(found[0]) == [("0", "1", "0"), ("1", "1", "1")]
    mask = found[0][0]
    assert mask.get("rle") == "0, 4, 1, 1"
    assert [mask.get(k) for k in ("left", "top", "width", "height")] == ["6", "3", "3", "2"]
    (one,) = clip.clips(formats.read(tmp_path / "a.xml"))
    assert one.table.images.tolist() == [0, 1, 2]
    assert one.table.tracks is not None
    assert one.table.tracks.tolist() == [3, 3, 3]


def test_attributes_are_declared_by_their_values(tmp_path: Path) -> None:
    said = [{"a": True, "n": 1, "t": "x"}, {"a": False, "n": 1, "t": "x"}]
    root, _ = written(moving([0, 1], attributes=said), tmp_path)
    found = {
        one.findtext("name"): (one.findtext("input_type"), one.findtext("mutable"))
        for one in root.iterfind("meta/task/labels/label/attributes/attribute")
    }
    assert found == {
        "a": ("checkbox", "True"),
        "n": ("number", "False"),
        "t": ("text", "False"),
    }
    box = root.findall("track")[0][0]
    assert {a.get("name"): a.text for a in box} == {"a": "true", "n": "1", "t": "x"}


def test_a_value_of_another_type_is_told(tmp_path: Path) -> None:
    said = [{"a": True}, {"a": "true"}]
    _, losses = written(moving([0, 1], attributes=said), tmp_path)
    (loss,) = losses
    assert "another type" in loss.what
    assert loss.count == 1


def test_scores_can_be_an_attribute(tmp_path: Path) -> None:
    root, losses = written(moving([0, 1], scores=[0.5, 0.75]), tmp_path, confidence=True)
    assert not losses
    track = root.findall("track")[0]
    assert track.get("source") == "auto"
    assert [shape[0].text for shape in track][:2] == ["0.5", "0.75"]
    names = root.iterfind("meta/task/labels/label/attributes/attribute/name")
    assert [name.text for name in names] == ["confidence"]


def test_a_skeleton_has_a_drawing_and_points(tmp_path: Path) -> None:
    label = Label("man", keypoints=("head", "hand"), bones=((0, 1),))
    points = [[[1.0, 2, 2], [3, 4, 1]], [[1.0, 2, 2], [0, 0, 0]]]
    table = moving([0, 1], keypoints=points, kinds=[Kind.POINTS, Kind.BOX])
    root, losses = written(table, tmp_path, (label,))
    assert [str(loss) for loss in losses] == [
        "1 box around keypoints, written as a skeleton (first: v/a.mp4)"
    ]
    names = [one.findtext("name") for one in root.iterfind("meta/task/labels/label")]
    assert names == ["man", "head", "hand"]
    svg = root.findtext("meta/task/labels/label/svg") or ""
    assert 'data-node-from="1"' in svg
    assert svg.count("<circle") == 2
    first, second, end = root.findall("track")[0]
    assert [(p.get("label"), p.get("outside"), p.get("occluded")) for p in first] == [
        ("head", "0", "0"),
        ("hand", "0", "1"),
    ]
    assert [p.get("outside") for p in second] == ["0", "1"]
    assert [p.get("outside") for p in end] == ["1", "1"]
    assert formats.read(tmp_path / "a.xml").labels[0].bones == ((0, 1),)


def test_a_skeleton_has_as_many_points_as_its_class_names(tmp_path: Path) -> None:
    labels = (Label("man", keypoints=("a", "b")), Label("dog", keypoints=("c", "d", "e", "f")))
    points = np.ones((2, 3, 3))
    table = moving([0, 1], keypoints=points, kinds=[Kind.POINTS] * 2, labels=[0, 1])
    root, losses = written(table, tmp_path, labels)
    told = [[p.get("outside") for p in track[0]] for track in root.findall("track")]
    assert told == [["0", "0"], ["0", "0", "0", "1"]]
    assert [str(loss) for loss in losses] == [
        "1 keypoints that the class does not name (first: v/a.mp4)"
    ]


def test_a_point_that_is_nowhere_stays_where_it_was(tmp_path: Path) -> None:
    """CVAT would move it towards 0, 0 in the frames before."""
    label = Label("man", keypoints=("head", "hand"))
    points = [[[1.0, 2, 2], [3, 4, 2]], [[5.0, 6, 2], [0, 0, 0]]]
    key = [int(Flag.KEYFRAME)] * 2
    table = moving([0, 4], keypoints=points, kinds=[Kind.POINTS] * 2, flags=key)
    root, _ = written(table, tmp_path, (label,))
    second = root.findall("track")[0][1]
    assert [(p.get("points"), p.get("outside")) for p in second] == [("5,6", "0"), ("3,4", "1")]
    shown = dense(clip.clips(formats.read(tmp_path / "a.xml"))[0].table, "cvat")
    assert shown.keypoints is not None
    assert shown.keypoints[2].tolist() == [[3, 4, 2], [3, 4, 2]]


def test_polygons_of_several_parts_are_joined_and_told(tmp_path: Path) -> None:
    square = np.array([[0.0, 0], [4, 0], [4, 4], [0, 4]])
    rings = Rings.of([[[square], [square + 10]]])
    table = moving([0], rings=rings, kinds=[Kind.POLYGON])
    root, losses = written(table, tmp_path)
    assert "polygon of several parts or with holes, joined" in losses.by_kind
    points = root.findall("track")[0][0].get("points") or ""
    assert points.count(";") + 1 == 10


def test_texts_of_any_kind_come_back(tmp_path: Path) -> None:
    name, value = "a<b>&\"'ü", "line\none & <two>\r\t"
    table = moving([0], attributes=[{name: value}])
    formats.write(dataset(table, (Label(name),)), tmp_path / "a.xml", "cvat-video")
    back = formats.read(tmp_path / "a.xml")
    assert back.labels[0].name == name
    found = clip.clips(back)[0].table.attributes
    assert found is not None
    assert dict(found[0]) == {name: value}


def test_characters_that_xml_cannot_hold_are_told(tmp_path: Path) -> None:
    table = moving([0], attributes=[{"a": "b\x00c"}])
    losses = formats.write(dataset(table), tmp_path / "a.xml", "cvat-video")
    assert "character that XML cannot hold" in losses.by_kind
    found = clip.clips(formats.read(tmp_path / "a.xml"))[0].table.attributes
    assert found is not None
    assert dict(found[0]) == {"a": "b\ufffdc"}


def test_a_second_object_of_a_track_in_a_frame_is_told_and_stays(tmp_path: Path) -> None:
    table = Annotations.concat([moving([0, 1]), moving([1])])
    root, losses = written(table, tmp_path)
    assert [loss.count for loss in losses] == [1]
    assert [track.get("id") for track in root.findall("track")] == ["3", "-1"]


def test_one_file_takes_one_clip(tmp_path: Path) -> None:
    media = tuple(Media(f"{k}/a.mp4", SIZE, 1, 10.0) for k in range(2))
    found = [clip.ClipTracks(m, k, moving([0]), np.arange(1)) for k, m in enumerate(media)]
    whole = clip.dataset(found, Dataset.of([Label("x")], []))
    with pytest.raises(FormatError, match=r"a\.xml: 2 clips, one file takes one"):
        formats.write(whole, tmp_path / "a.xml", "cvat-video")
    assert not (tmp_path / "a.xml").exists()
    formats.write(whole, tmp_path / "set", "cvat-video")
    files = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.xml"))
    assert files == ["set/a-2/annotations.xml", "set/a/annotations.xml"]


def test_a_zip_has_the_file_that_cvat_looks_for(tmp_path: Path) -> None:
    formats.write(dataset(moving([0])), tmp_path / "a.zip", "cvat-video")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.namelist() == ["annotations.xml"]


SMOOTH = Wanted(kinds=(Kind.BOX, Kind.ROTATED), lone=False)


@FEW
@given(clip_strategies.datasets(SMOOTH), st.sampled_from([0.6, 0.8, 0.95]))
def test_what_cvat_shows_is_within_the_tolerance(tmp_path_factory, found, tolerance) -> None:
    path = tmp_path_factory.mktemp("cvat") / "set"
    VIDEO.write(found, path, CvatVideoOptions(keyframes=tolerance))
    guaranteed(found, formats.read(path, "cvat-video"), tolerance)


def guaranteed(wanted: Dataset, back: Dataset, tolerance: float, kind: str = "") -> int:
    """Every frame as CVAT interpolates it; how many rows stand in the file."""
    rows = 0
    for one, other in zip(clip.clips(wanted), clip.clips(back), strict=True):
        rows += len(other.table)
        shown, truth = dense(other.table, "cvat"), dense(one.table, "cvat")
        a, b = (t[np.lexsort((t.images, ids(t)))] for t in (shown, truth))
        np.testing.assert_array_equal(ids(a), ids(b))
        np.testing.assert_array_equal(a.images, b.images)
        np.testing.assert_array_equal(a.labels, b.labels)
        for chosen in (Kind.BOX, Kind.ROTATED, Kind.POLYGON):
            at = b.kinds == chosen
            if at.any():
                assert likeness(as_track(a[at]), as_track(b[at])).min() >= tolerance - 1e-9
    return rows


def ids(table: Annotations) -> np.ndarray:
    return np.zeros(len(table), int) if table.tracks is None else table.tracks


def as_track(rows: Annotations) -> Track:
    """Rows as a track, only to be compared one by one."""
    name = {Kind.ROTATED: "rotated", Kind.POLYGON: "rings"}.get(Kind(rows.kinds[0]))
    shape = {name: getattr(rows, name)} if name else {}
    return Track(np.arange(len(rows)), rows.boxes, **shape)


def test_polygons_are_within_the_tolerance_as_cvat_shows_them(tmp_path: Path) -> None:
    turn = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    circle = np.column_stack([np.cos(turn), np.sin(turn)])
    wobble = np.random.default_rng(1).normal(0, 0.15, (30, 1, 2))
    rings = [[[10 + 8 * circle + [k / 3, 0.1 * k] + wobble[k]]] for k in range(30)]
    table = moving(list(range(30)), rings=Rings.of(rings), kinds=[Kind.POLYGON] * 30)
    whole = dataset(table, frames=30)
    formats.write(whole, tmp_path / "a.xml", "cvat-video", {"keyframes": 0.85})
    rows = guaranteed(whole, formats.read(tmp_path / "a.xml"), 0.85)
    assert rows < 15


@pytest.mark.real
@pytest.mark.parametrize(("tolerance", "most"), [(0.9, 450), (0.8, 310), (0.7, 240)])
def test_real_tracks_of_people(real_data: Path, tmp_path: Path, tolerance, most) -> None:
    """The guarantee on 4,650 hand-made boxes: written, read, interpolated by CVAT's rule."""
    whole = formats.read(real_data / PETS, options={"frame_size": "360x270"})
    losses = formats.write(whole, tmp_path / "set", "cvat-video", {"keyframes": tolerance})
    assert {loss.what for loss in losses} <= {"category id"}  # of which CVAT knows none
    rows = guaranteed(whole, formats.read(tmp_path / "set"), tolerance)
    assert rows < most


def test_a_box_of_which_no_keypoint_is_labelled_stays_a_box(tmp_path: Path) -> None:
    """CVAT shows nothing of a skeleton whose points are all outside."""
    table = moving([0, 1], keypoints=np.array([[[5.0, 5, 2]], [[0, 0, 0]]]))
    written(table, tmp_path, (Label("x", keypoints=("nose",)),))
    found = formats.read(tmp_path / "a.xml").items
    rows = [(item.frame, row.kind) for item in found for row in item.annotations.rows()]
    assert rows[:2] == [(0, Kind.POINTS), (1, Kind.BOX)]
