"""CVAT's XML for video: what is read of it, and what is told of what cannot be."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import formats
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Dataset
from formats.errors import FormatError
from formats.tracks.clip import clips
from formats.tracks.dense import dense

Read = Callable[..., Dataset]
CONFORMANCE = "conformance/cvat-datumaro/cvat_dataset"
META = """<meta><task><size>20</size><mode>interpolation</mode><start_frame>0</start_frame>
<stop_frame>19</stop_frame><labels>
<label><name>car</name><attributes>
<attribute><name>parked</name><mutable>True</mutable><input_type>checkbox</input_type></attribute>
<attribute><name>doors</name><mutable>False</mutable><input_type>number</input_type></attribute>
<attribute><name>plate</name><input_type>text</input_type></attribute>
</attributes></label>
<label><name>man</name><type>skeleton</type>
<svg>&lt;line data-node-from="7" data-node-to="9"&gt;&lt;/line&gt;
&lt;circle data-node-id="7" data-label-name="head"&gt;&lt;/circle&gt;
&lt;circle data-node-id="9" data-label-name="hand"&gt;&lt;/circle&gt;</svg></label>
<label><name>hand</name><parent>man</parent></label>
<label><name>head</name><parent>man</parent></label>
</labels><original_size><width>64</width><height>48</height></original_size></task>
<source>street.mp4</source></meta>"""


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def run(body: str, meta: str = META, **options: Any) -> Dataset:
        path = tmp_path / "annotations.xml"
        path.write_text(f"<annotations>{meta}\n{body}</annotations>", encoding="utf-8")
        return formats.read(path, "cvat-video", options)

    return run


def box(frame: int, x: float = 0.0, more: str = "", inside: str = "") -> str:
    shape = f'xtl="{x}" ytl="1" xbr="{x + 9}" ybr="8"'
    return (
        f'<box frame="{frame}" keyframe="1" outside="0" occluded="0" {shape} {more}>{inside}</box>'
    )


def gone(frame: int) -> str:
    return box(frame).replace('outside="0"', 'outside="1"')


def between(frame: int) -> str:
    return box(frame).replace('keyframe="1"', 'keyframe="0"')


def track(*shapes: str, more: str = 'id="0" label="car"') -> str:
    return f"<track {more}>{''.join(shapes)}</track>"


def rows(dataset: Dataset) -> list[tuple[int, int, Flag]]:
    """(frame, track, flags) of every row."""
    table = clips(dataset)[0].table
    flags = [0] * len(table) if table.flags is None else table.flags.tolist()
    tracks = [-1] * len(table) if table.tracks is None else table.tracks.tolist()
    return list(zip(table.images.tolist(), tracks, map(Flag, flags), strict=True))


def only(dataset: Dataset) -> Annotations:
    return clips(dataset)[0].table


KEY, GONE, ON = Flag.KEYFRAME, Flag.KEYFRAME | Flag.OUTSIDE, Flag.KEYFRAME | Flag.INTERPOLATED


def test_the_clip_and_its_frames(read: Read) -> None:
    dataset = read(track(box(2), gone(5)))
    (media,) = dataset.media
    assert (media.path, media.size, media.frames, media.rate) == ("street.mp4", (64, 48), 20, 0.0)
    items = list(dataset.items)
    assert [item.frame for item in items] == list(range(20))
    assert items[3].path == "street.mp4#3"
    assert items[3].annotations is not None
    assert dataset.extra["interpolation"] == "cvat"


GOLDEN = Path(__file__).parents[1] / "golden" / "cvat-video"


def test_a_task_as_cvat_exports_it() -> None:
    """A track that is hidden, leaves and comes back; frames between keyframes stand in the file."""
    found = formats.read(GOLDEN)
    assert [label.name for label in found.labels] == ["car", "lane"]
    assert not found.losses
    (media,) = found.media
    assert (media.path, media.size, media.frames) == ("street.mp4", (64, 48), 6)
    (track,) = clips(found)
    shown = dense(track.table)
    rows = [
        (frame, label, box[0], bool(hidden))
        for frame, label, box, hidden in zip(
            shown.images, shown.labels, shown.boxes, shown.flagged(Flag.OCCLUDED), strict=True
        )
    ]
    assert rows == [
        (0, 0, 2, False),
        (1, 0, 4, False),
        (2, 0, 6, True),
        (4, 1, 1, False),
        (5, 0, 20, False),
        (5, 1, 1, False),
    ]
    assert shown.attributes is not None
    assert [dict(cell) for cell in shown.attributes[:3]] == [
        {"parked": True},
        {"parked": True},
        {"parked": False},
    ]


def test_a_task_comes_back_as_it_was(tmp_path: Path) -> None:
    formats.convert(GOLDEN, tmp_path / "again.xml", "cvat-video")
    before, after = (formats.read(path) for path in (GOLDEN, tmp_path / "again.xml"))
    (one,), (two,) = clips(before), clips(after)
    for name, column in dense(one.table).columns().items():
        if name not in ("rings", "attributes", "extra", "sources"):
            np.testing.assert_array_equal(getattr(dense(two.table), name), column, err_msg=name)


def test_options_tell_what_the_file_does_not(read: Read) -> None:
    options = {"framerate": 5, "clip": "b/c.webm", "frames": 25, "frame_size": "640x480"}
    dataset = read(track(box(2), gone(5)), **options)
    (media,) = dataset.media
    assert (media.path, media.size, media.frames) == ("b/c.webm", (640, 480), 25)
    assert next(iter(dataset.items)).time == 0.0
    assert [item.time for item in dataset.items][5] == pytest.approx(1.0)


def test_a_track_runs_on_to_the_end_of_its_task(read: Read) -> None:
    """What CVAT shows; a row that is KEYFRAME and INTERPOLATED makes it explicit."""
    dataset = read(track(box(2), box(4, 6.0)))
    assert rows(dataset) == [(2, 0, KEY), (4, 0, KEY), (19, 0, ON)]
    shown = dense(only(dataset), "cvat")
    assert shown.images.tolist() == list(range(2, 20))
    assert shown.boxes[:, 0].tolist() == [0.0, 3.0] + [6.0] * 16


def test_frames_between_keyframes_tell_where_a_track_ends(read: Read) -> None:
    dataset = read(track(box(2), between(3), box(4), between(5), between(6)))
    assert rows(dataset) == [(2, 0, KEY), (4, 0, KEY), (6, 0, ON)]


def test_outside_that_only_ends_a_track_is_no_row(read: Read) -> None:
    assert rows(read(track(box(2), gone(3)))) == [(2, 0, KEY)]
    assert rows(read(track(box(2), gone(5)))) == [(2, 0, KEY), (5, 0, GONE)]
    again = read(track(box(2), gone(3), box(8), gone(9)))
    assert rows(again) == [(2, 0, KEY), (3, 0, GONE), (8, 0, KEY)]


def test_a_step_counts_frames_of_the_clip(read: Read) -> None:
    meta = META.replace("<stop_frame>19", "<frame_filter>step=3</frame_filter><stop_frame>19")
    meta = meta.replace("<start_frame>0", "<start_frame>10")
    dataset = read(track(box(10), gone(13)), meta)
    assert [item.frame for item in dataset.items] == [10, 13, 16, 19]
    assert rows(dataset) == [(10, 0, KEY)]


def test_a_track_without_keyframes_is_dense(read: Read) -> None:
    dataset = read(track(between(2), between(4)))
    assert rows(dataset) == [(2, 0, Flag(0)), (4, 0, Flag(0))]


def test_attributes_have_the_type_of_their_class(read: Read) -> None:
    told = "".join(
        f'<attribute name="{name}">{value}</attribute>'
        for name, value in [("parked", "true"), ("doors", "4"), ("plate", "true"), ("odd", "4")]
    )
    table = only(read(track(box(2, inside=told), gone(3))))
    assert table.attributes is not None
    assert dict(table.attributes[0]) == {"parked": True, "doors": 4, "plate": "true", "odd": "4"}


def test_what_a_track_says_beside_its_shapes(read: Read) -> None:
    more = 'id="7" label="car" source="auto" group_id="3"'
    dataset = read(track(box(2, more='z_order="-2"'), gone(3), more=more))
    row = only(dataset).row(0)
    assert (row.track, row.group, dict(row.extra)) == (7, 3, {"z_order": -2})
    assert (dataset.sources[row.source].kind, dataset.sources[row.source].name) == ("model", "auto")


SHAPES = {
    Kind.BOX: '<box xtl="1" ytl="2" xbr="11" ybr="8" FRAME/>',
    Kind.ROTATED: '<box xtl="1" ytl="2" xbr="11" ybr="8" rotation="90" FRAME/>',
    Kind.ELLIPSE: '<ellipse cx="6" cy="5" rx="5" ry="3" FRAME/>',
    Kind.POLYGON: '<polygon points="1,2;11,2;11,8" FRAME/>',
    Kind.LINE: '<polyline points="1,2;11,8" FRAME/>',
    Kind.POINTS: '<points points="1,2;11,8" FRAME/>',
    Kind.MASK: '<mask rle="1, 2, 3" left="1" top="2" width="3" height="2" FRAME/>',
}
OTHER_BOUNDS = {Kind.ROTATED: (3, 0, 9, 10), Kind.MASK: (2, 2, 4, 3)}


@pytest.mark.parametrize("kind", SHAPES)
def test_every_shape(read: Read, kind: Kind) -> None:
    frame = 'frame="3" keyframe="1" outside="0" occluded="1"'
    table = only(read(track(SHAPES[kind].replace("FRAME", frame), gone(4))))
    row = table.row(0)
    assert (row.kind, row.image, Flag(row.flags)) == (kind, 3, KEY | Flag.OCCLUDED)
    wanted = OTHER_BOUNDS.get(kind, (1, 2, 11, 8))
    np.testing.assert_allclose(row.box, wanted, atol=1e-9)


def test_a_mask_is_read_row_by_row(read: Read) -> None:
    from geometry import masks

    shape = SHAPES[Kind.MASK].replace("FRAME", 'frame="3" keyframe="1" outside="0"')
    mask = only(read(track(shape, gone(4)))).row(0).mask
    assert mask is not None
    assert mask.size == (64, 48)
    assert np.argwhere(masks.decode(mask)).tolist() == [[2, 2], [2, 3]]


def test_a_mask_that_reaches_beyond_the_frame_is_cut_and_counted_where_it_is_there(
    read: Read,
) -> None:
    mask = '<mask frame="{}" outside="{}" rle="0,4" left="63" top="1" width="2" height="2"/>'
    dataset = read(track(mask.format(3, 0), mask.format(4, 1)))
    assert only(dataset).row(0).box.tolist() == [63, 1, 64, 3]
    assert [(loss.what, loss.count) for loss in dataset.losses] == [("mask cut at the border", 1)]


def test_a_track_that_is_turned_by_nothing_is_one_of_plain_boxes(read: Read) -> None:
    table = only(read(track(box(2, more='rotation="0.0"'), gone(5))))
    assert set(table.kinds.tolist()) == {Kind.BOX}


def test_boxes_of_a_track_that_turns_are_turned_by_nothing(read: Read) -> None:
    table = only(read(track(box(2), box(4, more='rotation="20"'), gone(5))))
    assert table.kinds.tolist() == [Kind.ROTATED, Kind.ROTATED]
    assert table.rotated is not None
    assert np.degrees(table.rotated[:, 4]) == pytest.approx([0, 20])


def point(label: str, keyframe: int, x: float, gone: int = 0, hidden: int = 0) -> str:
    flags = f'keyframe="{keyframe}" outside="{gone}" occluded="{hidden}"'
    return f'<points label="{label}" {flags} points="{x},5"/>'


def skeleton(frame: int, *inside: str, keyframe: int = 1) -> str:
    return f'<skeleton frame="{frame}" keyframe="{keyframe}">{"".join(inside)}</skeleton>'


def test_points_of_a_skeleton_have_keyframes_of_their_own(read: Read) -> None:
    body = track(
        skeleton(0, point("head", 1, 0), point("hand", 1, 0)),
        skeleton(2, point("head", 1, 4, hidden=1), point("hand", 0, 4), keyframe=0),
        skeleton(4, point("head", 0, 4), point("hand", 1, 8), keyframe=0),
        skeleton(6, point("head", 1, 4, gone=1), point("hand", 1, 8), keyframe=0),
        skeleton(8, point("head", 1, 4, gone=1), point("hand", 1, 8, gone=1), keyframe=0),
        more='id="0" label="man"',
    )
    dataset = read(body)
    label = dataset.labels[1]
    assert (label.name, label.keypoints, label.bones) == ("man", ("hand", "head"), ((1, 0),))
    table = only(dataset)
    assert rows(dataset) == [(0, 0, KEY), (2, 0, KEY), (4, 0, KEY), (6, 0, KEY), (8, 0, GONE)]
    assert table.keypoints is not None
    hand, head = table.keypoints[:, 0], table.keypoints[:, 1]
    assert hand[:, 0].tolist() == [0, 4, 8, 8, 8]
    assert head[:, 0].tolist() == [0, 4, 4, 4, 4]
    assert hand[:, 2].tolist() == [2, 2, 2, 2, 0]
    assert head[:, 2].tolist() == [2, 1, 1, 0, 0]


def test_parts_of_one_id_are_one_track(read: Read) -> None:
    other = track(box(5), gone(6), more='id="0" label="bus"')
    dataset = read(track(box(2), gone(4)) + other)
    assert rows(dataset) == [(2, 0, KEY), (4, 0, GONE), (5, 0, KEY)]
    assert only(dataset).labels.tolist() == [0, 0, 2]
    assert [label.name for label in dataset.labels] == ["car", "man", "bus"]


def test_an_id_that_two_objects_have_is_told(read: Read) -> None:
    dataset = read(track(box(2), gone(3)) * 2 + track(box(2), gone(3), more='label="car"'))
    assert [track for _, track, _ in rows(dataset)] == [0, 1, 2]
    (odd,) = dataset.losses.warnings.values()
    assert odd.count == 1


def test_a_row_of_no_track(read: Read) -> None:
    dataset = read(track(box(2), gone(3), more='id="-1" label="car"'))
    assert rows(dataset) == [(2, -1, Flag(0))]


HEAD = 'frame="2" keyframe="1" outside="0"'
SIDES = 'xtl="0" ytl="0" xbr="1" ybr="1"'
WINDOW = 'left="0" top="0" width="2" height="2"'
WRONG = {
    f'<box {HEAD} xtl="a" ytl="0" xbr="1" ybr="1"/>': "xtl of a <box> is 'a'",
    f'<box {HEAD} xtl="0" ytl="0" xbr="1"/>': "ybr of a <box> is missing",
    f'<box frame="x" keyframe="1" outside="0" {SIDES}/>': "frame of a <box>",
    f'<box frame="9000000000" keyframe="1" outside="0" {SIDES}/>': "frame 9000000000",
    f'<box frame="-1" keyframe="1" outside="0" {SIDES}/>': "frame -1",
    f'<box frame="2" keyframe="1" outside="no" {SIDES}/>': "outside of a <box>",
    f'<polygon {HEAD} points="1,2;3,4"/>': "2 points, expected 3",
    f'<polygon {HEAD} points="1,2;3"/>': "pairs x,y;x,y",
    f'<polygon {HEAD} points="1,nan;3,4;5,6"/>': "pairs x,y;x,y",
    f"<polygon {HEAD}/>": "points of a <polygon> is missing",
    f'<mask {HEAD} rle="1, 2" {WINDOW}/>': "3 pixels in a window of 2 x 2",
    f'<mask {HEAD} rle="a" {WINDOW}/>': "rle of a <mask> is 'a'",
    f'<points {HEAD} points="1,2" z_order="top"/>': "z_order",
}


@pytest.mark.parametrize("shape", WRONG)
def test_a_shape_that_cannot_be_read_is_counted_with_its_line(read: Read, shape: str) -> None:
    dataset = read(track(f"\n\n{shape}", box(4), gone(5)))
    assert rows(dataset) == [(4, 0, KEY)]
    (loss,) = dataset.losses
    assert loss.count == 1
    line = META.count("\n") + 4
    assert f"annotations.xml:{line}: " in loss.example
    assert WRONG[shape] in loss.example


def test_tracks_that_say_nothing_are_counted(read: Read) -> None:
    body = track(more='id="1" label="car"') + track(box(1), more='id="2"')
    dataset = read(body + track("<cuboid/>", box(3), gone(4)))
    assert sorted(loss.what for loss in dataset.losses) == [
        "<cuboid> of a track",
        "track without a class",
        "track without a shape",
    ]


BROKEN = {
    "<annotations><track></annotations>": r":1: not XML",
    "<label/>": r":1: the root element is <label>",
    '<annotations>\n<image id="0" name="a.jpg"/></annotations>': r":2: a file of CVAT for images",
    '<!DOCTYPE a [<!ENTITY b "c">]><annotations>&b;</annotations>': r":1: document types",
    f"<annotations>{'<track>' * 60}{'</track>' * 60}</annotations>": r":1: more than 50 elements",
    "": r"not XML",
}


@pytest.mark.parametrize("text", BROKEN)
def test_what_is_no_file_of_cvat_is_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.xml"
    path.write_text(text)
    with pytest.raises(FormatError, match=BROKEN[text]) as caught:
        formats.read(path, "cvat-video")
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_a_zip_and_a_folder_of_several(tmp_path: Path) -> None:
    text = f"<annotations>{META}{track(box(2), gone(3))}</annotations>"
    (tmp_path / "b").mkdir()
    (tmp_path / "b/annotations.xml").write_text(text)
    (tmp_path / "a").mkdir()
    (tmp_path / "a/annotations.xml").write_text(text.replace("street", "road"))
    dataset = formats.read(tmp_path)
    assert [media.path for media in dataset.media] == ["road.mp4", "street.mp4"]
    assert [len(one.table) for one in clips(dataset)] == [1, 1]
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("annotations.xml", text)
        archive.writestr("images/frame_000000.PNG", b"")
    assert [media.path for media in formats.read(tmp_path / "c.zip").media] == ["street.mp4"]


def test_files_that_declare_a_class_otherwise(tmp_path: Path) -> None:
    told = '<attribute name="parked">true</attribute>'
    text = f"<annotations>{META}{track(box(2, inside=told), gone(3))}</annotations>"
    (tmp_path / "a.xml").write_text(text)
    (tmp_path / "b.xml").write_text(text.replace("checkbox", "text").replace("doors", "seats"))
    dataset = formats.read(tmp_path)
    found = [one.table.attributes for one in clips(dataset)]
    assert [dict(rows[0]) for rows in found if rows is not None] == [
        {"parked": True},
        {"parked": "true"},
    ]
    assert sorted(dataset.labels[0].attributes) == ["doors", "parked", "plate", "seats"]


def test_a_zip_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "c.zip").write_bytes(b"PK no")
    with pytest.raises(FormatError, match=r"c\.zip: cannot read"):
        formats.read(tmp_path / "c.zip", "cvat-video")
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        archive.writestr("labels.txt", "")
    with pytest.raises(FormatError, match=r"d\.zip: no XML file"):
        formats.read(tmp_path / "d.zip", "cvat-video")


def test_tasks_of_a_project_are_clips(read: Read) -> None:
    task = "<task><id>{0}</id><name>{0}.mp4</name><size>4</size><subset>{1}</subset></task>"
    tasks = task.format(5, "Train") + task.format(8, "Validation")
    labels = "<labels><label><name>car</name></label></labels>"
    meta = f"<meta><project><tasks>{tasks}</tasks>{labels}</project></meta>"
    first = track(box(1), gone(2), more='id="0" label="car" task_id="8"')
    dataset = read(first + track(box(3), more='id="1" label="car" task_id="5"'), meta)
    one, other = clips(dataset)
    assert (one.media.path, one.table.images.tolist()) == ("5.mp4", [3])
    assert (other.media.path, other.table.images.tolist()) == ("8.mp4", [1])
    assert one.media.frames == other.media.frames == 4


@pytest.mark.parametrize("number", ["9" * 30, "-5", "many", "999999999"])
def test_a_head_that_is_out_of_all_proportion(read: Read, number: str) -> None:
    meta = META.replace("<stop_frame>19", f"<stop_frame>{number}").replace(">20<", f">{number}<")
    dataset = read(track(box(2), gone(3)), meta.replace("<labels>", "<size>1</size><labels>", 1))
    assert 1 <= dataset.media[0].frames <= 2_000_000


def test_a_file_without_a_head(read: Read) -> None:
    dataset = read(track(box(2), box(5), more='label="car"'), "")
    assert rows(dataset) == [(2, 0, KEY), (5, 0, KEY)]
    assert dataset.media[0].path == "annotations"
    assert dataset.media[0].frames == 6


@pytest.mark.real
def test_datumaros_file(real_data: Path) -> None:
    folder = real_data / CONFORMANCE
    assert formats.sniff(folder / "for_video") == "cvat-video"
    dataset = formats.read(folder / "for_video/annotations.xml")
    assert not dataset.losses
    assert [label.name for label in dataset.labels] == ["klhg", "z U k", "II", "skeleton"]
    assert dataset.labels[3].bones == ((2, 1), (0, 3))
    (one,) = clips(dataset)
    assert (one.media.path, one.media.size, one.media.frames) == ("t.mp4", (25, 20), 20)
    assert one.looked.tolist() == [10, 13, 16, 19]
    present = one.table[~one.table.flagged(Flag.OUTSIDE)]
    found = sorted(zip(present.images.tolist(), present.labels.tolist(), strict=True))
    assert found == [(10, 0), (10, 2), (10, 3), (13, 2), (13, 3), (16, 3)]
    assert formats.sniff(folder / "for_images/train.xml") == "cvat"
