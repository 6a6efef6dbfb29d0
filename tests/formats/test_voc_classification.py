"""Pascal VOC's lists of classes: what they say of whole pictures becomes tags."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import formats
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Dataset, Item, Label
from formats.errors import FormatError
from formats.voc.labelmap import VOC

PAGE = "<annotation><filename>a.jpg</filename>{}</annotation>"
BOX = (
    "<object><name>cat</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax>"
    "</bndbox></object>"
)
LISTS = {
    "train": "a\nb 1\nc\n",
    "val": "d\n",
    "cat_train": "a  1\nb 1 -1\nc -1\n",
    "dog_train": 'a -1\n"b 1"  1\nc  0\n',
    "big_dog_val": "d  1\n",
}


def build(root: Path, lists: dict[str, str]) -> Path:
    (root / "JPEGImages").mkdir(parents=True)
    (root / "ImageSets/Main").mkdir(parents=True)
    for name in ("a", "b 1", "c", "d", "e"):
        Image.new("L", (9, 8)).save(root / f"JPEGImages/{name}.jpg")
    for name, text in lists.items():
        (root / f"ImageSets/Main/{name}.txt").write_text(text)
    return root


def found(root: Path) -> dict[str, list[tuple[str, Kind, bool]] | None]:
    dataset = formats.read(root)
    return {
        item.path: None
        if item.annotations is None
        else [
            (dataset.labels[row.label].name, row.kind, bool(row.flags & Flag.DIFFICULT))
            for row in item.annotations.rows()
        ]
        for item in dataset.items
    }


def test_pictures_and_lists_alone(tmp_path: Path) -> None:
    assert formats.sniff(build(tmp_path, LISTS)) == "voc"
    assert found(tmp_path) == {
        "a.jpg": [("cat", Kind.TAG, False)],
        "b 1.jpg": [("dog", Kind.TAG, False)],
        "c.jpg": [("dog", Kind.TAG, True)],
        "d.jpg": [("big_dog", Kind.TAG, False)],
        "e.jpg": None,
    }


def test_an_object_of_the_class_needs_no_tag(tmp_path: Path) -> None:
    build(tmp_path, LISTS | {"dog_train": "a 1\nb 1 -1\nc -1\n"})
    (tmp_path / "Annotations").mkdir()
    (tmp_path / "Annotations/a.xml").write_text(PAGE.format(BOX))
    told = found(tmp_path)
    assert told["a.jpg"] == [("cat", Kind.BOX, False), ("dog", Kind.TAG, False)]
    assert told["c.jpg"] == []  # somebody looked


def test_the_twenty_classes_keep_their_numbers(tmp_path: Path) -> None:
    lists = {name: LISTS[name] for name in ("train", "cat_train", "dog_train")}
    dataset = formats.read(build(tmp_path, lists))
    assert [label.name for label in dataset.labels] == list(VOC)


def test_a_name_of_a_list_never_leaves_the_folder(tmp_path: Path) -> None:
    build(tmp_path, {"train": "../../x\n"})
    with pytest.raises(FormatError, match="leaves"):
        formats.read(tmp_path, "voc")


def test_a_class_that_only_a_list_knows_comes_after_those_of_the_map(tmp_path: Path) -> None:
    build(tmp_path, LISTS | {"N_A_train": "a 1\n"})
    (tmp_path / "labelmap.txt").write_text("zebra:1,2,3::\nN/A:4,5,6::\ncat:7,8,9::\n")
    dataset = formats.read(tmp_path)
    names = [label.name for label in dataset.labels]
    assert names == ["zebra", "N/A", "cat", "big_dog", "dog"]
    assert found(tmp_path)["a.jpg"] == [("N/A", Kind.TAG, False), ("cat", Kind.TAG, False)]


def test_lists_that_are_written_come_back_as_tags(tmp_path: Path) -> None:
    source = formats.read(build(tmp_path / "a", LISTS))
    formats.write(source, tmp_path / "b", "voc", {"class_lists": True, "images": "copy"})
    assert found(tmp_path / "b") == found(tmp_path / "a")


def test_tags_that_lists_cannot_tell_apart_are_counted(tmp_path: Path) -> None:
    kinds = np.array([Kind.TAG, Kind.TAG, Kind.TAG, Kind.BOX])
    columns = {"labels": np.array([0, 0, 1, 1]), "scores": np.array([0.5, np.nan, np.nan, np.nan])}
    table = Annotations.of(4, kinds=kinds, boxes=np.full((4, 4), [1.0, 1, 5, 5]), **columns)
    labels = (Label("cat"), Label("dog"))
    dataset = Dataset.of(labels, [Item("a.jpg", (9, 8), table, split="train")])
    losses = formats.write(dataset, tmp_path / "o", "voc", {"class_lists": True})
    assert {loss.what: loss.count for loss in losses} == {
        "score": 1,
        "tag of a class that the picture shows anyway": 2,
    }
    assert found(tmp_path / "o") == {"a.jpg": [("dog", Kind.BOX, False), ("cat", Kind.TAG, False)]}
    without = formats.write(dataset, tmp_path / "p", "voc")
    assert {loss.what: loss.count for loss in without} == {"tag of a whole picture": 3}


def test_difficult_tags_are_told_by_lists_of_classes(tmp_path: Path) -> None:
    source = formats.read(build(tmp_path / "a", LISTS))
    losses = formats.write(source, tmp_path / "b", "voc", {"class_lists": True, "strict": True})
    assert not list(losses)


def test_flags_that_lists_of_classes_do_not_tell_are_counted(tmp_path: Path) -> None:
    flags = np.array([Flag.DIFFICULT, Flag.OCCLUDED])
    table = Annotations.of(2, kinds=[Kind.TAG] * 2, labels=[0, 1], flags=flags)
    dataset = Dataset.of((Label("cat"), Label("dog")), [Item("a.jpg", (9, 8), table)])
    losses = formats.write(dataset, tmp_path / "o", "voc", {"class_lists": True})
    assert {loss.what: loss.count for loss in losses} == {"flags": 1}


def test_blanks_around_a_class_of_lists(tmp_path: Path) -> None:
    table = Annotations.of(1, kinds=[Kind.TAG], labels=[0])
    labels = (Label(" cat "), Label("dog"))
    dataset = Dataset.of(labels, [Item("a.jpg", (9, 8), table)])
    formats.write(dataset, tmp_path / "o", "voc", {"class_lists": True})
    assert found(tmp_path / "o") == {"a.jpg": [(" cat ", Kind.TAG, False)]}
