"""What a data set is counted to be, and what is wrong with its names, ids and pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from coco_files import coco
from dataset_strategies import datasets
from hypothesis import given, settings
from PIL import Image
from small_sets import SIZE, boxes, named, of, pictures

import formats
from formats.annotations import Annotations
from formats.dataset import Dataset, Item, Label
from formats.inspection import Inspection, inspect, record
from formats.inspection.problems import KINDS, PLACES
from prelabel.commands import run


def problems(dataset: Dataset) -> dict[str, int]:
    return {problem.name: problem.count for problem in inspect(dataset).problems}


def places(seen: Inspection, name: str) -> list[str]:
    return seen.problems[name].places


def test_counts() -> None:
    items = pictures({"a.jpg": [0, 1, 1], "b.jpg": [1]}, split="train")
    items += pictures({"c.jpg": []}, split="val")
    items += [Item("d.jpg", (10, 10), split="val")]
    told = record.as_json(inspect(of(named("cat", "dog", "unused"), items)))
    assert told["pictures"] == {
        "total": 4,
        "with_objects": 2,
        "without_objects": 1,
        "not_looked_at": 1,
        "found": 0,
        "missing": 4,
        "sizes": [{"size": [100, 80], "pictures": 3}, {"size": [10, 10], "pictures": 1}],
    }
    assert told["objects"]["total"] == 4
    assert told["objects"]["most_in_a_picture"] == 3
    assert told["objects"]["kinds"] == {"box": 4}
    assert told["objects"]["sizes"] == {"small": 4, "medium": 0, "large": 0}
    assert [(c["name"], c["objects"], c["pictures"]) for c in told["classes"]] == [
        ("cat", 1, 1),
        ("dog", 3, 2),
        ("unused", 0, 0),
    ]
    assert told["classes"][1]["splits"] == {"train": 3, "val": 0}
    assert told["splits"]["val"] == {
        "total": 2,
        "with_objects": 0,
        "without_objects": 1,
        "not_looked_at": 1,
        "objects": 0,
    }
    assert told["problems"] == []


@settings(max_examples=25)
@given(datasets())
def test_counts_are_those_of_a_plain_walk(dataset: Dataset) -> None:
    told = record.as_json(inspect(dataset))
    items = list(dataset.items)
    rows = [row for i in items if i.annotations is not None for row in i.annotations.rows()]
    assert told["pictures"]["total"] == len(items)
    assert told["pictures"]["not_looked_at"] == sum(i.annotations is None for i in items)
    assert told["objects"]["total"] == len(rows)
    assert sum(told["objects"]["kinds"].values()) == len(rows)
    assert told["objects"]["with_score"] == sum(row.score == row.score for row in rows)
    assert told["objects"]["with_track"] == sum(row.track >= 0 for row in rows)
    for k, entry in enumerate(told["classes"]):
        assert entry["objects"] == sum(row.label == k for row in rows)
        assert entry["pictures"] == sum(
            i.annotations is not None and k in i.annotations.labels for i in items
        )
        assert sum(entry["splits"].values()) == entry["objects"]
    json.dumps(told, allow_nan=False)
    assert "\n".join(record.lines(inspect(dataset)))


def test_an_empty_set_can_be_looked_at() -> None:
    seen = inspect(of([], []))
    assert record.as_json(seen)["objects"]["total"] == 0
    assert list(record.lines(seen))[-1] == "problems  none"


def test_sizes_of_objects_are_those_of_coco() -> None:
    sides = np.array([[0, 0, 32, 31], [0, 0, 32, 32], [0, 0, 96, 95], [0, 0, 96, 96.0]])
    dataset = of(named("cat"), [Item("a.jpg", (200, 200), boxes(0, 0, 0, 0, boxes=sides))])
    assert record.as_json(inspect(dataset))["objects"]["sizes"] == {
        "small": 1,
        "medium": 2,
        "large": 1,
    }


def test_ids() -> None:
    def one(path: str, split: str, *ids: int) -> Item:
        return Item(path, SIZE, boxes(*[0] * len(ids), ids=np.array(ids)), split=split)

    items = [one("a", "x", 0, 5, 5), one("b", "x", 5, 7, -1, -1), one("c", "y", 5, 7)]
    seen = inspect(of(named("cat"), items))
    assert {p.name: p.count for p in seen.problems} == {"id-zero": 1, "id-twice": 2}
    assert places(seen, "id-zero") == ["a: object 1 (id 0)"]
    assert places(seen, "id-twice") == ["id 5"]


def test_classes() -> None:
    labels = [Label(name) for name in ("cat", "Cat", "dog", "dog", "", " ", "hot_dog", "hot dog")]
    seen = inspect(of(labels, []))
    assert {p.name: p.count for p in seen.problems} == {
        "class-nameless": 2,
        "class-twice": 1,
        "class-alike": 2,
    }
    assert places(seen, "class-alike") == ["'Cat' and 'cat'", "'hot dog' and 'hot_dog'"]


def test_paths() -> None:
    items = [
        Item("a/1.jpg", SIZE, boxes(0), split="train"),
        Item("a/1.jpg", SIZE, boxes(0), split="train"),
        Item("a/1.jpg", SIZE, boxes(0), split="train", annotator="bob"),
        Item("b/2.jpg", SIZE, split="train"),
        Item("b/2.jpg", SIZE, split="val", annotator="bob"),
        Item("b/3.jpg", SIZE),
        Item("b/3.png", SIZE),
        Item("B/4.jpg", SIZE),
        Item("b/4.jpg", SIZE),
    ]
    seen = inspect(of(named("cat"), items))
    assert {p.name: p.count for p in seen.problems} == {
        "picture-twice": 1,
        "two-splits": 1,
        "one-label-file": 1,
        "names-alike": 1,
    }
    assert places(seen, "two-splits") == ["b/2.jpg (train, val)"]


@pytest.fixture
def photos(tmp_path: Path) -> Dataset:
    """One picture for each fault, and two that are right."""
    exif = Image.Exif()
    exif[0x0112] = 6
    for name in ("good.jpg", "same.jpg", "cut.jpg"):
        Image.new("L", SIZE, 9).save(tmp_path / name)
    Image.new("L", SIZE, 7).save(tmp_path / "turned.jpg", exif=exif)
    Image.new("L", (3, 4)).save(tmp_path / "other.png")
    Image.new("L", (5, 6)).save(tmp_path / "unsized.png")
    (tmp_path / "cut.jpg").write_bytes((tmp_path / "good.jpg").read_bytes()[:-9])
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8nothing")
    names = ("good", "same", "cut", "turned", "broken", "gone")
    items = pictures({f"{name}.jpg": [0] for name in names})
    items += [*pictures({"other.png": [0]}), Item("unsized.png", None, boxes())]
    return of(named("cat"), items, root=str(tmp_path))


def test_pictures(photos: Dataset) -> None:
    seen = inspect(photos)
    assert {p.name: p.count for p in seen.problems} == {
        "picture-missing": 1,
        "picture-broken": 1,
        "picture-cut-off": 1,
        "picture-unsized": 1,
        "picture-turned": 1,
        "picture-size": 1,
        "same-picture": 1,
    }
    assert (seen.found, seen.missing) == (7, 1)
    assert places(seen, "picture-turned") == ["turned.jpg: 100x80, is 80x100"]
    assert places(seen, "same-picture") == ["same.jpg = good.jpg"]
    assert not list(inspect(photos, pictures=False).problems)


def test_the_same_picture_in_two_splits(tmp_path: Path) -> None:
    for name in "ab":
        Image.new("L", SIZE, 9).save(tmp_path / f"{name}.png")
    items = [*pictures({"a.png": [0]}, split="train"), *pictures({"b.png": [0]}, split="val")]
    seen = inspect(of(named("cat"), items, root=str(tmp_path)))
    assert places(seen, "two-splits") == ["a.png (train) = b.png (val)"]


def test_pictures_that_are_all_elsewhere_are_no_problem(tmp_path: Path) -> None:
    dataset = of(named("cat"), pictures({"a.png": [0]}), root=str(tmp_path))
    assert not problems(dataset)
    assert "          no picture is at hand" in list(record.lines(inspect(dataset)))


def test_few_places_are_told_and_all_are_counted() -> None:
    table = boxes(*[0] * 9, scores=np.full(9, 2.0))
    seen = inspect(of(named("cat"), [Item("a.jpg", SIZE, table)]))
    assert seen.problems["score-range"].count == 9
    assert len(places(seen, "score-range")) == PLACES
    assert str(next(iter(seen.problems))).endswith("a.jpg: object 3, ...)")


def test_what_reading_left_out_is_a_problem(tmp_path: Path) -> None:
    value = coco({"bbox": [1, 1, 2, 2]}, {"bbox": [1, 1, 2, 2], "category_id": 77})
    (tmp_path / "a.json").write_text(json.dumps(value))
    found = list(inspect(formats.read(tmp_path / "a.json")).problems)
    assert [(problem.name, problem.count) for problem in found] == [("reading", 1)]
    assert "category_id" in found[0].what
    assert "#/annotations/1/category_id = 77" in found[0].places[0]


def test_every_kind_is_documented() -> None:
    page = (Path(__file__).parents[3] / "docs/datasets.md").read_text()
    for name in KINDS:
        assert f"`{name}`" in page, name


def verb(*arguments: Any) -> int:
    return run(["info", *map(str, arguments)])


def test_the_verb(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(coco({"bbox": [1, 1, 2, 2]}, {"bbox": [9, 1, -2, 2]})))
    assert verb(path) == 0
    out = capsys.readouterr().out
    assert out.startswith("format    coco\npictures  1\n")
    assert out.endswith(
        "problems  1 kind\n        + 1 box with a negative side (a.jpg: object 2 (id 2))\n"
    )
    assert verb(path, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["format"] == "coco"
    assert [problem["kind"] for problem in told["problems"]] == ["negative-box"]
    assert verb(path, "--strict") == 3
    assert "1 box with a negative side" in capsys.readouterr().err
    assert verb(tmp_path / "none") == 3
    assert verb(path, "-o", "colour=red") == 2
    err = capsys.readouterr().err.splitlines()
    assert len(err) == 2
    assert "no option 'colour'" in err[1]


def test_options_are_about_what_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "photos").mkdir()
    Image.new("L", (20, 11)).save(tmp_path / "photos/a.jpg")
    (tmp_path / "a.json").write_text(json.dumps(coco()))
    assert verb(tmp_path / "a.json", "-o", f"images={tmp_path / 'photos'}", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [problem["kind"] for problem in told["problems"]] == ["picture-size"]


def test_one_name_in_the_folders_of_two_splits_is_two_pictures(tmp_path: Path) -> None:
    for k, split in enumerate(("train", "val")):
        picture = tmp_path / "images" / split / "1.png"
        picture.parent.mkdir(parents=True)
        Image.new("RGB", (9, 8), (k, 0, 0)).save(picture)
    items = [Item("1.png", (9, 8), Annotations.empty(), split=s) for s in ("train", "val")]
    dataset = Dataset.of([Label("x")], items, root=str(tmp_path))
    assert problems(dataset) == {}
    assert inspect(dataset).found == 2
