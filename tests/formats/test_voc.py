"""Pascal VOC read: the challenge's own layout, other tools' files, what cannot be used."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import formats
from formats.annotations import Annotation, Annotations
from formats.columns import Flag, Kind
from formats.dataset import Dataset, Item
from formats.errors import FormatError
from formats.voc.labelmap import VOC
from geometry import masks

GOLDEN = Path(__file__).parent.parent / "golden" / "voc"
PAGE = "<annotation><filename>{}</filename>{}</annotation>"
OBJECT = "<object><name>{}</name><bndbox>{}</bndbox></object>"


def table(item: Item) -> Annotations:
    assert item.annotations is not None
    return item.annotations


def rows(item: Item) -> list[Annotation]:
    return list(table(item).rows())


def sides(*numbers: float) -> str:
    tags = ("xmin", "ymin", "xmax", "ymax")
    return "".join(f"<{t}>{n}</{t}>" for t, n in zip(tags, numbers, strict=True))


def page(folder: Path, name: str, *objects: tuple[str, tuple[float, ...]]) -> None:
    inside = "".join(OBJECT.format(label, sides(*box)) for label, box in objects)
    (folder / f"{name}.xml").write_text(PAGE.format(f"{name}.jpg", inside))


def names(dataset: Dataset) -> list[str]:
    return [label.name for label in dataset.labels]


def test_the_layout_of_the_challenge() -> None:
    dataset = formats.read(GOLDEN / "voc2012")
    items = list(dataset.items)
    assert formats.sniff(GOLDEN / "voc2012") == "voc"
    assert names(dataset) == list(VOC)
    assert [(item.path, item.split) for item in items] == [
        ("2008_000009.jpg", "train"),
        ("2008_000008.jpg", "train"),
        ("2007_000027.jpg", "val"),
        ("2008_000010.jpg", "test"),
    ]
    assert [item.size for item in items] == [(8, 6)] * 4
    assert len(table(items[0])) == 0
    assert items[3].annotations is None
    assert table(items[1]).boxes.tolist() == [[1.5, 0, 7, 6]]
    assert Path(dataset.root) == GOLDEN / "voc2012" / "JPEGImages"
    assert not dataset.losses
    assert not dataset.losses.warnings


def test_objects_have_their_own_boxes_flags_parts_and_masks() -> None:
    items = {item.path: item for item in formats.read(GOLDEN / "voc2012").items}
    person, cat = rows(items["2007_000027.jpg"])
    assert [VOC[person.label], VOC[cat.label]] == ["person", "cat"]
    assert person.box.tolist() == [0, 1, 4, 6]
    assert cat.box.tolist() == [5, 0, 8, 3]
    assert person.flags == Flag.TRUNCATED
    assert cat.flags == Flag.DIFFICULT | Flag.OCCLUDED
    assert person.extra == {"pose": "Left", "parts": [{"name": "head", "box": [1, 1, 3, 3]}]}
    assert cat.extra == {"actions": {"jumping": "0", "walking": "1"}}
    assert person.kind == cat.kind == Kind.MASK
    assert person.mask is not None
    assert masks.bounds(person.mask).tolist() == [0, 1, 3, 6]
    void = items["2007_000027.jpg"].extra["void"]
    assert masks.area(masks.from_coco_string(void["counts"], (8, 6))) == 13


@pytest.mark.parametrize("inner", ["", "VOCdevkit"])
def test_the_set_is_found_above_its_folder_and_in_its_annotations(
    inner: str, tmp_path: Path
) -> None:
    year = tmp_path / inner / "VOC2012"
    shutil.copytree(GOLDEN / "voc2012", year)
    for path in (tmp_path, year / "Annotations"):
        assert formats.sniff(path) == "voc"
        assert len(list(formats.read(path).items)) == 4
    shutil.copytree(GOLDEN / "voc2012", year.with_name("VOC2007"))
    with pytest.raises(FormatError, match=r"several sets \(VOC2007, VOC2012\)"):
        formats.read(tmp_path, "voc")


def test_xml_beside_pictures_with_polygons_and_splits_by_folder() -> None:
    dataset = formats.read(GOLDEN / "roboflow")
    items = list(dataset.items)
    assert formats.sniff(GOLDEN / "roboflow") == "voc"
    assert [(i.path, i.split, i.annotations is None) for i in items] == [
        ("train/a.v2.final.jpg", "train", False),
        ("train/background.jpg", "train", True),
        ("valid/b c.jpg", "valid", False),
    ]
    (pill,) = rows(items[0])
    assert pill.kind == Kind.POLYGON
    assert pill.rings is not None
    assert pill.rings[0][0].tolist() == [[1, 2], [6, 2], [6, 7]]
    assert pill.box.tolist() == [1, 2, 6, 7]


def test_a_lone_file_of_labelimg() -> None:
    dataset = formats.read(GOLDEN / "labelimg" / "dog.xml")
    (item,) = dataset.items
    assert (item.path, item.size, item.status) == ("dog.jpg", None, "verified")
    assert names(dataset) == ["hund & ö"]
    assert table(item).boxes.tolist() == [[0, 5, 12, 9]]
    assert any("a box of dog.xml begins at 0" in note for note in dataset.losses.notes)
    (again,) = formats.read(GOLDEN / "labelimg" / "dog.xml", options={"origin": "one"}).items
    assert table(again).boxes.tolist() == [[-1, 4, 12, 9]]


def test_what_datumaro_wrote() -> None:
    dataset = formats.read(GOLDEN / "datumaro")
    one, two = dataset.items
    assert names(dataset) == ["zebra", "ant"]
    assert (one.split, two.split) == ("train", "")
    ant, zebra = rows(one)
    assert (ant.label, zebra.label) == (1, 0)
    assert ant.box.tolist() == [1, 1, 4, 4]
    assert ant.attributes == {"colour": "red"}
    assert ant.flags == Flag.DIFFICULT | Flag.OCCLUDED
    assert ant.mask is not None
    assert zebra.mask is not None
    assert masks.bounds(ant.mask).tolist() == [1, 1, 4, 4]
    assert masks.bounds(zebra.mask).tolist() == [5, 2, 8, 6]
    assert table(two).boxes.tolist() == [[2.5, 0.5, 5.5, 3.5]]
    assert any("written by CVAT, datumaro or LabelMe" in note for note in dataset.losses.notes)


def test_odd_objects_are_told_with_their_line() -> None:
    dataset = formats.read(GOLDEN / "odd")
    (item,) = dataset.items
    turned, swapped = rows(item)
    assert turned.kind == Kind.ROTATED
    assert turned.rotated is not None
    assert turned.rotated.tolist() == [10, 5, 6, 2, 0.5]
    assert swapped.box.tolist() == [8, 7, 3, 2]
    assert (swapped.score, swapped.flags) == (0.25, 0)
    assert swapped.attributes == {"colour": "red", "count": 3}
    assert swapped.extra == {"note": ["a", "b"]}
    told = {loss.what: loss for loss in dataset.losses}
    assert told["object without a class"].example.endswith("odd.xml:12")
    assert told["object without a usable box"].example.endswith("odd.xml:15")
    assert told["object without a usable box"].count == 2
    warned = dataset.losses.warnings
    assert warned["box whose corners are swapped"].example.endswith("odd.xml:19")
    assert item.path == "odd.png"
    assert "filename that is not that of the picture" in warned


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("<annotation>\n<object>\n</annotation>", ":3", "not XML"),
        ("<annotations></annotations>", ":1", "the root element is <annotations>"),
        ('<!DOCTYPE a [<!ENTITY b "c">]>\n<annotation>&b;</annotation>', ":1", "refused"),
        ('<?xml version="1.0" encoding="nonsense"?><annotation/>', ":1", "not XML"),
    ],
)
def test_what_is_no_xml_of_voc_names_file_and_line(
    text: str, where: str, what: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.xml"
    path.write_text(text)
    with pytest.raises(FormatError, match=what) as told:
        formats.read(path, "voc")
    assert told.value.where == f"{path}{where}"


def test_files_of_windows_are_read(tmp_path: Path) -> None:
    text = PAGE.format("a.jpg", OBJECT.format("chat é", sides(1, 1, 2, 2)))
    (tmp_path / "a.xml").write_bytes(b"\xef\xbb\xbf" + text.replace(">", ">\r\n").encode())
    dataset = formats.read(tmp_path)
    assert names(dataset) == ["chat é"]
    assert [len(table(item)) for item in dataset.items] == [1]


def test_pixels_begin_at_one_unless_the_set_says_otherwise(tmp_path: Path) -> None:
    page(tmp_path, "a", ("x", (1, 2, 3, 4)))
    (item,) = formats.read(tmp_path).items
    assert table(item).boxes.tolist() == [[0, 1, 3, 4]]
    page(tmp_path, "b", ("x", (0, 2, 3, 4)))
    first, _ = formats.read(tmp_path).items
    assert table(first).boxes.tolist() == [[1, 2, 3, 4]]
    first, _ = formats.read(tmp_path, options={"origin": "one"}).items
    assert table(first).boxes.tolist() == [[0, 1, 3, 4]]


def test_numbers_come_back_as_people_write_them(tmp_path: Path) -> None:
    page(tmp_path, "a", ("x", (1.41, 1.11, 3.5, 4)))
    (item,) = formats.read(tmp_path).items
    assert table(item).boxes.tolist() == [[0.41, 0.11, 3.5, 4]]


def test_xml_and_pictures_in_folders_of_their_own(tmp_path: Path) -> None:
    for folder in ("annotations", "images"):
        (tmp_path / "train" / folder).mkdir(parents=True)
    page(tmp_path / "train" / "annotations", "a", ("x", (1, 1, 2, 2)))
    Image.new("L", (9, 4)).save(tmp_path / "train" / "images" / "a.png")
    (item,) = formats.read(tmp_path).items
    assert (item.path, item.split, item.size) == ("train/images/a.png", "train", (9, 4))


def test_classes_come_from_a_list_or_by_name(tmp_path: Path) -> None:
    page(tmp_path, "a", ("zebra", (1, 1, 2, 2)), ("ant", (1, 1, 2, 2)))
    assert names(formats.read(tmp_path)) == ["ant", "zebra"]
    listed = tmp_path / "names.txt"
    listed.write_text("zebra\nunused\n")
    given = {"names": str(listed)}
    assert names(formats.read(tmp_path, options=given)) == ["zebra", "unused", "ant"]
    (tmp_path / "labelmap.txt").write_text("# a comment\nbackground:0,0,0::\nzebra:1,2,3::\n")
    assert names(formats.read(tmp_path)) == ["zebra", "ant"]
    (tmp_path / "labelmap.txt").unlink()
    for file in tmp_path.glob("*.xml"):
        file.unlink()
    page(tmp_path, "a", ("sheep", (1, 1, 2, 2)), ("boat", (1, 1, 2, 2)))
    assert names(formats.read(tmp_path)) == ["boat", "sheep"]


def test_sizes_come_from_the_file_the_picture_or_the_option(tmp_path: Path) -> None:
    page(tmp_path, "a", ("x", (1, 1, 2, 2)))
    assert [item.size for item in formats.read(tmp_path).items] == [None]
    sizes = tmp_path / "sizes.csv"
    sizes.write_text("a.jpg,7,5\n")
    given = {"sizes": str(sizes)}
    assert [item.size for item in formats.read(tmp_path, options=given).items] == [(7, 5)]
    Image.new("L", (9, 4)).save(tmp_path / "a.jpg")
    assert [item.size for item in formats.read(tmp_path).items] == [(9, 4)]


def test_a_stated_size_is_held_against_the_picture(tmp_path: Path) -> None:
    turned = Image.new("L", (9, 4))
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(tmp_path / "a.jpg", exif=exif)
    size = "<size><width>9</width><height>4</height></size>"
    (tmp_path / "a.xml").write_text(PAGE.format("a.jpg", size))
    dataset = formats.read(tmp_path)
    assert [item.size for item in dataset.items] == [(9, 4)]
    (told,) = dataset.losses.warnings.values()
    assert "stored size of a turned (EXIF) picture" in told.what
    assert told.example.endswith("a.xml: (9, 4)")


def test_names_do_not_leave_the_folder(tmp_path: Path) -> None:
    for name in ("../../../etc/a.jpg", "C:\\x\\a.jpg", "/etc/a.jpg"):
        (tmp_path / "a.xml").write_text(PAGE.format(name, ""))
        assert [item.path for item in formats.read(tmp_path).items] == ["a.jpg"]


def test_names_of_lists_do_not_leave_the_folder(tmp_path: Path) -> None:
    (tmp_path / "Annotations").mkdir()
    lists = tmp_path / "ImageSets" / "Main"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("../../a\n")
    with pytest.raises(FormatError, match=r"ImageSets: train\.txt: the name '../../a' leaves"):
        formats.read(tmp_path, "voc")


def segmented(folder: Path, classes: np.ndarray, objects: np.ndarray | None = None) -> None:
    for name, dense in (("SegmentationClass", classes), ("SegmentationObject", objects)):
        (folder / name).mkdir(exist_ok=True)
        if dense is not None:
            Image.fromarray(dense.astype(np.uint8)).save(folder / name / "a.png")


def test_objects_of_a_map_in_another_order_go_by_class_and_place(tmp_path: Path) -> None:
    (tmp_path / "Annotations").mkdir()
    page(tmp_path / "Annotations", "a", ("cat", (1, 1, 2, 2)), ("dog", (3, 1, 4, 2)))
    (tmp_path / "labelmap.txt").write_text("background:::\ndog:::\ncat:::\n")
    objects = np.array([[2, 2, 1, 1, 3], [2, 2, 1, 1, 3]])
    segmented(tmp_path, np.array([[2, 2, 1, 1, 1], [2, 2, 1, 1, 1]]), objects)
    (item,) = formats.read(tmp_path).items
    cat, dog, further = rows(item)
    for row, box in ((cat, [0, 0, 2, 2]), (dog, [2, 0, 4, 2]), (further, [4, 0, 5, 2])):
        assert row.mask is not None
        assert masks.bounds(row.mask).tolist() == row.box.tolist() == box
    assert further.label == dog.label == 0


def test_maps_of_classes_alone_are_masks_of_classes(tmp_path: Path) -> None:
    (tmp_path / "JPEGImages").mkdir()
    lists = tmp_path / "ImageSets" / "Segmentation"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("a\n")
    Image.new("L", (2, 2)).save(tmp_path / "JPEGImages" / "a.jpg")
    segmented(tmp_path, np.array([[0, 8], [15, 255]]))
    assert formats.sniff(tmp_path) == "voc"
    (item,) = formats.read(tmp_path).items
    assert (item.path, item.split) == ("a.jpg", "train")
    assert [VOC[row.label] for row in rows(item)] == ["cat", "person"]
    assert item.extra["void"]["size"] == [2, 2]
    (bare,) = formats.read(tmp_path, options={"masks": "none"}).items
    assert bare.annotations is None


def test_a_broken_label_map_costs_its_masks_alone(tmp_path: Path) -> None:
    shutil.copytree(GOLDEN / "voc2012", tmp_path / "set")
    broken = tmp_path / "set" / "SegmentationObject" / "2007_000027.png"
    broken.write_bytes(broken.read_bytes()[:40])
    dataset = formats.read(tmp_path / "set")
    for _ in range(2):
        kinds = [table(item).kinds.tolist() for item in dataset.items if item.annotations]
        assert kinds[-1] == [Kind.BOX, Kind.BOX]
    assert [(loss.what, loss.count) for loss in dataset.losses] == [
        ("label map that cannot be read", 1),
        ("label map of classes alone, beside the boxes of an XML", 1),
    ]


def test_a_folder_without_xml_is_none(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no XML file of VOC"):
        formats.read(tmp_path, "voc")
    assert formats.get("voc").sniff(tmp_path) is None  # type: ignore[misc]
    (tmp_path / "a.xml").write_text("<annotations><image/></annotations>")
    assert formats.get("voc").sniff(tmp_path / "a.xml") is None  # type: ignore[misc]


def test_two_xml_files_of_one_picture_are_an_error(tmp_path: Path) -> None:
    for folder in ("annotations", "labels"):
        (tmp_path / folder).mkdir()
        page(tmp_path / folder, "a", ("x", (1, 1, 2, 2)))
    with pytest.raises(FormatError, match=r"annotations/a\.xml and labels/a\.xml are both"):
        formats.read(tmp_path, "voc")


def test_names_in_lists_may_have_an_ending_and_stand_in_two(tmp_path: Path) -> None:
    (tmp_path / "Annotations").mkdir()
    page(tmp_path / "Annotations", "a", ("x", (1, 1, 2, 2)))
    lists = tmp_path / "ImageSets" / "Main"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("a.jpg\n")
    (lists / "val.txt").write_text("a\nb\n")
    dataset = formats.read(tmp_path)
    found = [(item.path, item.split) for item in dataset.items]
    assert found == [("a.jpg", "train"), ("b.jpg", "val")]
    assert set(dataset.losses.warnings) == {
        "picture in two splits, of which the first is kept",
        "picture of a list that is not there",
    }


def test_polygons_as_points_and_flags_and_json_that_is_none(tmp_path: Path) -> None:
    points = "".join(f"<pt><x>{x}</x><y>{y}</y></pt>" for x, y in ((1, 1), (4, 1), (4, 5)))
    box = f"<bndbox>{sides(1, 1, 4, 5)}</bndbox>"
    several = (
        f"<object><name>a</name>{box}<polygon>{points}</polygon></object>"
        f"<object><name>a</name>{box}<polygon><x1>1</x1></polygon></object>"
        f"<object><name>a</name>{box}<note type='json'>{{</note><score>x</score></object>"
        "<object><name>a</name><bndbox><xmin>x</xmin></bndbox></object>"
    )
    (tmp_path / "a.xml").write_text(PAGE.format("a.jpg", several))
    dataset = formats.read(tmp_path)
    outlined, kept, noted = rows(next(iter(dataset.items)))
    assert outlined.rings is not None
    assert outlined.rings[0][0].tolist() == [[0, 0], [3, 0], [3, 4]]
    assert kept.kind == Kind.BOX
    assert kept.extra == {"polygon": {"x1": "1"}}
    assert noted.extra == {"note": "{"}
    assert np.isnan(noted.score)
    assert [loss.what for loss in dataset.losses] == ["object without a usable box"]


def test_a_picture_that_cannot_be_read_keeps_its_stated_size(tmp_path: Path) -> None:
    size = "<size><width>9</width><height>4</height></size>"
    (tmp_path / "a.xml").write_text(PAGE.format("a.jpg", size))
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8 no picture")
    dataset = formats.read(tmp_path)
    assert [item.size for item in dataset.items] == [(9, 4)]
    assert "picture that cannot be read" in dataset.losses.warnings


def test_objects_of_a_map_without_classes(tmp_path: Path) -> None:
    (tmp_path / "Annotations").mkdir()
    page(tmp_path / "Annotations", "a", ("cat", (1, 1, 2, 1)))
    objects = np.array([[1, 1, 0, 2]])
    segmented(tmp_path, objects, objects)
    (tmp_path / "SegmentationClass" / "a.png").unlink()
    dataset = formats.read(tmp_path)
    (cat,) = rows(next(iter(dataset.items)))
    assert cat.mask is not None
    assert [loss.what for loss in dataset.losses] == ["object of a label map without a class"]


def test_old_files_of_labelme_count_from_0(tmp_path: Path) -> None:
    points = "".join(f"<pt><x>{x}</x><y>{y}</y></pt>" for x, y in ((1, 2), (11, 2), (11, 22)))
    inside = f"<object><name>cat</name><polygon>{points}<username/></polygon></object>"
    size = "<imagesize><nrows>50</nrows><ncols>100</ncols></imagesize>"
    (tmp_path / "a.xml").write_text(PAGE.format("a.jpg", size + inside))
    dataset = formats.read(tmp_path)
    (item,) = dataset.items
    assert table(item).boxes.tolist() == [[1, 2, 11, 22]]


def test_a_second_box_of_an_object_is_kept_beside_the_first(tmp_path: Path) -> None:
    boxes = "".join(f"<bndbox>{sides(*box)}</bndbox>" for box in ((1, 2, 3, 4), (5, 6, 7, 8)))
    told = PAGE.format("a.jpg", f"<object><name>a</name>{boxes}</object>")
    (tmp_path / "a.xml").write_text(told)
    ((row,),) = map(rows, formats.read(tmp_path).items)
    assert row.box.tolist() == [0, 1, 3, 4]
    assert row.extra["bndbox"] == {"xmin": "5", "ymin": "6", "xmax": "7", "ymax": "8"}


@pytest.mark.parametrize("lone", [False, True])
def test_of_pictures_of_one_name_the_xml_tells_which(tmp_path: Path, lone: bool) -> None:
    for name, size in (("a.jpg", (8, 6)), ("a.png", (4, 3))):
        Image.new("RGB", size).save(tmp_path / name)
    (tmp_path / "a.xml").write_text(PAGE.format("a.png", OBJECT.format("x", sides(1, 1, 2, 2))))
    found = formats.read(tmp_path / "a.xml" if lone else tmp_path)
    assert [(item.path, item.size) for item in found.items] == [("a.png", (4, 3))]
    losses = [(loss.what, loss.count, loss.example) for loss in found.losses]
    what = "picture left out, whose name another one has but for the ending"
    assert losses == [(what, 1, "a")]
    assert not found.losses.warnings
