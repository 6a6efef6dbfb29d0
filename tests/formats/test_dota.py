"""DOTA: what is read of its label files, and what is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from PIL import Image

import formats
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Dataset, Item, Label
from formats.errors import FormatError
from formats.losses import Losses
from geometry import masks, rotated
from geometry.rings import Rings

GOLDEN = Path(__file__).parents[1] / "golden" / "dota"
QUAD = [[90.0, 5], [118, 12], [110, 40], [85, 35]]


def items(dataset: Dataset) -> dict[str, Item]:
    return {item.path: item for item in dataset.items}


def rows(item: Item) -> Annotations:
    assert item.annotations is not None
    return item.annotations


def what(losses: Losses) -> dict[str, int]:
    return {loss.what: loss.count for loss in losses}


def written(table: Annotations, folder: Path, **options: Any) -> tuple[list[str], dict[str, int]]:
    """The lines of one picture, and what was lost."""
    dataset = Dataset.of([Label("big ship"), Label("big-ship")], [Item("a.png", (99, 99), table)])
    losses = formats.write(dataset, folder / "out", "dota", options)
    return (folder / "out/labelTxt/a.txt").read_text().splitlines(), what(losses)


def test_a_devkit_set_is_read() -> None:
    found = formats.read(GOLDEN / "devkit")
    assert [label.name for label in found.labels] == ["plane", "small-vehicle", "ship", "harbor"]
    known = items(found)
    assert [(item.split, item.size) for item in known.values()] == [
        ("train", (120, 100)),
        ("train", (32, 16)),
        ("train", (8, 8)),
        ("val", (10, 10)),
    ]
    first = known["train/images/P0001.png"]
    assert dict(first.extra) == {"imagesource": "GoogleEarth", "gsd": "0.146343590398"}
    assert known["train/images/P0003.png"].annotations is None
    assert len(rows(known["train/images/P0002.png"])) == 0


def test_rectangles_are_rotated_boxes_and_other_corners_polygons() -> None:
    table = rows(items(formats.read(GOLDEN / "devkit"))["train/images/P0001.png"])
    assert table.kinds.tolist() == [Kind.ROTATED, Kind.ROTATED, Kind.POLYGON, Kind.ROTATED]
    assert table.rings is not None
    assert table.rings.row(2)[0][0].tolist() == QUAD
    assert table.rotated is not None
    upright, turned, _, outside = table.rotated
    np.testing.assert_allclose(upright, [30, 20, 40, 20, 0])
    np.testing.assert_allclose(turned, [65, 35, 20 * 2**0.5, 10 * 2**0.5, np.pi / 4])
    assert rotated.bounds(outside[None])[0].tolist() == [-4, 60, 6, 90.5]


def test_difficulties_are_flags_and_other_numbers_are_kept() -> None:
    table = rows(items(formats.read(GOLDEN / "devkit"))["train/images/P0001.png"])
    assert table.flagged(Flag.DIFFICULT).tolist() == [False, True, False, True]
    assert table.extra is not None
    assert [dict(cell) for cell in table.extra] == [{}, {}, {}, {"difficult": 2}]


def test_a_difficulty_comes_back_from_coco_and_what_is_none_is_counted(tmp_path: Path) -> None:
    further = [{"difficult": 2}, {"difficult": "very"}, {"difficult": True}, {}]
    table = Annotations.of(4, boxes=[[1, 1, 5, 5]] * 4, flags=[0, 0, 2, 2], extra=further)
    found, losses = written(table, tmp_path)
    assert [line.split()[-1] for line in found] == ["2", "0", "1", "1"]
    assert losses["unknown keys"] == 2


def test_nine_columns_marks_line_ends_commas_and_bad_lines() -> None:
    found = formats.read(GOLDEN / "nine")
    (item,) = found.items
    assert item.path == "images/a.v2.final.png"
    assert [found.labels[k].name for k in rows(item).labels] == ["storage tank", "round about"]
    assert rows(item).flagged(Flag.DIFFICULT).tolist() == [False, True]
    (loss,) = found.losses
    assert loss.count == 2
    assert loss.example.startswith(f"{GOLDEN / 'nine/labelTxt/a.v2.final.txt'}:2")


def test_walking_twice_counts_once() -> None:
    found = formats.read(GOLDEN / "nine")
    assert len(list(found.items)) == len(list(found.items)) == 1
    assert what(found.losses) == {"line that cannot be read": 2}


@pytest.mark.parametrize("place", ["devkit", "devkit/train", "devkit/train/labelTxt", "lone.txt"])
def test_sets_are_recognised_from_several_places(place: str) -> None:
    assert formats.sniff(GOLDEN / place) == "dota"
    assert [item for item in formats.read(GOLDEN / place).items if item.annotations is not None]


def test_what_was_read_is_written_again(tmp_path: Path) -> None:
    source = GOLDEN / "devkit"
    losses = formats.convert(source, tmp_path / "out", "dota")
    assert not losses
    for split, name in (("train", "P0001"), ("train", "P0002"), ("val", "P0007")):
        place = f"{split}/labelTxt/{name}.txt"
        before, after = (root / place for root in (source, tmp_path / "out"))
        numbers = [line.replace(".0 ", " ").split() for line in before.read_text().splitlines()]
        assert [line.split() for line in after.read_text().splitlines()][2:] == numbers[2:]
        heads = [line.replace("'", "") for line in before.read_text().splitlines()[:2]]
        assert after.read_text().splitlines()[:2] == heads
    assert (tmp_path / "out/train/images/P0003.png").is_symlink()
    assert not (tmp_path / "out/train/labelTxt/P0003.txt").exists()


def test_a_box_becomes_its_corners_and_is_told(tmp_path: Path) -> None:
    table = Annotations.of(1, boxes=[[1.0, 2.5, 11, 8]], labels=[0])
    lines, lost = written(table, tmp_path)
    assert lines == ["1 2.5 11 2.5 11 8 1 8 big-ship-2 0"]
    assert list(lost.values()) == [1]


def test_polygons_and_masks_become_the_smallest_rectangle(tmp_path: Path) -> None:
    shape = [[[[0.0, 0], [40, 0], [50, 10], [10, 20], [0, 9]]]]
    dense = np.zeros((99, 99), bool)
    dense[10:20, 30:70] = True
    table = Annotations.of(
        2,
        kinds=[Kind.POLYGON, Kind.MASK],
        boxes=[[0.0, 0, 50, 20], [30, 10, 70, 20]],
        rings=Rings.of([*shape, []]),
        masks=[None, masks.encode(dense)],
    )
    lines, lost = written(table, tmp_path)
    first, second = (np.reshape([float(w) for w in line.split()[:8]], (4, 2)) for line in lines)
    ring = shapely.Polygon(shape[0][0])
    assert shapely.Polygon(first).buffer(1e-6).contains(ring)
    assert shapely.Polygon(first).area == pytest.approx(ring.minimum_rotated_rectangle.area)
    assert sorted(map(tuple, second.tolist())) == [(30, 10), (30, 20), (70, 10), (70, 20)]
    assert lost["mask"] == 1
    assert lost["polygon"] == 1


def test_four_corners_that_are_no_rectangle_lose_nothing(tmp_path: Path) -> None:
    table = Annotations.of(
        1, kinds=[Kind.POLYGON], boxes=[[85.0, 5, 118, 40]], rings=Rings.of([[[QUAD]]])
    )
    lines, lost = written(table, tmp_path)
    assert lines == ["90 5 118 12 110 40 85 35 big-ship-2 0"]
    assert not lost


def test_words_of_classes_are_told_apart_and_read_back(tmp_path: Path) -> None:
    table = Annotations.of(2, boxes=[[1.0, 2, 3, 4]] * 2, labels=[0, 1])
    lines, _ = written(table, tmp_path)
    assert [line.split()[8] for line in lines] == ["big-ship-2", "big-ship"]
    found = formats.read(tmp_path / "out")
    assert [label.name for label in found.labels] == ["big ship", "big-ship"]
    assert rows(next(found.items)).labels.tolist() == [0, 1]


def test_two_pictures_of_one_label_file(tmp_path: Path) -> None:
    both = [Item(name, (9, 9), Annotations.empty(), split="train") for name in ("a.png", "a.jpg")]
    dataset = Dataset.of([Label("x")], both)
    with pytest.raises(FormatError, match=r"a\.png and .*a\.jpg both map"):
        formats.write(dataset, tmp_path / "out", "dota")
    assert not (tmp_path / "out").exists()
    formats.write(dataset, tmp_path / "out", "dota", {"on_collision": "rename"})
    assert (tmp_path / "out/train/labelTxt/a-2.txt").exists()


@pytest.mark.parametrize("name", ["../a.png", "/a.png", "C:/a.png"])
def test_names_stay_inside(name: str, tmp_path: Path) -> None:
    dataset = Dataset.of([Label("x")], [Item(name, (9, 9), Annotations.empty())])
    with pytest.raises(FormatError, match="leaves"):
        formats.write(dataset, tmp_path / "out", "dota")


def test_ignore_regions_are_left_out_where_wanted(tmp_path: Path) -> None:
    table = Annotations.of(2, boxes=[[1.0, 2, 3, 4]] * 2, flags=[int(Flag.CROWD), 0])
    assert written(table, tmp_path / "keep")[1]["crowd flag"] == 1
    lines, lost = written(table, tmp_path / "skip", crowd="skip")
    assert len(lines) == 1
    assert lost["ignore region left out"] == 1


def test_sub_folders_order_and_pictures_without_files_are_kept(tmp_path: Path) -> None:
    names = ["b/2.PNG", "a/1.v2.jpg", "c ü/3.tif"]
    found = [Item(name, None, Annotations.empty(), split="val") for name in names]
    formats.write(Dataset.of([], found), tmp_path / "out", "dota")
    back = list(formats.read(tmp_path / "out").items)
    assert [item.path for item in back] == [f"val/images/{name}" for name in names]
    assert {item.split for item in back} == {"val"}


def test_label_files_beside_their_pictures_are_read(tmp_path: Path) -> None:
    Image.new("L", (20, 10)).save(tmp_path / "a.png")
    (tmp_path / "a.txt").write_text("1 1 5 1 5 4 1 4 ship 0\n")
    assert formats.sniff(tmp_path) == "dota"
    (item,) = formats.read(tmp_path).items
    assert (item.path, item.size, len(rows(item))) == ("a.png", (20, 10), 1)


def test_two_label_files_of_one_picture_are_refused(tmp_path: Path) -> None:
    Image.new("L", (20, 10)).save(tmp_path / "p.png")
    for folder in ("labelTxt-v1.0", "labelTxt-v1.5"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "p.txt").write_text("1 1 5 1 5 4 1 4 ship 0\n")
    (tmp_path / "images").mkdir()
    (tmp_path / "p.png").rename(tmp_path / "images/p.png")
    with pytest.raises(FormatError, match=r"both label files of images/p\.png"):
        formats.read(tmp_path, "dota")
    assert len(list(formats.read(tmp_path / "labelTxt-v1.0", "dota").items)) == 1


def test_a_folder_without_label_files_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no label files"):
        formats.read(tmp_path, "dota")


@pytest.mark.parametrize("number", ["1e308", "nan", "-inf", "x", "1e12"])
def test_numbers_that_are_none_or_far_too_large(number: str, tmp_path: Path) -> None:
    good = "1 1 5 1 5 4 1 4 ship 0\n"
    (tmp_path / "a.txt").write_text(good + good.replace("4 ship", f"{number} ship"))
    found = formats.read(tmp_path / "a.txt", "dota")
    assert [len(rows(item)) for item in found.items] == [1]
    (loss,) = found.losses
    assert loss.example.startswith(f"{tmp_path / 'a.txt'}:2")


def test_a_file_of_which_nothing_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello\n")
    with pytest.raises(FormatError, match=r"no line of dota.*a\.txt:1"):
        formats.read(tmp_path / "a.txt", "dota")


def test_a_split_that_is_read_under_its_usual_name_is_told(tmp_path: Path) -> None:
    for split in ("val2017", "valid", "test-dev"):
        (tmp_path / split / "labelTxt").mkdir(parents=True)
        (tmp_path / split / "images").mkdir()
        (tmp_path / split / "labelTxt" / "a.txt").write_text("1 1 5 1 5 5 1 5 plane 0\n")
        (tmp_path / split / "images" / "a.png").write_bytes(b"")
    found = formats.read(tmp_path, "dota")
    assert [item.split for item in found.items] == ["test-dev", "val", "val"]
    (note,) = found.losses.notes
    assert note == "splits read under their usual names: val2017 as val, valid as val"


def test_a_comma_in_the_name_of_a_class_comes_back(tmp_path: Path) -> None:
    row = Annotations.of(1, kinds=[Kind.ROTATED], boxes=[[1, 1, 5, 5]], rotated=[[3, 3, 4, 4, 0]])
    found = Dataset.of((Label("dog, big"),), [Item("a.png", (9, 9), row)])
    formats.write(found, tmp_path / "out", "dota")
    back = formats.read(tmp_path / "out")
    assert [label.name for label in back.labels] == ["dog, big"]
    assert [item.annotations.labels.tolist() for item in back.items if item.annotations] == [[0]]
    (tmp_path / "a.txt").write_text("1, 1, 5, 1, 5, 5, 1, 5, plane, 0\n")
    assert [label.name for label in formats.read(tmp_path / "a.txt", "dota").labels] == ["plane"]


@pytest.mark.parametrize("split", ["", "mine", "val", "train"])
@pytest.mark.parametrize(
    "path",
    [
        "a.png",
        "train/a.png",
        "training/image_2/a.png",
        "images/train/a.png",
        "x/images/train/a.png",
    ],
)
def test_folders_of_a_split_s_name_below_another_split(
    path: str, split: str, tmp_path: Path
) -> None:
    found = Dataset.of((), [Item(path, (9, 9), Annotations.empty(), split=split)])
    losses = formats.write(found, tmp_path / "out", "dota")
    (back,) = formats.read(tmp_path / "out", "dota").items
    assert sum(loss.count for loss in losses if loss.what == "split") == (back.split != split)
    assert back.split == split or (split == "mine" and "train" in path) or "images/train" in path
