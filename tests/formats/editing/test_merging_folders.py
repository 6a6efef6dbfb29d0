"""Pictures that several sets have, below other folders or in several splits."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from coco_files import coco
from PIL import Image
from small_sets import SIZE, boxes, named, objects, of

import formats
from formats.dataset import Dataset, Item
from formats.editing import merged
from formats.editing.paths import below
from prelabel.commands import run


def one(label: str, *places: tuple[str, str], size: tuple[int, int] | None = SIZE) -> Dataset:
    """A set of pictures (path, split), each with one object."""
    return of(named(label), [Item(path, size, boxes(0), split=split) for path, split in places])


def joined(*sets: Dataset) -> list[tuple[str, str, int]]:
    """Path, split and number of objects of every picture."""
    found = merged(sets, same="join").items
    return [(i.path, i.split, len(i.annotations or ())) for i in found]


@pytest.mark.parametrize(
    ("path", "split", "expected"),
    [
        ("1.jpg", "", "1.jpg"),
        ("a/1.jpg", "train", "a/1.jpg"),
        ("images/1.jpg", "", "1.jpg"),
        ("images/train/a/1.jpg", "train", "a/1.jpg"),
        ("train/images/a/1.jpg", "train", "a/1.jpg"),
        ("images/train2017/1.jpg", "train", "1.jpg"),
        ("valid/1.jpg", "val", "1.jpg"),
        ("train/1.jpg", "", "1.jpg"),
        ("images/train/1.jpg", "val", "train/1.jpg"),
        ("images/a/images/1.jpg", "", "1.jpg"),
        ("obj_train_data/a/1.jpg", "train", "a/1.jpg"),
        ("./a//1.jpg", "", "a/1.jpg"),
        ("images", "", "images"),
    ],
)
def test_the_path_below_the_folder_of_pictures(path: str, split: str, expected: str) -> None:
    assert below(path, split) == expected


def test_a_picture_is_one_below_any_folder_of_pictures() -> None:
    yolo = one("cat", ("images/train/a/1.jpg", "train"), ("images/val/2.jpg", "val"))
    other = one("dog", ("a/1.jpg", "train"), ("2.jpg", ""), ("3.jpg", ""))
    assert joined(yolo, other) == [
        ("images/train/a/1.jpg", "train", 2),
        ("images/val/2.jpg", "val", 2),
        ("3.jpg", "", 1),
    ]
    assert joined(other, yolo) == [("a/1.jpg", "train", 2), ("2.jpg", "", 2), ("3.jpg", "", 1)]
    first = merged([other, yolo], same="first")
    assert objects(first) == {"a/1.jpg": ["dog"], "2.jpg": ["dog"], "3.jpg": ["dog"]}


def test_a_third_set_finds_the_first_by_the_name_of_the_second() -> None:
    sets = [one("a", ("images/1.jpg", "")), one("b", ("1.jpg", "")), one("c", ("./1.jpg", ""))]
    assert joined(*sets) == [("images/1.jpg", "", 3)]


def test_the_same_path_goes_before_the_same_place() -> None:
    two = one("cat", ("images/1.jpg", ""), ("1.jpg", ""))
    assert joined(two, one("dog", ("1.jpg", ""))) == [("images/1.jpg", "", 1), ("1.jpg", "", 2)]
    assert joined(one("dog", ("1.jpg", "")), two) == [("1.jpg", "", 2), ("images/1.jpg", "", 1)]


def test_without_being_told_they_stay_two_with_a_warning() -> None:
    found = merged([one("a", ("images/1.jpg", "")), one("b", ("1.jpg", ""))])
    assert list(objects(found)) == ["images/1.jpg", "1.jpg"]
    (odd,) = found.losses.warnings.values()
    assert "--same join makes them one" in odd.what
    assert odd.example == "1.jpg, images/1.jpg"


@pytest.mark.parametrize("turn", [1, -1])
def test_one_of_several_is_none(turn: int) -> None:
    two = one("cat", ("train/1.jpg", "train"), ("val/1.jpg", "val"))
    other = one("dog", ("1.jpg", ""))
    found = merged([two, other][::turn], same="join")
    assert sorted(objects(found)) == ["1.jpg", "train/1.jpg", "val/1.jpg"]
    assert "may be one of several" in next(iter(found.losses.warnings))


def test_another_size_is_another_picture() -> None:
    found = merged(
        [one("a", ("images/1.jpg", "")), one("b", ("1.jpg", ""), size=(7, 7))], same="join"
    )
    assert [item.size for item in found.items] == [SIZE, (7, 7)]
    assert "of other size or bytes" in next(iter(found.losses.warnings))
    assert len(joined(one("a", ("images/1.jpg", "")), one("b", ("1.jpg", ""), size=None))) == 1


def test_pictures_of_one_path_are_joined_within_their_splits() -> None:
    places = [("1.jpg", "train"), ("1.jpg", "val2017")]
    a = of(
        named("cat"),
        [Item(p, SIZE, boxes(*[0] * (k + 1)), split=s) for k, (p, s) in enumerate(places)],
    )
    found = joined(a, one("dog", ("1.jpg", "train"), ("1.jpg", "val")))
    assert found == [("1.jpg", "train", 2), ("1.jpg", "val", 3)]


def test_a_yolo_set_and_a_coco_file_of_the_same_pictures(tmp_path: Path) -> None:
    for folder in ("photos", "yolo/images/train"):
        (tmp_path / folder).mkdir(parents=True)
        Image.new("L", (10, 10), 7).save(tmp_path / folder / "a.png")
    (tmp_path / "yolo/labels/train").mkdir(parents=True)
    (tmp_path / "yolo/labels/train/a.txt").write_text("0 .5 .5 .2 .4\n")
    (tmp_path / "yolo/data.yaml").write_text(
        "train: images/train\nval: images/train\nnames: [cow]\n"
    )
    told = coco({"bbox": [1, 2, 3, 4]})
    told["images"][0] |= {"file_name": "a.png", "width": 10, "height": 10}
    (tmp_path / "photos/instances_train.json").write_text(json.dumps(told))
    sources = [str(tmp_path / "yolo"), str(tmp_path / "photos/instances_train.json")]
    out = tmp_path / "out"
    assert run(["merge", *sources, "--out", str(out), "--same", "join"]) == 0
    (item,) = formats.read(out).items
    assert item.annotations is not None
    np.testing.assert_allclose(item.annotations.boxes, [[4, 3, 6, 7], [1, 2, 4, 6]], atol=1e-5)


def test_options_of_reading_go_to_every_set_that_has_them(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name / "labels").mkdir(parents=True)
        (tmp_path / name / f"labels/{name}.txt").write_text("0 .5 .5 .2 .2 .9\n")
        (tmp_path / name / "list.txt").write_text(f"./images/{name}.jpg\n")
        (tmp_path / name / "data.yaml").write_text("train: list.txt\nnames: [cow]\n")
    (tmp_path / "c.json").write_text(json.dumps(coco({"bbox": [1, 2, 3, 4]})))
    (tmp_path / "sizes.csv").write_text("images/a.jpg,100,80\nimages/b.jpg,100,80\n")
    sources = [str(tmp_path / name) for name in ("c.json", "a", "b")]
    out, sizes = str(tmp_path / "out.json"), str(tmp_path / "sizes.csv")
    given = ["--out", out, "--sizes", sizes, "-o", "columns=conf"]
    assert run(["merge", *sources, *given]) == 0
    found = json.loads(Path(out).read_text())["annotations"]
    assert [row.get("score") for row in found] == [None, 0.9, 0.9]
    assert run(["merge", *sources, *given, "--overwrite", "-o", "column=conf"]) == 2
