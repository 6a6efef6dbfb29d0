"""Merged sets: every picture, object, class and id of each is there, and what met was settled."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from coco_files import coco
from dataset_strategies import datasets
from hypothesis import given, settings
from PIL import Image
from pycocotools.coco import COCO
from small_sets import SIZE, boxes, named, objects, of, pictures

import formats
from formats.dataset import Dataset, Item, Label, Media, Source
from formats.editing import merged
from formats.errors import FormatError
from prelabel.commands import run


def rows(dataset: Dataset) -> int:
    return sum(len(chunk.annotations) for chunk in dataset.chunks())


@pytest.fixture
def first() -> Dataset:
    return of(named("cat", "dog"), pictures({"a.jpg": [0, 1], "b.jpg": []}, split="train"))


@pytest.fixture
def second() -> Dataset:
    return of(named("bird", "dog"), pictures({"c.jpg": [1, 0]}, split="train"))


def test_classes_are_one_where_their_names_are(first: Dataset, second: Dataset) -> None:
    found = merged([first, second])
    assert [(e.name, e.id) for e in found.labels] == [("cat", 1), ("dog", 2), ("bird", None)]
    assert objects(found) == {"a.jpg": ["cat", "dog"], "b.jpg": [], "c.jpg": ["dog", "bird"]}
    assert objects(found) == objects(found)


def test_a_class_without_an_id_differs_from_none(first: Dataset) -> None:
    other = of((Label("cat"), Label("dog", 7)), pictures({"c.jpg": [0]}))
    notes = [note for note in merged([first, other]).losses.notes if "id" in note]
    assert notes == ["category id 7 of 'dog' differs between the files"]


def test_a_class_without_an_id_takes_that_of_a_later_set(first: Dataset) -> None:
    bare = of((Label("dog"), Label("bird")), pictures({"c.jpg": [0]}))
    found = merged([bare, first])
    assert [(e.name, e.id) for e in found.labels] == [("dog", 2), ("bird", None), ("cat", 1)]
    assert not [note for note in found.losses.notes if "id" in note]


def test_names_that_differ_in_case_stay_two_and_are_warned_about(first: Dataset) -> None:
    other = of(named("Cat"), pictures({"c.jpg": [0]}))
    found = merged([first, other])
    assert [label.name for label in found.labels] == ["cat", "dog", "Cat"]
    assert "'cat' and 'Cat'" in str(*found.losses.warnings.values())


@settings(max_examples=20)
@given(datasets(), datasets())
def test_nothing_is_lost_when_names_cannot_meet(a: Dataset, b: Dataset) -> None:
    found = merged([a, b], prefixes=["one", "two/deep"])
    expected = {f"one/{i.path}": (a, i) for i in a.items}
    expected |= {f"two/deep/{i.path}": (b, i) for i in b.items}
    told = {item.path: item for item in found.items}
    assert list(told) == list(expected)
    for path, (dataset, item) in expected.items():
        assert told[path].size == item.size
        assert told[path].split == item.split
        table, before = told[path].annotations, item.annotations
        assert (table is None) == (before is None)
        if table is None or before is None:
            continue
        names = [found.labels[k].name for k in table.labels]
        assert names == [dataset.labels[k].name for k in before.labels]
        np.testing.assert_array_equal(table.boxes, before.boxes)
        for i in range(len(before)):
            one, other = table.row(i), before.row(i)
            assert one.attributes == other.attributes
            assert one.flags == other.flags
            assert [ring.tolist() for part in one.rings or [] for ring in part] == [
                ring.tolist() for part in other.rings or [] for ring in part
            ]


def test_ids_are_kept_and_the_later_gives_way() -> None:
    def one(first: int, image: int) -> Dataset:
        table = boxes(0, 0, ids=np.array([first, first + 1]))
        return of(named("cat"), [Item(f"{image}-{first}.jpg", SIZE, table, id=image)])

    found = merged([one(5, 1), one(6, 1), one(7, 2)])
    assert [item.id for item in found.items] == [1, 4, 2]
    ids = [item.annotations.ids.tolist() for item in found.items if item.annotations]
    assert ids == [[5, 6], [11, 7], [13, 8]]
    assert found.losses.notes == [
        "1 image id that an earlier set has too: a new one is given",
        "1 annotation id that an earlier set has too: a new one is given",
    ]


def test_splits_are_files_whose_ids_may_be_the_same() -> None:
    def one(split: str) -> Dataset:
        table = boxes(0, ids=np.array([1]))
        return of(named("cat"), [Item(f"{split}.jpg", SIZE, table, id=1, split=split)])

    found = merged([one("train"), one("val")])
    assert [item.id for item in found.items] == [1, 1]
    found = merged([one("val"), one("valid"), one("val2017")])
    assert [(item.id, item.split) for item in found.items] == [(1, "val"), (3, "val"), (4, "val")]
    assert "the split 'valid' is called 'val'" in found.losses.notes


def test_pictures_of_one_name_are_refused_unless_told(first: Dataset) -> None:
    other = of(named("bird"), pictures({"a.jpg": [0], "d.jpg": [0]}, split="val"))
    with pytest.raises(FormatError, match=r"a.jpg stands in x and in y .--same join"):
        merged([first, other], ["x", "y"])
    joined = merged([first, other], same="join")
    assert objects(joined) == {"a.jpg": ["cat", "dog", "bird"], "b.jpg": [], "d.jpg": ["bird"]}
    assert [item.split for item in joined.items] == ["train", "train", "val"]
    assert joined.losses.notes[-1:] == ["1 picture of several sets, joined"]
    assert [str(loss) for loss in joined.losses] == [
        "1 split of a picture that an earlier set has too (first: a.jpg)"
    ]
    alone = merged([first, other], same="first")
    assert objects(alone) == {"a.jpg": ["cat", "dog"], "b.jpg": [], "d.jpg": ["bird"]}
    assert rows(joined) == rows(joined) == 4


def test_three_sets_join_in_their_order_and_groups_stay_apart() -> None:
    sets = [
        of(named(name), [Item("a.jpg", SIZE, boxes(0, 0, groups=np.array([0, -1])))])
        for name in "xyz"
    ]
    item = next(merged(sets, same="join").items)
    assert item.annotations is not None
    assert item.annotations.labels.tolist() == [0, 0, 1, 1, 2, 2]
    assert item.annotations.groups is not None
    assert item.annotations.groups.tolist() == [0, -1, 1, -1, 2, -1]


def test_a_picture_that_nobody_looked_at_is_looked_at_when_another_set_did(first: Dataset) -> None:
    unseen = of(named("cat"), [Item("a.jpg", SIZE), Item("z.jpg", SIZE)])
    found = merged([unseen, first], same="join")
    told = {item.path: item.annotations for item in found.items}
    assert told["z.jpg"] is None
    assert told["a.jpg"] is not None
    assert len(told["a.jpg"]) == 2


def test_annotators_of_one_picture_stay_apart(first: Dataset) -> None:
    mine = of(first.labels, [replace(item, annotator="ann") for item in first.items])
    found = merged([first, mine])
    assert [(i.path, i.annotator) for i in found.items] == [
        ("a.jpg", ""),
        ("b.jpg", ""),
        ("a.jpg", "ann"),
        ("b.jpg", "ann"),
    ]


def test_two_pictures_of_one_name_are_never_joined(tmp_path: Path) -> None:
    sets = []
    for name, shade in (("x", 1), ("y", 2)):
        (tmp_path / name).mkdir()
        Image.new("L", SIZE, shade).save(tmp_path / name / "a.png")
        sets.append(of(named("cat"), pictures({"a.png": [0]}), root=str(tmp_path / name)))
    for same in ("join", "first"):
        with pytest.raises(FormatError, match=r"x and y: a.png is two pictures: .*x/a.png and"):
            merged(sets, ["x", "y"], same=same)  # type: ignore[arg-type]
    (tmp_path / "y/a.png").write_bytes((tmp_path / "x/a.png").read_bytes())
    assert objects(merged(sets, same="join")) == {"a.png": ["cat", "cat"]}
    other = of(named("cat"), [Item("a.png", (7, 7), boxes(0))])
    with pytest.raises(FormatError, match="two pictures of 100x80 and 7x7 pixels"):
        merged([sets[0], other], same="join")


def test_pictures_of_every_set_are_found(tmp_path: Path) -> None:
    sets = []
    for name, shade in (("x", 1), ("y", 2)):
        (tmp_path / name / "images").mkdir(parents=True)
        Image.new("L", SIZE, shade).save(tmp_path / name / "images/a.png")
        sets.append(of(named("cat"), pictures({"a.png": [0]}), root=str(tmp_path / name)))
    formats.write(merged(sets, prefixes=["x", "y"]), tmp_path / "out", "yolo", {"images": "copy"})
    for name in ("x", "y"):
        copied = tmp_path / f"out/images/{name}/a.png"
        assert copied.read_bytes() == (tmp_path / name / "images/a.png").read_bytes()
    with pytest.raises(FormatError, match="leaves the data set's folder"):
        merged(sets, prefixes=["x", "../y"])
    with pytest.raises(FormatError, match="1 prefixes for 2 data sets"):
        merged(sets, prefixes=["x"])


def test_clips_and_sources_point_to_their_own(first: Dataset) -> None:
    sets = []
    for k in range(2):
        media = Media(f"{k}.mp4", SIZE, 2, 25.0)
        items = [Item("f.jpg", SIZE, boxes(0, sources=[k]), media=0, frame=3)]
        sources = (Source("person", "ann"), Source("model", f"m{k}"))
        sets.append(of(named("cat"), items, media=(media,), sources=sources))
    found = merged([first, *sets])
    told = [(item.media and found.media[item.media].path, item.media) for item in found.items]
    assert told == [(None, None), (None, None), (0, 0), ("1.mp4", 1)]
    assert [source.name for source in found.sources] == ["ann", "m0", "m1"]
    names = [item.annotations.sources for item in found.items if item.media is not None]
    assert [found.sources[int(column[0])].name for column in names if column is not None] == [
        "ann",
        "m1",
    ]


def test_skeletons_must_be_the_same() -> None:
    def one(*points: str) -> Dataset:
        return of([Label("man", keypoints=points)], [])

    with pytest.raises(FormatError, match="the class 'man' has other keypoints in another set"):
        merged([one("l", "r"), one("nose")])
    assert merged([one(), one("l", "r")]).labels[0].keypoints == ("l", "r")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([{"a": 1}, {"a": 1}], {"a": 1}),
        ([[{"id": 1}, {"id": 2}], [{"id": 2}, {"id": 3}]], [{"id": 1}, {"id": 2}, {"id": 3}]),
        ([{"train": 1}, {"val": 2}], {"train": 1, "val": 2}),
        ([[{"id": 1, "n": "x"}], [{"id": 1, "n": "y"}]], None),
        ([{"year": 1}, {"year": 2}], None),
        (["x", "y"], None),
    ],
)
def test_keys_of_the_whole_set(values: list[Any], expected: Any) -> None:
    sets = [of(named("cat"), [], extra={"key": value, "own": 1}) for value in values]
    found = merged(sets)
    assert found.extra == {"own": 1, **({} if expected is None else {"key": expected})}
    assert [loss.count for loss in found.losses] == ([1] if expected is None else [])


def test_a_merged_coco_file_is_whole_by_pycocotools(tmp_path: Path) -> None:
    box = {"bbox": [1, 2, 3, 4]}
    one, two = coco(box, box), coco(box)
    two["images"][0]["file_name"] = "b.jpg"
    two["categories"][0]["name"] = "cow"
    for name, value in (("one", one), ("two", two)):
        (tmp_path / f"{name}.json").write_text(json.dumps(value))
    sources = [str(tmp_path / f"{name}.json") for name in ("one", "two")]
    assert run(["merge", *sources, "--out", str(tmp_path / "out.json")]) == 0
    found = COCO(str(tmp_path / "out.json"))
    assert [image["file_name"] for image in found.loadImgs(found.getImgIds())] == ["a.jpg", "b.jpg"]
    assert len(found.anns) == 3
    assert {cat["id"]: cat["name"] for cat in found.cats.values()} == {3: "cat", 9: "dog", 1: "cow"}
    last = found.loadAnns(found.getAnnIds(catIds=[1]))
    assert [found.imgs[row["image_id"]]["file_name"] for row in last] == ["b.jpg"]


def test_the_verb(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("x", "y"):
        formats.write(of(named("cat"), pictures({"a.png": [0]})), tmp_path / name, "native")
    sources = [str(tmp_path / name) for name in ("x", "y")]
    out = tmp_path / "out"
    assert run(["merge", *sources, "--out", str(out)]) == 3
    assert run(["merge", *sources, "--out", str(out), "--prefix"]) == 0
    assert list(objects(formats.read(out))) == ["x/a.png", "y/a.png"]
    assert run(["merge", *sources, "--out", str(out), "--prefix", "p,q", "--overwrite"]) == 0
    assert list(objects(formats.read(out))) == ["p/a.png", "q/a.png"]
    assert run(["merge", *sources, "--out", str(out), "--prefix", "p,p"]) == 2
    assert run(["merge", *sources, "--out", str(tmp_path), "--overwrite"]) == 3
    assert run(["merge", *sources, "--out", str(out), "--from", "native,coco,yolo"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4
    assert "a.png stands in" in lines[0]
    assert "two datasets would be put into one folder: p, p" in lines[1]
    assert "lies in the target" in lines[2]
    assert "3 formats for 2 datasets" in lines[3]
