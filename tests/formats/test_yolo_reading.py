"""Reading of label sets: layouts, names and splits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from yolo_sets import boxes, paths, rows, tree

from formats import read, sniff, write
from formats.dataset import Dataset, Item, Label
from formats.errors import FormatError
from formats.yolo.paths import label_file, split_of

W, H = 40, 20
YAML = "train: images/train\nval: images/val\nnames: [cat, dog]\n"


@pytest.mark.parametrize(
    ("picture", "labels"),
    [
        ("/d/images/train/1.jpg", "/d/labels/train/1.txt"),
        ("/d/images/a/images/1.jpg", "/d/images/a/labels/1.txt"),
        ("images/15.v2.final.JPG", "labels/15.v2.final.txt"),
        ("my_images/1.jpg", "my_images/1.txt"),
        ("/d/train/images/ü b.png", "/d/train/labels/ü b.txt"),
        ("a.b/c", "a.b/c.txt"),
        ("images/.jpg", "labels/.txt"),
    ],
)
def test_the_last_images_folder_becomes_labels(picture: str, labels: str) -> None:
    assert label_file(picture) == labels


@pytest.mark.parametrize(
    ("path", "split"),
    [("images/train2017/a/1.jpg", "train"), ("valid/images/1.jpg", "val"), ("a/train.jpg", "")],
)
def test_folders_tell_splits(path: str, split: str) -> None:
    assert split_of(path) == split


LAYOUTS: dict[str, dict[str, Any]] = {
    "path_missing": {"data.yaml": YAML},
    "path_of_a_folder_that_is_not_there": {"data.yaml": "path: ../datasets/set\n" + YAML},
    "dict_out_of_order": {
        "data.yaml": "train: images/train\nval: images/val\nnames: {1: dog, 0: cat}\n"
    },
    "roboflow_dots": {"data.yaml": YAML.replace("images/", "../images/")},
    "list_of_folders": {"data.yaml": "train: [images/train]\nval: [images/val]\nnames: [cat, dog]"},
    "lists": {
        "data.yaml": "train: t.txt\nval: [lists/v.txt]\nnames: [cat, dog]",
        "t.txt": "./images/train/1.jpg\n./images/train/sub/ü 2.v2.PNG\n",
        "lists/v.txt": "./../images/val/3.jpg\n\n",
    },
    "lists_without_dots": {
        "data.yaml": "train: t.txt\nval: v.txt\nnames: [cat, dog]",
        "t.txt": "images/train/1.jpg\ndata/images/train/sub/ü 2.v2.PNG\n",
        "v.txt": "\ufeffimages/val/3.jpg\n",
    },
    "validation_key": {"data.yaml": YAML.replace("val:", "validation:")},
    "other_yaml_name": {"set.yaml": YAML, "unrelated.yaml": "a: 1"},
    "classes_txt": {"classes.txt": "cat\ndog\n\n"},
    "darknet": {
        "obj.data": "classes = 2\ntrain = data/t.txt\nvalid = data/v.txt\nnames = data/obj.names\n",
        "obj.names": "cat\ndog\n",
        "t.txt": "data/images/train/1.jpg\ndata/images/train/sub/ü 2.v2.PNG",
        "v.txt": "data/images/val/3.jpg",
    },
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts(name: str, tmp_path: Path) -> None:
    shared = {
        "images/train/1.jpg": "",
        "images/train/sub/ü 2.v2.PNG": "",
        "images/val/3.jpg": "",
        "images/val/notes.md": "no picture",
        "labels/train/1.txt": "1 0.5 0.5 0.5 0.5\n",
        "labels/train/sub/ü 2.v2.txt": "",
    }
    root = tree(tmp_path / "set", {**shared, **LAYOUTS[name]})
    dataset = read(root, "yolo")
    assert [label.name for label in dataset.labels] == ["cat", "dog"]
    assert sorted(paths(dataset)) == [
        ("images/train/1.jpg", "train"),
        ("images/train/sub/ü 2.v2.PNG", "train"),
        ("images/val/3.jpg", "val"),
    ]
    first, empty, missing = sorted(dataset.items, key=lambda item: item.path)
    assert first.annotations is not None
    assert first.annotations.boxes.tolist() == [[10, 5, 30, 15]]
    assert first.size == (W, H)
    assert empty.annotations is not None
    assert len(empty.annotations) == 0
    assert missing.annotations is None
    assert not dataset.losses


def test_pictures_outside_the_set_have_paths_from_the_folder_above(tmp_path: Path) -> None:
    tree(tmp_path, {"pics/images/1.jpg": "", "pics/labels/1.txt": "0 .5 .5 1 1"})
    tree(tmp_path / "set", {"data.yaml": "train: ../pics/images\nnames: [cat]"})
    dataset = read(tmp_path / "set", "yolo")
    assert dataset.root == str(tmp_path)
    assert paths(dataset) == [("pics/images/1.jpg", "train")]
    assert rows(dataset).boxes.tolist() == [[0, 0, W, H]]


LISTED = {"data.yaml": "train: t.txt\nnc: 1"}


def test_a_list_keeps_its_order(tmp_path: Path) -> None:
    names = ["images/b.jpg", "images/a.jpg", "images/c.jpg"]
    text = "\n".join(f"./{name}" for name in names)
    root = tree(tmp_path, dict.fromkeys(names, "") | LISTED | {"t.txt": text})
    assert [path for path, _ in paths(read(root, "yolo"))] == names


def test_train_and_val_of_one_folder_are_read_once(tmp_path: Path) -> None:
    text = "train: images/x\nval: images/x\nnames: [cat]"
    root = tree(tmp_path, {"data.yaml": text, "images/x/1.jpg": ""})
    assert paths(read(root, "yolo")) == [("images/x/1.jpg", "")]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("names: [yes, no, 1.0, null]", ["yes", "no", "1.0", "null"]),
        ("names: {2: a, 0: b, 10: c}", ["b", "a", "c"]),
        ("nc: 2", ["class_0", "class_1"]),
    ],
)
def test_names_are_texts_in_the_order_of_their_numbers(
    text: str, wanted: list[str], tmp_path: Path
) -> None:
    root = tree(tmp_path, {"data.yaml": f"train: images\n{text}", "images/1.jpg": ""})
    assert [label.name for label in read(root, "yolo").labels] == wanted


def test_gaps_in_class_numbers_are_closed(tmp_path: Path) -> None:
    files = {"data.yaml": "train: images\nnames: {2: a, 0: b}", "images/1.jpg": ""}
    root = tree(tmp_path, files | {"labels/1.txt": "2 .5 .5 1 1\n0 .5 .5 1 1\n1 .5 .5 1 1"})
    dataset = read(root, "yolo")
    assert [dataset.labels[k].name for k in rows(dataset).labels] == ["a", "b"]
    assert "1.txt:3: class 1, the data set has 2 classes (0..2)" in str(next(iter(dataset.losses)))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("train: images\nnames: 7", "data.yaml: names is '7', expected a list or a mapping"),
        ("train: images\n", "data.yaml: expected a mapping with names (or nc)"),
        ("names: [a]\n  b: [", "data.yaml:2: no YAML"),
        ("train: nowhere\nnames: [a]", "data.yaml: 'nowhere' is no folder, list or picture"),
        ("names: {a: b}", "data.yaml: names: 'a', expected a whole number"),
        ("names: [a]\nkpt_shape: [3, 4]", "kpt_shape ['3', '4'], expected [k, 2] or [k, 3]"),
        ("names: [a]\nflip_idx: [0, 0]", "data.yaml: flip_idx [0, 0] is no permutation"),
    ],
)
def test_errors_of_a_data_yaml_name_the_file(text: str, told: str, tmp_path: Path) -> None:
    root = tree(tmp_path, {"data.yaml": text, "images/1.jpg": ""})
    with pytest.raises(FormatError) as error:
        read(root, "yolo")
    assert told in str(error.value)


def test_a_folder_without_names_says_what_is_missing(tmp_path: Path) -> None:
    root = tree(tmp_path, {"images/1.jpg": "", "names": "cat\n", "labels/1.txt": "0 .5 .5 1 1"})
    with pytest.raises(FormatError, match=r"no data\.yaml, obj\.data or classes\.txt \(names="):
        read(root, "yolo")
    dataset = read(root, "yolo", {"names": str(root / "names")})
    assert [label.name for label in dataset.labels] == ["cat"]
    assert len(rows(dataset)) == 1


def picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (10, 10)).save(path)


def test_a_split_whose_folder_is_not_there_costs_only_itself(tmp_path: Path) -> None:
    """Roboflow's data.yaml names a test set even where none was exported."""
    folders = "".join(f"{key}: ../{key}/images\n" for key in ("train", "valid", "test"))
    (tmp_path / "data.yaml").write_text(folders.replace("valid:", "val:") + "names: [a]\n")
    picture(tmp_path / "train/images/1.jpg")
    picture(tmp_path / "valid/images/2.jpg")
    assert sniff(tmp_path) == "yolo"
    dataset = read(tmp_path, "yolo")
    assert [item.split for item in dataset.items] == ["train", "val"]
    (odd,) = dataset.losses.warnings.values()
    assert str(odd).startswith("1 split whose pictures are not there")
    assert "'../test/images'" in odd.example


@pytest.mark.parametrize("lead", ["/home/x/set/", "C:\\\\set\\\\", "/home/x/images/set/"])
def test_a_list_of_another_machine_does_not_lead_out_of_the_set(lead: str, tmp_path: Path) -> None:
    picture(tmp_path / "images/train/1.jpg")
    (tmp_path / "labels/val").mkdir(parents=True)
    (tmp_path / "labels/val/3.txt").write_text("0 .5 .5 .1 .1\n")
    (tmp_path / "sizes.csv").write_text("images/val/3.jpg,10,10\n")
    names = ("images/train/1.jpg", "images/train/2.jpg", "images/val/3.jpg", "images/test/4.jpg")
    (tmp_path / "train.txt").write_text("".join(f"{lead}{name}\n" for name in names))
    head = "path: /home/x/set\ntrain: train.txt\nval: train.txt\nnames: [a]\n"
    (tmp_path / "data.yaml").write_text(head)
    dataset = read(tmp_path, "yolo")
    assert dataset.root == str(tmp_path)
    assert [item.path for item in dataset.items] == list(names)


def test_lines_may_end_as_on_old_macs(tmp_path: Path) -> None:
    picture(tmp_path / "images/1.jpg")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels/1.txt").write_bytes(b"0 .5 .5 .1 .1\r1 .5 .5 .1 .1\r")
    (tmp_path / "data.yaml").write_text("train: images\nval: images\nnames: [a, b]\n")
    (item,) = read(tmp_path).items
    assert item.annotations is not None
    assert item.annotations.labels.tolist() == [0, 1]


def test_guessed_columns_are_noted(tmp_path: Path) -> None:
    picture(tmp_path / "images/1.jpg")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels/1.txt").write_text("0 .5 .5 .1 .1 .93\n0 .5 .5 .1 .1 .2\n")
    (tmp_path / "data.yaml").write_text("train: images\nval: images\nnames: [a, b]\n")
    dataset = read(tmp_path)
    (item,) = dataset.items
    assert item.annotations is not None
    assert item.annotations.scores.tolist() == [0.93, 0.2]
    assert [note[:60] for note in dataset.losses.notes] == [
        "what stands behind the shape on each line is read as conf; -"
    ]


@pytest.mark.parametrize("listed", [False, True])
def test_label_files_without_a_picture_are_told(listed: bool, tmp_path: Path) -> None:
    picture(tmp_path / "images/1.jpg")
    (tmp_path / "labels").mkdir()
    for name in ("1", "2", "3", "classes"):
        (tmp_path / f"labels/{name}.txt").write_text("0 .5 .5 .1 .1\n")
    entry = "train.txt" if listed else "images"
    (tmp_path / "train.txt").write_text("./images/1.jpg\n")
    (tmp_path / "data.yaml").write_text(f"train: {entry}\nval: {entry}\nnames: [a]\n")
    dataset = read(tmp_path, "yolo")
    assert len(list(dataset.items)) == 1
    found = {loss.what: (loss.count, loss.example) for loss in dataset.losses}
    first = str(tmp_path / "labels/2.txt")
    assert found == ({} if listed else {"label file without a picture": (2, first)})


def test_label_files_of_an_empty_folder_of_pictures_are_told(tmp_path: Path) -> None:
    picture(tmp_path / "images/val/1.jpg")
    (tmp_path / "images/train").mkdir()
    (tmp_path / "labels/train").mkdir(parents=True)
    (tmp_path / "labels/train/2.txt").write_text("0 .5 .5 .1 .1\n")
    (tmp_path / "data.yaml").write_text("train: images/train\nval: images/val\nnames: [a]\n")
    dataset = read(tmp_path, "yolo")
    assert [item.path for item in dataset.items] == ["images/val/1.jpg"]
    (loss,) = dataset.losses
    assert (loss.what, loss.count) == ("label file without a picture", 1)
    assert loss.example.endswith("labels/train/2.txt")


@pytest.mark.parametrize(
    "lines", ["path: ..\\set\ntrain: images\\train", "train: C:\\data\\set\\images\\train"]
)
def test_paths_of_another_system_are_found(lines: str, tmp_path: Path) -> None:
    picture(tmp_path / "set/images/train/1.jpg")
    (tmp_path / "set/data.yaml").write_text(f"{lines}\nnames: [a]\n")
    assert [item.path for item in read(tmp_path / "set", "yolo").items] == ["images/train/1.jpg"]


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        ("0 .5 .2 .8 .5 .5 .8 .2 .5 .93\n", "yolo-obb"),
        ("0 .2 .2 .8 .3 .5 .8 .2 .5 .93\n0 .2 .2 .8 .3 .6 .9 .1 .5 .93\n", None),
        ("0 .5 .5 .4 .4 .3 .4 2 .5 .5 0\n", "yolo-pose"),
        ("0 .5 .5 .4 .4 .3 .4 2 .5 .5 1 .6 .6 0\n", "yolo-pose"),
        ("0 .1 .1 .5 .1 .5 .5 .3 .6 .1 .5\n", "yolo-seg"),
        ("0 .1 .1 .5 .1 .5 .5 .3 .6 .1 .5 .2 .9\n0 .1 .1 .5 .1 .5 .5\n", "yolo-seg"),
    ],
)
def test_what_the_lines_are_is_told_by_their_numbers(
    lines: str, name: str | None, tmp_path: Path
) -> None:
    picture(tmp_path / "images/1.jpg")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels/1.txt").write_text(lines)
    (tmp_path / "classes.txt").write_text("cat\n")
    if name:
        assert sniff(tmp_path) == name
    else:
        with pytest.raises(FormatError, match=r"yolo-obb.*yolo-seg|yolo-seg.*yolo-obb"):
            sniff(tmp_path)


def test_pictures_that_are_listed_again_are_told(tmp_path: Path) -> None:
    for name in ("1", "2"):
        picture(tmp_path / f"images/{name}.jpg")
    (tmp_path / "train.txt").write_text("./images/1.jpg\n./images/2.jpg\nimages/1.jpg\n")
    (tmp_path / "val.txt").write_text("./images/2.jpg\n")
    (tmp_path / "data.yaml").write_text("train: train.txt\nval: val.txt\nnames: [a]\n")
    dataset = read(tmp_path, "yolo")
    assert paths(dataset) == [("images/1.jpg", "train"), ("images/2.jpg", "train")]
    assert [(loss.what, loss.count, loss.example) for loss in dataset.losses] == [
        ("picture listed again, read once", 1, f"{tmp_path}/images/1.jpg"),
        ("picture of two splits, read in one", 1, f"{tmp_path}/images/2.jpg: val, as train"),
    ]
    (tmp_path / "data.yaml").write_text("train: train.txt\nval: train.txt\nnames: [a]\n")
    assert [loss.what for loss in read(tmp_path, "yolo").losses] == [
        "picture listed again, read once"
    ]


def test_of_several_configurations_those_that_are_not_read_are_noted(tmp_path: Path) -> None:
    picture(tmp_path / "images/1.jpg")
    for name in ("b", "a", "c"):
        (tmp_path / f"{name}.yaml").write_text(f"train: images\nval: images\nnames: [{name}]\n")
    (tmp_path / "hyp.yaml").write_text("lr0: 0.01\n")
    dataset = read(tmp_path, "yolo")
    assert [label.name for label in dataset.labels] == ["a"]
    assert dataset.losses.notes == [
        "a.yaml is read; not read, unless they are named: b.yaml, c.yaml"
    ]
    assert not read(tmp_path / "b.yaml", "yolo").losses.notes


def test_labels_of_predictions_lie_below_their_pictures(tmp_path: Path) -> None:
    for name in ("1", "2"):
        picture(tmp_path / f"{name}.jpg")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels/1.txt").write_text("0 .5 .5 .1 .1 .93\n")
    (tmp_path / "labels/3.txt").write_text("0 .5 .5 .1 .1 .93\n")
    (tmp_path / "classes.txt").write_text("cat\n")
    dataset = read(tmp_path, "yolo")
    first, second = dataset.items
    assert first.annotations is not None
    assert first.annotations.scores.tolist() == [0.93]
    assert second.annotations is None
    assert dataset.losses.notes[0] == "label files are read from labels/ beside the pictures"
    assert [loss.example for loss in dataset.losses] == [f"{tmp_path}/labels/3.txt"]


@pytest.mark.parametrize("layout", ["beside", "darknet", "ultralytics"])
def test_a_set_may_lie_in_a_folder_called_images(layout: str, tmp_path: Path) -> None:
    items = [Item("1.jpg", (40, 20), boxes([1.0, 2, 11, 12]), split="train")]
    target = tmp_path / "images/set"
    write(Dataset.of((Label("cat"),), items), target, "yolo", {"tree": layout, "images": "none"})
    (item,) = read(target).items
    assert item.annotations is not None
    assert item.annotations.boxes.tolist() == [[1, 2, 11, 12]]
