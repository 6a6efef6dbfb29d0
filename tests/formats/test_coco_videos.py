"""Clips in COCO's files, in the manner of COCO-VID."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import formats
from formats.annotations import Annotations
from formats.columns import Flag
from formats.dataset import Dataset, Label, Media
from formats.tracks.clip import ClipTracks, clips, dataset

Saved = Callable[[Any], Path]


def document(first: int = 0, track: str = "instance_id", **video: Any) -> dict[str, Any]:
    """Two frames of a clip and a picture beside it."""
    images = [
        {"id": k + 1, "file_name": f"a/{k}.jpg", "width": 64, "height": 48}
        | {"video_id": 9, "frame_id": first + k}
        for k in range(2)
    ]
    images.append({"id": 5, "file_name": "still.jpg", "width": 8, "height": 6})
    rows = [
        {"id": k, "image_id": image, "category_id": 1, "bbox": [1, 2, 3, 4], "iscrowd": 0}
        for k, image in ((1, 1), (2, 2), (3, 5))
    ]
    rows[0][track] = rows[1][track] = 4
    return {
        "videos": [{"id": 9, "name": "a.mp4", "width": 64, "height": 48, **video}],
        "images": images,
        "annotations": rows,
        "categories": [{"id": 1, "name": "car"}],
    }


def test_frames_of_videos(saved: Saved) -> None:
    found = formats.read(saved(document(length=2, fps=25)), "coco")
    assert found.media == (Media("a.mp4", (64, 48), 2, 25.0),)
    items = list(found.items)
    assert [(item.media, item.frame, item.time) for item in items] == [
        (0, 0, 0.0),
        (0, 1, 0.04),
        (None, None, None),
    ]
    assert [dict(item.extra) for item in items] == [{}, {}, {}]
    (one,) = clips(found)
    assert one.table.tracks is not None
    assert one.table.tracks.tolist() == [4, 4]


@pytest.mark.parametrize("track", ["track_id", "instance_id"])
def test_both_names_of_a_track(saved: Saved, track: str) -> None:
    (one,) = clips(formats.read(saved(document(track=track)), "coco"))
    assert one.table.tracks is not None
    assert one.table.tracks.tolist() == [4, 4]


def test_frames_counted_from_1_are_known_by_the_last(saved: Saved, back: Any) -> None:
    source = document(first=1, length=2)
    found = formats.read(saved(source), "coco")
    assert [item.frame for item in found.items] == [0, 1, None]
    assert found.media[0].first_number == 1
    again = back(source)
    assert [image.get("frame_id") for image in again["images"]] == [1, 2, None]


def test_coco_to_coco_keeps_videos_as_they_stand(back: Any) -> None:
    source = document(length=2, fps=25, weather="rain")
    again = back(source)
    assert again["videos"] == source["videos"]
    assert again["images"] == source["images"]
    assert [row.get("track_id") for row in again["annotations"]] == [4, 4, None]
    assert [row.get("instance_id") for row in again["annotations"]] == [4, 4, None]


def test_without_videos_the_keys_are_only_carried(saved: Saved, back: Any) -> None:
    source = document()
    del source["videos"]
    found = formats.read(saved(source), "coco")
    assert found.media == ()
    items = list(found.items)
    assert dict(items[1].extra) == {"video_id": 9, "frame_id": 1}
    assert items[0].annotations is not None
    assert items[0].annotations.tracks is None
    again = back(source)
    assert again["images"] == source["images"]
    assert [row.get("instance_id") for row in again["annotations"]] == [4, 4, None]


ODD = [[{"name": "a"}], [{"id": "x"}], [{"id": 1}, {"id": 1}], ["a"], {"id": 1}, [], "no"]


@pytest.mark.parametrize("videos", ODD)
def test_a_list_of_videos_that_cannot_be_used_is_carried(back: Any, videos: Any) -> None:
    source = document() | {"videos": videos}
    again = back(source)
    assert again["videos"] == videos
    assert again["images"] == source["images"]


@pytest.mark.parametrize("keys", [{"frame_id": "1"}, {"video_id": 8}, {"frame_id": -3}])
def test_a_frame_that_cannot_be_placed_is_a_picture(back: Any, keys: dict[str, Any]) -> None:
    source = document(length=9)
    source["images"][0] |= keys
    assert back(source)["images"] == source["images"]


def test_videos_of_several_files_have_ids_of_their_own(tmp_path: Path) -> None:
    for split in ("train", "val"):
        path = tmp_path / f"set/annotations/instances_{split}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(document(length=2)).replace("a/", f"{split}/").replace("still", split)
        path.write_text(text.replace("a.mp4", f"{split}.mp4"))
    found = formats.read(tmp_path / "set")
    assert [media.path for media in found.media] == ["train.mp4", "val.mp4"]
    assert [item.media for item in found.items] == [0, 0, None, 1, 1, None]
    formats.write(found, tmp_path / "out", "coco")
    files = sorted((tmp_path / "out/annotations").glob("*.json"))
    told = [json.loads(path.read_text()) for path in files]
    assert [[video["name"] for video in one["videos"]] for one in told] == [
        ["train.mp4"],
        ["val.mp4"],
    ]
    ids = {video["id"] for one in told for video in one["videos"]}
    assert len(ids) == 2
    again = formats.read(tmp_path / "out")
    assert [(item.media, item.frame) for item in again.items] == [
        (item.media, item.frame) for item in found.items
    ]


def test_tracks_of_keyframes_get_a_row_in_every_frame(tmp_path: Path) -> None:
    key = int(Flag.KEYFRAME)
    boxes = [[0.0, 0, 10, 10], [6, 0, 16, 10]]
    table = Annotations.of(2, images=[0, 3], boxes=boxes, tracks=[0, 0], flags=[key, key])
    media = Media("a.mp4", (64, 48), 5, 25.0, (0.0, 0.1, 0.2, 0.5, 0.6))
    one = ClipTracks(media, 0, table, np.arange(5))
    found = dataset([one], Dataset.of([Label("x")], []))
    losses = formats.write(found, tmp_path / "a.json", "coco")
    assert not losses
    told = json.loads((tmp_path / "a.json").read_text())
    assert [row["bbox"][0] for row in told["annotations"]] == [0, 2, 4, 6]
    assert [row.get("interpolated") for row in told["annotations"]] == [None, 1, 1, None]
    assert not any("keyframe" in row for row in told["annotations"])
    assert told["videos"][0]["times"] == [0.0, 0.1, 0.2, 0.5, 0.6]
    assert [image["frame_id"] for image in told["images"]] == [0, 1, 2, 3, 4]
    assert formats.read(tmp_path / "a.json").media == found.media
