"""Pascal VOC written: the layout, the numbers of the specification, label maps, what is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

import formats
from formats import label_maps, tables
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Dataset, Item, Label
from formats.errors import FormatError
from geometry import masks

GOLDEN = Path(__file__).parent.parent / "golden" / "voc"


def dense(*rows: str) -> masks.Mask:
    return masks.encode(np.array([[mark == "#" for mark in row] for row in rows]))


def of(*rows: dict[str, Any], path: str = "s/a.jpg", **told: Any) -> Dataset:
    item = Item(path, (4, 2), tables.table(list(rows)), **told)
    return Dataset.of([Label("cat"), Label("dog")], [item])


def box(*sides: float, **told: Any) -> dict[str, Any]:
    return {"kinds": Kind.BOX, "labels": 0, "boxes": sides, **told}


def mask(found: masks.Mask, **told: Any) -> dict[str, Any]:
    return {"kinds": Kind.MASK, "labels": 0, "masks": found, "boxes": masks.bounds(found), **told}


def table(folder: Path, **options: Any) -> Annotations:
    (item,) = formats.read(folder, "voc", options).items
    assert item.annotations is not None
    return item.annotations


def xml(folder: Path, name: str = "s/a") -> ElementTree.Element:
    return ElementTree.parse(folder / "Annotations" / f"{name}.xml").getroot()


def counted(losses: Any) -> dict[str, int]:
    return {loss.what: loss.count for loss in losses}


def test_the_specification_counts_pixels_from_one_and_includes_the_last(tmp_path: Path) -> None:
    source = of(box(0, 0, 4, 2), box(1.25, 0.5, 2, 2, labels=1, flags=Flag.TRUNCATED))
    assert not formats.write(source, tmp_path / "out", "voc")
    first, second = xml(tmp_path / "out").findall("object")
    told = {child.tag: child.text for child in first.iter() if child.text and child.text.strip()}
    assert told == {
        "name": "cat",
        "pose": "Unspecified",
        "difficult": "0",
        "truncated": "0",
        "occluded": "0",
        "xmin": "1",
        "ymin": "1",
        "xmax": "4",
        "ymax": "2",
    }
    assert second.findtext("bndbox/xmin") == "2.25"
    assert second.findtext("truncated") == "1"
    assert table(tmp_path / "out").boxes.tolist() == [[0, 0, 4, 2], [1.25, 0.5, 2, 2]]


def test_edges_from_zero_are_written_and_read_back(tmp_path: Path) -> None:
    formats.write(of(box(-3, 0.5, 4, 2)), tmp_path / "out", "voc", {"origin": "zero"})
    assert xml(tmp_path / "out").findtext("object/bndbox/xmin") == "-3"
    assert table(tmp_path / "out").boxes.tolist() == [[-3, 0.5, 4, 2]]


def test_boxes_outside_the_picture_come_back(tmp_path: Path) -> None:
    formats.write(of(box(-1, -1, 9, 9)), tmp_path / "out", "voc")
    assert table(tmp_path / "out").boxes.tolist() == [[-1, -1, 9, 9]]


def test_folders_splits_and_pictures_are_kept(tmp_path: Path) -> None:
    root = tmp_path / "pictures"
    (root / "s").mkdir(parents=True)
    Image.new("L", (4, 2)).save(root / "s" / "15.v2.final.JPG", format="JPEG")
    items = [
        Item("s/15.v2.final.JPG", (4, 2), Annotations.empty(), split="train"),
        Item("s/b ü.png", (4, 2), None, split="val"),
        Item("c.png", (4, 2), Annotations.empty()),
    ]
    source = Dataset.of([Label("cat")], items, root=str(root))
    losses = formats.write(source, tmp_path / "out", "voc")
    assert any("2 of 3 pictures" in note for note in losses.notes)
    files = sorted(str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*.*"))
    assert files == [
        "Annotations/c.xml",
        "Annotations/s/15.v2.final.xml",
        "ImageSets/Main/default.txt",
        "ImageSets/Main/train.txt",
        "ImageSets/Main/val.txt",
        "JPEGImages/s/15.v2.final.JPG",
        "classes.json",
        "labelmap.txt",
    ]
    assert (tmp_path / "out" / files[5]).samefile(root / "s" / "15.v2.final.JPG")
    assert (tmp_path / "out" / "ImageSets/Main/val.txt").read_text() == "s/b ü\n"
    back = list(formats.read(tmp_path / "out").items)
    assert [(i.path, i.split, i.annotations is None) for i in back] == [
        ("s/15.v2.final.JPG", "train", False),
        ("s/b ü.jpg", "val", True),
        ("c.png", "", False),
    ]


def test_label_maps_hold_objects_by_number_and_classes(tmp_path: Path) -> None:
    source = of(box(0, 0, 1, 1), mask(dense("##..", "....")), mask(dense(".##.", "...#"), labels=1))
    losses = formats.write(source, tmp_path / "out", "voc")
    assert counted(losses) == {"mask that lost pixels to a later one": 1}
    maps = [label_maps.read(p) for p in sorted((tmp_path / "out").glob("Seg*/s/a.png"))]
    assert [m.numbers.tolist() for m in maps] == [
        [[1, 2, 2, 0], [0, 0, 0, 2]],
        [[2, 3, 3, 0], [0, 0, 0, 3]],
    ]
    assert not any(m.coloured for m in maps)
    assert (tmp_path / "out/ImageSets/Segmentation/default.txt").read_text() == "s/a\n"
    assert xml(tmp_path / "out").findtext("segmented") == "1"
    lines = (tmp_path / "out" / "labelmap.txt").read_text().splitlines()
    assert lines[2:] == ["background:0,0,0::", "cat:128,0,0::", "dog:0,128,0::"]


def test_a_set_of_voc_is_written_as_it_was_read(tmp_path: Path) -> None:
    source = GOLDEN / "voc2012"
    assert not formats.convert(source, tmp_path / "out", "voc")
    for folder in ("SegmentationObject", "SegmentationClass"):
        pictures = [
            label_maps.read(r / folder / "2007_000027.png") for r in (source, tmp_path / "out")
        ]
        np.testing.assert_array_equal(pictures[0].numbers, pictures[1].numbers)
    old, new = (
        {child.tag: (child.text or "").strip() for child in root.iter()}
        for root in (xml(source, "2007_000027"), xml(tmp_path / "out", "2007_000027"))
    )
    assert new == old | {"occluded": new["occluded"]}
    for task, split in (("Main", "train"), ("Main", "val"), ("Segmentation", "val")):
        lists = [
            (r / f"ImageSets/{task}/{split}.txt").read_text() for r in (source, tmp_path / "out")
        ]
        assert lists[0] == lists[1]
    first, second = formats.read(source), formats.read(tmp_path / "out")
    assert [label.name for label in second.labels] == [label.name for label in first.labels]


def test_lists_of_classes_say_there_difficult_or_not(tmp_path: Path) -> None:
    hard = {"flags": Flag.DIFFICULT}
    source = of(box(0, 0, 1, 1), box(0, 0, 1, 1, **hard), box(0, 0, 1, 1, labels=1, **hard))
    formats.write(source, tmp_path / "out", "voc", {"class_lists": True})
    folder = tmp_path / "out" / "ImageSets" / "Main"
    assert (folder / "cat_default.txt").read_text() == "s/a  1\n"
    assert (folder / "dog_default.txt").read_text() == "s/a  0\n"
    (item,) = formats.read(tmp_path / "out").items
    assert item.split == ""


def test_unknown_keys_and_ids_come_back(tmp_path: Path) -> None:
    extra = {"license": 3, "url": "http://x/?a&b", "deep": {"list": [1, "two"], "none": None}}
    source = of(box(0, 0, 1, 1, extra={"tags": ["a", "b"]}), id=17, extra=extra, status="verified")
    assert not formats.write(source, tmp_path / "out", "voc")
    (item,) = formats.read(tmp_path / "out").items
    assert (item.id, item.status) == (17, "verified")
    assert item.extra == extra
    assert item.annotations is not None
    assert dict(item.annotations.extra[0]) == {"tags": ["a", "b"]}  # type: ignore[index]


@pytest.mark.parametrize(
    ("crowd", "what"),
    [
        ("keep", "crowd region written as a difficult object"),
        ("skip", "crowd region left out"),
        ("mask", "crowd region written as void pixels"),
    ],
)
def test_crowd_regions(crowd: str, what: str, tmp_path: Path) -> None:
    region = mask(dense(".##.", ".##."), flags=Flag.CROWD)
    source = of(region, mask(dense("##..", "....")))
    losses = formats.write(source, tmp_path / "out", "voc", {"crowd": crowd})
    assert counted(losses)[what] == 1
    (item,) = formats.read(tmp_path / "out").items
    assert item.annotations is not None
    hard = item.annotations.flagged(Flag.DIFFICULT).tolist()
    assert hard == ([True, False] if crowd == "keep" else [False])
    assert ("void" in item.extra) == (crowd == "mask")


def test_polygons_are_filled_or_written_beside_the_box(tmp_path: Path) -> None:
    ring = np.array([[0, 0], [2, 0], [2, 2], [0, 2]], float)
    source = of({"kinds": Kind.POLYGON, "labels": 0, "boxes": [0, 0, 2, 2], "rings": [[ring]]})
    assert counted(formats.write(source, tmp_path / "a", "voc")) == {"polygon written as a mask": 1}
    filled = table(tmp_path / "a")
    assert filled.masks is not None
    assert masks.area(filled.masks[0]) == 4
    assert not formats.write(source, tmp_path / "b", "voc", {"masks": "polygons"})
    outlined = table(tmp_path / "b")
    assert outlined.rings is not None
    assert outlined.rings.row(0)[0][0].tolist() == ring.tolist()
    bare = formats.write(source, tmp_path / "c", "voc", {"masks": "none"})
    assert counted(bare) == {"polygon": 1}


def test_what_has_no_place_is_counted_and_strict_refuses(tmp_path: Path) -> None:
    source = of(box(0, 0, 1, np.nan), {"kinds": Kind.TAG, "labels": 0}, box(0, 0, 1, 1, tracks=4))
    losses = formats.write(source, tmp_path / "out", "voc")
    assert counted(losses) == {
        "tag of a whole picture": 1,
        "object with NaN or infinity": 1,
        "track id": 1,
    }
    with pytest.raises(FormatError, match="1 track id"):
        formats.write(source, tmp_path / "strict", "voc", {"strict": True})
    assert not (tmp_path / "strict").exists()


def test_two_pictures_of_one_xml(tmp_path: Path) -> None:
    items = [Item(path, (4, 2), Annotations.empty()) for path in ("a.jpg", "a.png")]
    source = Dataset.of([], items)
    with pytest.raises(FormatError, match=r"a\.jpg and a\.png both map to the label file a"):
        formats.write(source, tmp_path / "out", "voc")
    formats.write(source, tmp_path / "out", "voc", {"on_collision": "rename"})
    assert (tmp_path / "out" / "Annotations" / "a-2.xml").is_file()
    assert "a-2.png" in (tmp_path / "out" / "renamed.json").read_text()


def test_one_name_in_two_splits_is_told_with_them(tmp_path: Path) -> None:
    items = [Item("a.jpg", (4, 2), Annotations.empty(), split=name) for name in ("train", "val")]
    with pytest.raises(FormatError, match=r"a\.jpg of train and a\.jpg of val both map"):
        formats.write(Dataset.of([], items), tmp_path / "out", "voc")


def test_names_stay_inside_and_are_escaped(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="leaves the data set's folder"):
        formats.write(of(path="../a.jpg"), tmp_path / "out", "voc")
    labels = [Label("a <b> & 'c'\x01")]
    item = Item("a.png", (4, 2), tables.table([box(0, 0, 1, 1)]))
    losses = formats.write(Dataset.of(labels, [item]), tmp_path / "out", "voc")
    assert counted(losses) == {"character that XML cannot hold": 1}
    assert xml(tmp_path / "out", "a").findtext("object/name") == "a <b> & 'c'\ufffd"


def test_the_same_set_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        formats.convert(GOLDEN / "voc2012", tmp_path / name, "voc", writing={"images": "none"})
    for path in sorted(p for p in (tmp_path / "a").rglob("*") if p.is_file()):
        assert path.read_bytes() == (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes()


def test_masks_that_do_not_fit_their_picture_are_counted(tmp_path: Path) -> None:
    empty = {"kinds": Kind.POLYGON, "labels": 0, "boxes": [0, 0, 1, 1], "rings": []}
    source = of(mask(dense("#", "#")), mask(dense("....", "....")), empty)
    losses = formats.write(source, tmp_path / "a", "voc")
    assert counted(losses) == {
        "mask of another size than its picture": 1,
        "mask without a pixel": 1,
        "polygon that cannot be filled": 1,
    }
    unsized = Dataset.of(
        [Label("cat")], [Item("a.png", None, tables.table([mask(dense("##", "##"))]))]
    )
    losses = formats.write(unsized, tmp_path / "b", "voc")
    assert counted(losses) == {"mask of a picture without a size": 1}


def test_a_map_holds_254_objects(tmp_path: Path) -> None:
    many = [box(0, 0, 1, 1) for _ in range(253)]
    source = of(*many, mask(dense("#...", "....")), mask(dense(".#..", "....")))
    losses = formats.write(source, tmp_path / "out", "voc")
    assert counted(losses) == {"mask of an object or a class beyond number 254": 1}
    found = table(tmp_path / "out").masks
    assert found is not None
    assert [k for k, one in enumerate(found) if one is not None] == [253]


@pytest.mark.parametrize("void", ["text", {"size": [9, 9], "counts": "00"}, {"size": [2, 4]}])
def test_void_pixels_that_do_not_fit_are_counted(void: Any, tmp_path: Path) -> None:
    losses = formats.write(of(extra={"void": void}), tmp_path / "out", "voc")
    assert counted(losses) == {"void pixels that do not fit their picture": 1}


def test_crowd_regions_without_a_mask_are_void_in_their_box(tmp_path: Path) -> None:
    source = of(box(0, 0, 2, 1, flags=Flag.CROWD), box(0, 0, 1, 1, labels=1))
    formats.write(source, tmp_path / "out", "voc", {"crowd": "mask"})
    picture = label_maps.read(tmp_path / "out" / "SegmentationClass" / "s" / "a.png")
    assert picture.numbers.tolist() == [[255, 255, 0, 0], [0, 0, 0, 0]]


def test_names_that_no_list_can_hold_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="a line break in the name"):
        formats.write(of(path="a\nb.jpg"), tmp_path / "out", "voc")
    with pytest.raises(FormatError, match="cannot be the name of a list"):
        formats.write(of(split="a/b"), tmp_path / "out", "voc")


def test_keys_that_xml_cannot_name_and_holes_are_counted(tmp_path: Path) -> None:
    ring = np.array([[0, 0], [3, 0], [3, 2], [0, 2]], float)
    hollow: dict[str, Any] = {"kinds": Kind.POLYGON, "labels": 0, "boxes": [0, 0, 3, 2]}
    hollow["rings"] = [[ring, ring / 2]]
    source = of(hollow | {"extra": {"a b": 1, "score": 2}, "flags": Flag.KEYFRAME})
    losses = formats.write(source, tmp_path / "out", "voc", {"masks": "polygons"})
    assert counted(losses) == {
        "hole of a polygon": 1,
        "keyframe flag": 1,
        "unknown key that XML cannot name": 2,
    }


def test_rings_of_too_few_points_are_counted(tmp_path: Path) -> None:
    flat = {
        "kinds": Kind.POLYGON,
        "labels": 0,
        "boxes": (0, 0, 2, 1),
        "rings": [[[[0, 0], [2, 1]]]],
    }
    losses = formats.write(of(flat), tmp_path / "out", "voc", {"masks": "polygons"})
    assert {loss.what: loss.count for loss in losses} == {"ring of fewer than 3 points": 1}


def test_parts_are_declared(tmp_path: Path) -> None:
    """datumaro knows parts of the label map alone."""
    parts = [{"name": "head", "box": [0, 0, 1, 1]}, {"name": "hand"}, {"name": "a,b"}]
    found = of(box(0, 0, 2, 1, extra={"parts": parts}), box(0, 0, 1, 1, extra={"parts": parts[:1]}))
    formats.write(found, tmp_path / "out", "voc")
    lines = (tmp_path / "out/labelmap.txt").read_text().splitlines()
    assert lines[-2:] == ["cat:128,0,0:head,hand:", "dog:0,128,0::"]


def test_a_line_is_no_polygon_of_the_xml(tmp_path: Path) -> None:
    rings = [[[[0, 0], [2, 1], [3, 0]]]]
    line = {"kinds": Kind.LINE, "labels": 0, "boxes": (0, 0, 3, 1), "rings": rings}
    losses = formats.write(of(line), tmp_path / "out", "voc", {"masks": "polygons"})
    assert {loss.what: loss.count for loss in losses} == {"line not kept as such": 1}
    assert table(tmp_path / "out").kinds.tolist() == [Kind.BOX]
