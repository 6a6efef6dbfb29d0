"""MOTS: what is read of its text files and pictures, and what is written."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco

import formats
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Dataset, Item, Label, Media
from formats.errors import FormatError
from formats.losses import Losses
from formats.tracks.clip import ClipTracks, clips, dataset
from geometry import masks
from geometry.masks import Mask
from geometry.rings import Rings

GOLDEN = Path(__file__).parents[1] / "golden" / "mots"
SIZE = (16, 12)


def what(losses: Losses) -> dict[str, int]:
    return {loss.what: loss.count for loss in losses}


def square(x0: int, y0: int, x1: int, y1: int) -> Mask:
    dense = np.zeros(SIZE[::-1], bool)
    dense[y0:y1, x0:x1] = True
    return masks.encode(dense)


def clip_of(frames: list[int], parts: list[Mask], **columns: Any) -> Dataset:
    """A clip of three frames with a mask in each row."""
    boxes = [masks.bounds(part) for part in parts]
    table = Annotations.of(
        len(parts),
        images=frames,
        kinds=[Kind.MASK] * len(parts),
        boxes=boxes,
        masks=parts,
        **columns,
    )
    one = ClipTracks(Media("a.mp4", SIZE, 3, 25.0), 0, table, np.arange(3))
    return dataset([one], Dataset.of([Label("car"), Label("pedestrian")], []))


def lines(folder: Path) -> list[list[str]]:
    return [line.split() for line in (folder / "gt/gt.txt").read_text().splitlines()]


def test_a_challenge_sequence_is_read() -> None:
    found = formats.read(GOLDEN / "challenge")
    assert [label.name for label in found.labels] == ["car", "pedestrian", "ignore"]
    (one,) = clips(found)
    assert one.media == Media("MOTS20-02", SIZE, 4, 30.0, first_number=1)
    assert one.table.images.tolist() == [0, 0, 1, 2, 2]
    assert one.table.labels.tolist() == [1, 2, 1, 0, 1]
    assert one.table.tracks is not None
    assert one.table.tracks.tolist() == [2005, -1, 2005, 1001, 2005]
    assert one.table.flagged(Flag.CROWD).tolist() == [False, True, False, False, False]
    assert one.table.masks is not None
    assert one.table.masks[0] == square(1, 2, 5, 9)
    assert one.table.boxes[0].tolist() == [1, 2, 5, 9]
    items = list(found.items)
    assert [item.path for item in items][-1] == "train/MOTS20-02/img1/000004.jpg"
    assert {item.split for item in items} == {"train"}
    assert what(found.losses) == {"line that cannot be read": 2}


def test_frames_of_kittis_text_are_counted_from_zero() -> None:
    first, second = clips(formats.read(GOLDEN / "kitti"))
    assert (first.media.path, first.media.frames) == ("0000", 3)
    assert first.table.images.tolist() == [0, 2]
    assert second.table.images.tolist() == [1]
    found = formats.read(GOLDEN / "kitti" / "instances_txt" / "0001.txt")
    assert clips(found)[0].table.images.tolist() == [0]
    found = formats.read(GOLDEN / "kitti/instances_txt/0001.txt", options={"first": "0"})
    assert clips(found)[0].table.images.tolist() == [1]


def test_pictures_are_read() -> None:
    found = formats.read(GOLDEN / "png")
    assert [label.name for label in found.labels] == ["cat", "dog", "wild boar", "ignore"]
    (one,) = clips(found)
    assert one.table.images.tolist() == [0, 1, 1, 2, 2, 2]
    assert one.table.tracks is not None
    assert one.table.tracks.tolist() == [1007, 1007, 3002, 1007, 3002, -1]
    assert one.table.masks is not None
    assert one.table.masks[5] == square(0, 10, 16, 12)
    paths = [item.path for item in found.items]
    assert paths == [f"default/images/frame_00000{k}.png" for k in range(3)]


@pytest.mark.parametrize("case", ["challenge", "kitti", "png", "kitti/instances_txt/0000.txt"])
def test_sets_are_recognised(case: str) -> None:
    assert formats.sniff(GOLDEN / case) == "mots"


@pytest.mark.parametrize("form", ["txt", "png"])
@pytest.mark.parametrize("case", ["challenge", "kitti", "png"])
def test_what_was_read_is_written_again(case: str, form: str, tmp_path: Path) -> None:
    before = formats.read(GOLDEN / case)
    formats.write(before, tmp_path / "out", "mots", {"form": form})
    for one, other in zip(clips(before), clips(formats.read(tmp_path / "out")), strict=True):
        assert other.media.frames == one.media.frames
        for name in ("images", "tracks", "boxes"):
            a, b = getattr(one.table, name), getattr(other.table, name)
            np.testing.assert_array_equal(sorted(b.tolist()), sorted(a.tolist()))
        assert set(other.table.masks) == set(one.table.masks)


def test_lines_have_run_lengths_of_pycocotools(tmp_path: Path) -> None:
    part = square(2, 3, 9, 11)
    formats.write(clip_of([1], [part], labels=[1], tracks=[7]), tmp_path / "out", "mots")
    ((frame, number, category, height, width, counts),) = lines(tmp_path / "out")
    assert (frame, number, category, height, width) == ("2", "2007", "2", "12", "16")
    wanted = coco.encode(np.asfortranarray(masks.decode(part), dtype=np.uint8))
    assert counts == wanted["counts"].decode()


def test_numbers_of_tracks(tmp_path: Path) -> None:
    tracks = [1004, 4, 123456, -1, -1, 2004]
    labels = [0, 0, 0, 0, 0, 1]
    parts = [square(k, 0, k + 1, 3) for k in range(6)]
    formats.write(clip_of([0] * 6, parts, tracks=tracks, labels=labels), tmp_path / "out", "mots")
    numbers = [int(line[1]) for line in lines(tmp_path / "out")]
    assert len(set(numbers)) == 6
    assert [number // 1000 for number in numbers] == [1, 1, 1, 1, 1, 2]
    assert (numbers[0], numbers[5]) == (1004, 2004)
    (one,) = clips(formats.read(tmp_path / "out"))
    assert one.table.tracks is not None
    assert one.table.tracks.tolist() == tracks


def test_a_class_has_a_thousand_numbers(tmp_path: Path) -> None:
    many = 1002
    parts = [square(0, 0, 2, 2)] * many
    source = clip_of([0] * many, parts, tracks=np.arange(5000, 5000 + many))
    losses = formats.write(source, tmp_path / "out", "mots")
    assert losses.by_kind["object beyond the 1,000 numbers of its class in a clip"].count == 3
    assert len(lines(tmp_path / "out")) == 999


def test_other_shapes_are_drawn_and_told(tmp_path: Path) -> None:
    table = Annotations.of(
        3,
        kinds=[Kind.BOX, Kind.POLYGON, Kind.TAG],
        boxes=[[1.0, 2, 5, 9], [2, 2, 6, 6], [np.nan] * 4],
        rings=Rings.of([[], [[[[2, 2], [6, 2], [6, 6], [2, 6]]]], []]),
        scores=[0.5, np.nan, np.nan],
        tracks=[1, 2, -1],
    )
    one = ClipTracks(Media("a.mp4", SIZE, 1, 25.0), 0, table, np.arange(1))
    losses = formats.write(dataset([one], Dataset.of([Label("x")], [])), tmp_path / "out", "mots")
    (back,) = clips(formats.read(tmp_path / "out"))
    assert back.table.masks is not None
    assert back.table.masks.tolist() == [square(1, 2, 5, 9), square(2, 2, 6, 6)]
    assert what(losses)["tag of a frame"] == 1
    assert what(losses)["score"] == 1
    assert what(losses)["box not kept as such"] == 1


def test_overlaps_are_warned_about_in_text_and_lost_in_pictures(tmp_path: Path) -> None:
    source = clip_of([0, 0], [square(0, 0, 5, 5), square(4, 4, 9, 9)], tracks=[1, 2])
    losses = formats.write(source, tmp_path / "text", "mots")
    assert not losses
    assert [odd.count for odd in losses.warnings.values()] == [1]
    losses = formats.write(source, tmp_path / "png", "mots", {"form": "png"})
    assert list(what(losses).values()) == [1]
    with Image.open(tmp_path / "png/instances/000000.png") as picture:
        pixels = np.asarray(picture)
    assert pixels[4, 4] == 1002
    assert (pixels == 1001).sum() == 24


def test_ignore_regions_lose_class_and_track(tmp_path: Path) -> None:
    source = clip_of([0], [square(0, 0, 5, 5)], tracks=[1], flags=[int(Flag.CROWD)])
    losses = formats.write(source, tmp_path / "out", "mots")
    assert lines(tmp_path / "out")[0][1:3] == ["10000", "10"]
    assert what(losses) == {"class of an ignore region": 1, "track of an ignore region": 1}


def test_class_ten_is_a_class_in_larger_sets(tmp_path: Path) -> None:
    names = [Label(f"c{k}") for k in range(12)]
    part = square(0, 0, 5, 5)
    table = Annotations.of(
        2, kinds=[Kind.MASK] * 2, boxes=[masks.bounds(part)] * 2, masks=[part] * 2, labels=[9, 11],
        images=[0, 1], tracks=[1, 2],
    )  # fmt: skip
    one = ClipTracks(Media("a.mp4", SIZE, 2, 25.0), 0, table, np.arange(2))
    formats.write(dataset([one], Dataset.of(names, [])), tmp_path / "out", "mots")
    (back,) = clips(formats.read(tmp_path / "out"))
    assert back.table.labels.tolist() == [9, 11]
    assert not back.table.flagged(Flag.CROWD).any()


def test_frames_without_a_picture_were_not_looked_at(tmp_path: Path) -> None:
    source = clip_of([1], [square(0, 0, 5, 5)], tracks=[1])
    (one,) = clips(source)
    part = ClipTracks(one.media, 0, one.table, np.array([1]))
    source = dataset([part], source)
    losses = formats.write(source, tmp_path / "out", "mots", {"form": "png"})
    assert not losses
    (back,) = clips(formats.read(tmp_path / "out"))
    assert back.looked.tolist() == [1]
    assert back.media.frames == 3
    losses = formats.write(source, tmp_path / "text", "mots")
    assert what(losses) == {"frame that nobody looked at": 2}


def test_pictures_become_frames(tmp_path: Path) -> None:
    part = square(0, 0, 5, 5)
    table = Annotations.of(1, kinds=[Kind.MASK], boxes=[masks.bounds(part)], masks=[part])
    items = [Item(f"s/{k}.jpg", SIZE, table) for k in range(2)]
    losses = formats.write(Dataset.of([Label("x")], items), tmp_path / "out", "mots")
    (one,) = clips(formats.read(tmp_path / "out"))
    assert one.table.images.tolist() == [0, 1]
    assert one.table.tracks is not None
    assert one.table.tracks.tolist() == [-1, -1]
    assert what(losses) == {"name of a frame's picture": 2}


def test_a_packed_set_is_the_same(tmp_path: Path) -> None:
    source = formats.read(GOLDEN / "png")
    for target in ("a.zip", "b.zip", "folder"):
        formats.write(source, tmp_path / target, "mots", {"form": "png"})
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        packed = {name: archive.read(name) for name in archive.namelist()}
    files = [p for p in (tmp_path / "folder").rglob("*") if p.is_file()]
    assert packed == {p.relative_to(tmp_path / "folder").as_posix(): p.read_bytes() for p in files}
    assert len(clips(formats.read(tmp_path / "a.zip"))[0].table) == 6


@pytest.mark.parametrize(
    "line",
    ["1 1001 1 12 16", "1 x 1 12 16 0", "-1 1001 1 12 16 0", "1 1001 0 12 16 0",
     "1 1001 1 99999999 99999999 0", "1 1001 1 12 16 ~~", "1 1001 1 0 16 0"],
)  # fmt: skip
def test_bad_lines_are_counted_with_their_place(line: str, tmp_path: Path) -> None:
    good = (GOLDEN / "kitti/instances_txt/0000.txt").read_text()
    (tmp_path / "s.txt").write_text(good + line + "\n")
    found = formats.read(tmp_path / "s.txt", "mots")
    assert len(clips(found)[0].table) == 2
    (loss,) = found.losses
    assert loss.example.startswith(f"{tmp_path / 's.txt'}:3")


def test_broken_pictures_and_maps(tmp_path: Path) -> None:
    formats.write(formats.read(GOLDEN / "png"), tmp_path / "out", "mots", {"form": "png"})
    (tmp_path / "out/instances/000001.png").write_bytes(b"\x89PNG")
    found = formats.read(tmp_path / "out", "mots")
    assert what(found.losses) == {"picture of a frame that cannot be read": 1}
    (tmp_path / "out/instances/tracks.json").write_text('{"1007": "x"}')
    with pytest.raises(FormatError, match=r"tracks\.json"):
        formats.read(tmp_path / "out", "mots")


def test_strict_refuses_before_the_target_is_touched(tmp_path: Path) -> None:
    source = clip_of([0], [square(0, 0, 5, 5)], tracks=[1], scores=[0.5])
    with pytest.raises(FormatError, match=r"score.*--strict"):
        formats.write(source, tmp_path / "out", "mots", {"strict": True})
    assert not (tmp_path / "out").exists()


def test_boxes_need_the_size_of_the_frames(tmp_path: Path) -> None:
    table = Annotations.of(1, boxes=[[1.0, 2, 5, 9]])
    one = ClipTracks(Media("a.mp4", (0, 0), 1, 25.0), 0, table, np.arange(1))
    with pytest.raises(FormatError, match=r"size of the frames.*from\.frame_size"):
        formats.write(dataset([one], Dataset.of([Label("x")], [])), tmp_path / "out", "mots")
    assert not (tmp_path / "out").exists()


def test_ids_of_classes_that_are_not_their_numbers_are_counted(tmp_path: Path) -> None:
    """10 is the number of ignore regions in every set."""
    rows = Annotations.of(0)
    for ids, expected in (((1, 2, 10), []), ((1, 7, 10), [1]), ((0, 2, 11), [2])):
        labels = [Label(name, k) for name, k in zip(("car", "dog", "ignore"), ids, strict=True)]
        found = Dataset.of(labels, [Item("a.png", SIZE, rows)])
        losses = formats.write(found, tmp_path / f"out{ids}", "mots")
        assert [loss.count for loss in losses if loss.what == "category id"] == expected
