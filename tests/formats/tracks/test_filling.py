from dataclasses import replace

import numpy as np
import pytest

from formats.annotations import Annotations
from formats.columns import Flag
from formats.dataset import Dataset, Item, Label, Media
from formats.errors import FormatError
from formats.losses import Losses
from formats.tracks import naming, sequence
from formats.tracks.clip import ClipTracks, clips, dataset
from formats.tracks.filling import KEY, densified, rule_of
from formats.tracks.options import ClipOptions, named

MEDIA = Media("a.mp4", (64, 48), 9, 5.0)


def turning(extra):
    """A box that turns by half a turn, which CVAT shows as a jump."""
    key = int(Flag.KEYFRAME)
    rotated = [[20.0, 20, 8, 4, 0], [20, 20, 8, 4, np.pi]]
    boxes = [[16.0, 18, 24, 22]] * 2
    columns = {"images": [0, 4], "flags": [key, key], "tracks": [1, 1], "kinds": [1, 1]}
    table = Annotations.of(2, boxes=boxes, rotated=rotated, **columns)
    return dataset(
        [ClipTracks(MEDIA, 0, table, np.arange(9))], Dataset.of([Label("x")], [], extra=extra)
    )


def test_tracks_are_filled_in_by_the_rule_of_their_source():
    angles = {}
    for rule in ("linear", "cvat"):
        (one,) = clips(densified(turning({KEY: rule})))
        assert one.table.images.tolist() == [0, 1, 2, 3, 4]
        angles[rule] = np.degrees(one.table.rotated[2, 4])
    assert angles["linear"] == pytest.approx(90)
    assert abs(angles["cvat"]) < 1


def test_the_rule_is_linear_where_none_is_told():
    assert rule_of(turning({})) == rule_of(turning({KEY: 3})) == "linear"
    assert rule_of(turning({KEY: "cvat"})) == "cvat"


def test_a_data_set_without_clips_is_as_it_was():
    found = Dataset.of([Label("x")], [Item("a.jpg")])
    assert densified(found) is found


def test_items_stay_in_their_order_and_new_frames_come_last():
    whole = turning({})
    frames = {item.frame: item for item in whole.items}
    items = [frames[4], Item("still.jpg"), frames[0], frames[2]]
    found = densified(Dataset.of(whole.labels, items, media=whole.media))
    assert [item.frame for item in found.items] == [4, None, 0, 2, 1, 3]
    assert [item.frame for item in found.items] == [4, None, 0, 2, 1, 3]
    assert all(len(item.annotations) == 1 for item in found.items if item.frame is not None)


def test_new_frames_are_in_the_split_of_those_around_them():
    whole = turning({})
    frames = {item.frame: item for item in whole.items}
    items = [replace(frames[k], split=split) for k, split in ((0, "train"), (2, "val"), (4, "val"))]
    found = densified(Dataset.of(whole.labels, items, media=whole.media))
    told = {item.frame: item.split for item in found.items}
    assert told == dict(enumerate(["train", "train", "val", "val", "val"]))


def test_pictures_of_a_folder_are_frames_in_their_order():
    items = [Item(path, (8, 6), Annotations.empty(), split=split) for path, split in PICTURES]
    found = sequence.of_stills(Dataset.of([Label("x")], items), Losses())
    assert [(m.path, m.frames, m.size) for m in found.media] == [
        ("train/s", 2, (8, 6)),
        ("s", 1, (8, 6)),
        ("pictures", 1, (8, 6)),
    ]
    assert [(item.media, item.frame) for item in found.items] == [(0, 0), (1, 0), (0, 1), (2, 0)]


PICTURES = [("s/b.jpg", "train"), ("s/c.jpg", ""), ("s/a.jpg", "train"), ("d.jpg", "")]


def test_annotators_of_a_picture_share_its_frame():
    items = [Item(p, annotator=who) for p in ("a.jpg", "b.jpg") for who in ("p", "q")]
    found = sequence.of_stills(Dataset.of([], items), Losses())
    assert [item.frame for item in found.items] == [0, 0, 1, 1]


def test_pictures_beside_clips_are_counted():
    losses = Losses()
    both = Dataset.of([], [Item("a.jpg"), Item("a.mp4#0", media=0, frame=0)], media=(MEDIA,))
    assert sequence.of_stills(both, losses) is both
    assert [loss.count for loss in losses] == [1]


def test_clips_of_one_name_have_folders_of_their_own():
    assert naming.unique(["x/a.mp4", "y/a.webm", "b", "a-2.mp4", ".."]) == [
        "a",
        "a-2",
        "b",
        "a-2-2",
        "clip",
    ]


def test_what_is_stated_of_a_clip():
    options = ClipOptions(clip="b.mp4", framerate=10, frames=12, frame_size="32 x 16")
    assert named(MEDIA, options) == Media("b.mp4", (32, 16), 12, 10.0)
    assert named(MEDIA, ClipOptions()) == MEDIA
    with pytest.raises(FormatError, match="frame_size is 'big', expected WIDTHxHEIGHT"):
        named(MEDIA, ClipOptions(frame_size="big"))
