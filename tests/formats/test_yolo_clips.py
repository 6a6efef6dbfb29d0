"""Frames of clips as YOLO sets: pictures by their number, tracks beside the labels."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import formats
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Dataset, Item, Label, Media
from formats.errors import FormatError
from formats.tracks.clip import ClipTracks, clips, dataset

SIZE = (64, 48)


def clip_set(flags: int = 0, **columns: object) -> Dataset:
    boxes = [[8.0, 8, 16, 16], [20, 8, 28, 16]]
    given = {"images": [0, 3], "boxes": boxes, "tracks": [7, 7], "flags": [flags] * 2}
    table = Annotations.of(2, **{**given, **columns})
    media = [Media("x/a.mp4", SIZE, 5, 25.0), Media("y/a.mp4", SIZE, 1, 25.0)]
    found = [
        ClipTracks(media[0], 0, table, np.array([0, 1, 2, 3])),
        ClipTracks(media[1], 1, table[:1], np.array([0])),
    ]
    return dataset(found, Dataset.of([Label("car")], []))


def test_frames_are_pictures_in_a_folder_of_their_clip(tmp_path: Path) -> None:
    formats.write(clip_set(), tmp_path / "set", "yolo")
    labels = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("0*.txt"))
    frames = ["a-2/000000", *(f"a/00000{k}" for k in range(4))]
    assert labels == [f"set/labels/{frame}.txt" for frame in frames]
    told = json.loads((tmp_path / "set/clips.json").read_text())["clips"]
    assert [one["path"] for one in told] == ["x/a.mp4", "y/a.mp4"]
    assert told[0]["pictures"]["images/a/000003.jpg"] == 3


def test_clips_come_back(tmp_path: Path) -> None:
    formats.write(clip_set(), tmp_path / "set", "yolo")
    found = formats.read(tmp_path / "set")
    one, other = clips(found)
    assert (one.media, other.media) == clip_set().media
    assert one.looked.tolist() == [0, 1, 2, 3]
    assert one.table.images.tolist() == [0, 3]
    assert one.table.tracks is not None
    assert one.table.tracks.tolist() == [7, 7]
    assert one.items[3].path == "images/a/000003.jpg"
    assert one.items[3].time == 0.12


def test_tracks_of_keyframes_get_a_row_in_every_frame(tmp_path: Path) -> None:
    losses = formats.write(clip_set(int(Flag.KEYFRAME)), tmp_path / "set", "yolo")
    assert not losses
    (one, _) = clips(formats.read(tmp_path / "set"))
    assert one.table.images.tolist() == [0, 1, 2, 3]
    np.testing.assert_allclose(one.table.boxes[:, 0], [8, 12, 16, 20], atol=0.01)


@pytest.mark.parametrize(
    ("name", "kind", "columns"),
    [
        ("yolo-obb", Kind.ROTATED, {"rotated": [[12, 12, 8, 8, 0.3], [24, 12, 8, 8, 0.3]]}),
        ("yolo-pose", Kind.BOX, {"keypoints": [[[9, 9, 2]], [[21, 9, 2]]]}),
    ],
)
def test_other_tasks(name: str, kind: Kind, columns: dict, tmp_path: Path) -> None:
    found = clip_set(kinds=[kind] * 2, **columns)
    formats.write(found, tmp_path / "set", name)
    one, _ = clips(formats.read(tmp_path / "set", name))
    assert one.table.images.tolist() == [0, 3]
    assert one.table.tracks is not None
    assert one.table.tracks.tolist() == [7, 7]


def test_frames_that_are_picture_files_keep_their_names(tmp_path: Path) -> None:
    rows = Annotations.of(1, boxes=[[8.0, 8, 16, 16]], tracks=[1])
    items = [Item(f"seq/f{k}.png", SIZE, rows, media=0, frame=k) for k in range(2)]
    found = Dataset.of([Label("car")], items, media=(Media("seq", SIZE, 2, 5.0),))
    formats.write(found, tmp_path / "set", "yolo", {"images": "none"})
    back = formats.read(tmp_path / "set")
    assert [item.path for item in back.items] == ["images/seq/f0.png", "images/seq/f1.png"]
    assert [item.frame for item in back.items] == [0, 1]


def test_a_set_of_pictures_has_no_such_file(tmp_path: Path) -> None:
    item = Item("a.jpg", SIZE, Annotations.of(1, boxes=[[8.0, 8, 16, 16]]))
    formats.write(Dataset.of([Label("car")], [item]), tmp_path / "set", "yolo")
    assert not (tmp_path / "set/clips.json").exists()
    assert formats.read(tmp_path / "set").media == ()


def test_a_broken_file_of_clips_is_named(tmp_path: Path) -> None:
    formats.write(clip_set(), tmp_path / "set", "yolo")
    (tmp_path / "set/clips.json").write_text('{"clips": [{}]}')
    with pytest.raises(FormatError, match=r"clips\.json: not a file of clips"):
        formats.read(tmp_path / "set", "yolo")
