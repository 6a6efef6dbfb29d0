"""Reading of label sets: layouts, what is told by file and line, columns behind the shape."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from formats import FORMATS, get, read
from formats.annotations import Annotations, Kind
from formats.dataset import Dataset, Item
from formats.errors import FormatError
from formats.yolo.paths import label_file, split_of

W, H = 40, 20
YAML = "train: images/train\nval: images/val\nnames: [cat, dog]\n"


def tree(root: Path, files: dict[str, str | None]) -> Path:
    """A folder of texts; pictures are 40 x 20, whatever their text is."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix.lower() in (".jpg", ".png"):
            Image.new("RGB", (W, H)).save(path)
        elif text is not None:
            path.write_text(text, encoding="utf-8")
    return root


def paths(dataset: Dataset) -> list[tuple[str, str]]:
    return [(item.path, item.split) for item in dataset.items]


def rows(dataset: Dataset) -> Annotations:
    """All rows of a set in one table."""
    return Annotations.concat([chunk.annotations for chunk in dataset.chunks()])


@pytest.mark.parametrize(
    ("picture", "labels"),
    [
        ("/d/images/train/1.jpg", "/d/labels/train/1.txt"),
        ("/d/images/a/images/1.jpg", "/d/images/a/labels/1.txt"),
        ("images/15.v2.final.JPG", "labels/15.v2.final.txt"),
        ("my_images/1.jpg", "my_images/1.txt"),
        ("/d/train/images/ü b.png", "/d/train/labels/ü b.txt"),
        ("a.b/c", "a.b/c.txt"),
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


def lines(root: Path, text: str, yaml: str = "names: [cat, dog]", **options: Any) -> Dataset:
    """A set of one picture with these label lines."""
    files = {"data.yaml": f"train: images\n{yaml}", "images/1.jpg": "", "labels/1.txt": text}
    task = options.pop("task", "yolo")
    return read(tree(root, files), task, options)


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ("0 0.5 0.5", "1.txt:2: 3 values (a box line has 5)"),
        ("0 0.5 0.5 0.5 0.5 0.5", "1.txt:2: 6 values (a box line has 5)"),
        ("0 0.5 x 0.5 0.5", "1.txt:2: a value is no finite number"),
        ("0 0.5 nan 0.5 0.5", "1.txt:2: a value is no finite number"),
        ("2 0.5 0.5 0.5 0.5", "1.txt:2: class 2, the data set has 2 classes (0..1)"),
        ("-1 0.5 0.5 0.5 0.5", "1.txt:2: class -1, the data set has 2 classes"),
        ("0.5 0.5 0.5 0.5 0.5", "1.txt:2: class 0.5, the data set has 2 classes"),
    ],
)
def test_a_bad_line_is_left_out_and_told_or_fatal(bad: str, told: str, tmp_path: Path) -> None:
    text = f"1 0.5 0.5 0.5 0.5\n{bad}\n0 0.25 0.5 0.5 1\n"
    dataset = lines(tmp_path, text)
    assert rows(dataset).labels.tolist() == [1, 0]
    (loss,) = dataset.losses
    assert (loss.what, loss.count) == ("line left out", 1)
    assert told in loss.example
    assert len(rows(dataset)) == 2
    assert loss.count == 1, "a second walk counts nothing twice"
    with pytest.raises(FormatError) as error:
        rows(lines(tmp_path, text, strict=True))
    assert told in str(error.value)


def test_what_ultralytics_refuses_is_told_and_kept(tmp_path: Path) -> None:
    dataset = lines(tmp_path, "0 1.2 0.5 0.5 0.5\n0 0.5 0.5 0.5 0.5\n")
    assert rows(dataset).boxes[0].tolist() == [38, 5, 58, 15]
    (loss,) = dataset.losses
    assert loss.what == "line outside its picture, as read"
    assert loss.example.endswith("1.txt:1")


def test_polygons_in_a_box_set_count_by_their_bounds(tmp_path: Path) -> None:
    dataset = lines(tmp_path, "0 0.1 0.1 0.5 0.2 0.3 0.9\n", columns="none")
    assert np.allclose(rows(dataset).boxes, [[4, 2, 20, 18]])
    assert [loss.what for loss in dataset.losses] == ["polygon read as the box around it"]


def test_box_lines_in_a_polygon_set_stay_boxes(tmp_path: Path) -> None:
    text = "0 0.5 0.5 0.5 0.5\n1 0.1 0.1 0.5 0.2 0.3 0.9\n"
    dataset = lines(tmp_path, text, task="yolo-seg")
    table = rows(dataset)
    assert table.kinds.tolist() == [Kind.BOX, Kind.POLYGON]
    assert table.rings is not None
    assert np.allclose(table.rings.row(1)[0][0], [[4, 2], [20, 4], [12, 18]])
    assert [loss.what for loss in dataset.losses] == ["box line in a set of polygons"]


BOX = "0 0.5 0.5 0.5 0.5"
TRIANGLE = "0 0.1 0.1 0.5 0.2 0.3 0.9"
KEYPOINT = f"{BOX} 0.5 0.5 2"
QUAD = "0 0.25 0.25 0.75 0.25 0.75 0.75 0.25 0.75"


@pytest.mark.parametrize(
    ("task", "shape", "behind", "option", "score", "track"),
    [
        ("yolo", BOX, "0.9", "", 0.9, None),
        ("yolo", BOX, "7", "", None, 7),
        ("yolo", BOX, "0.9 7", "", 0.9, 7),
        ("yolo", BOX, "7 0.9", "", 0.9, 7),
        ("yolo", BOX, "1", "conf", 1.0, None),
        ("yolo", BOX, "1", "id", None, 1),
        ("yolo", BOX, "1 1", "conf,id", 1.0, 1),
        ("yolo-seg", TRIANGLE, "0.9", "", 0.9, None),
        ("yolo-seg", TRIANGLE, "0.9 3", "conf,id", 0.9, 3),
        ("yolo-pose", KEYPOINT, "0.9", "", 0.9, None),
        ("yolo-pose", KEYPOINT, "0.9 7", "", 0.9, 7),
        ("yolo-obb", QUAD, "0.9", "", 0.9, None),
        ("yolo-obb", QUAD, "0.9 12", "", 0.9, 12),
    ],
)
def test_columns_behind_the_shape(
    task: str,
    shape: str,
    behind: str,
    option: str,
    score: float | None,
    track: int | None,
    tmp_path: Path,
) -> None:
    yaml = "names: [cat]\nkpt_shape: [1, 3]"
    dataset = lines(tmp_path, f"{shape} {behind}\n" * 2, yaml, task=task, columns=option)
    table = rows(dataset)
    assert len(table) == 2
    assert not dataset.losses
    assert np.array_equal(table.scores, [score or np.nan] * 2, equal_nan=True)
    assert (None if table.tracks is None else table.tracks.tolist()) == (track and [track] * 2)
    assert np.isfinite(table.boxes).all()


def test_columns_that_fit_two_readings_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"a confidence or a track id \(columns=conf"):
        rows(lines(tmp_path, f"{BOX} 1\n"))


def test_columns_are_guessed_for_the_set_never_for_a_line(tmp_path: Path) -> None:
    dataset = lines(tmp_path, f"{BOX} 0.9\n{BOX}\n")
    assert len(rows(dataset)) == 1
    assert "1.txt:1: 6 values" in next(iter(dataset.losses)).example


def test_pose_of_two_numbers_and_of_predictions(tmp_path: Path) -> None:
    text = f"{BOX} 0.5 0.5 0 0 -0.1 0.5\n"
    two = lines(tmp_path / "a", text, "nc: 1\nkpt_shape: [3, 2]", task="yolo-pose")
    points = rows(two).keypoints
    assert points is not None
    assert points[0, :, 2].tolist() == [2, 0, 0]
    text = f"{BOX} 0.5 0.5 0.91 0 0 0 0.25 0.5 2\n"
    table = rows(lines(tmp_path / "b", text, "nc: 1\nkpt_shape: [3, 3]", task="yolo-pose"))
    assert table.keypoints is not None
    assert table.keypoints[0].tolist() == [[20, 10, 2], [0, 0, 0], [10, 10, 2]]
    assert table.keypoint_scores is not None
    assert np.array_equal(table.keypoint_scores[0], [0.91, np.nan, np.nan], equal_nan=True)


def test_pose_without_a_shape_asks_for_it(tmp_path: Path) -> None:
    text = f"{BOX} 0.5 0.5 2\n"
    with pytest.raises(FormatError, match="no kpt_shape"):
        lines(tmp_path, text, task="yolo-pose")
    dataset = lines(tmp_path, text, task="yolo-pose", kpt_shape="1,3")
    assert len(rows(dataset)) == 1


def test_names_and_mirror_of_keypoints_are_read(tmp_path: Path) -> None:
    yaml = "names: [a]\nkpt_shape: [2, 3]\nflip_idx: [1, 0]\nkpt_names:\n  0: [l, r]"
    (label,) = lines(tmp_path, "", yaml, task="yolo-pose").labels
    assert (label.keypoints, label.mirror) == (("l", "r"), (1, 0))


def test_four_points_that_are_no_rectangle_become_the_smallest_one_around(tmp_path: Path) -> None:
    dataset = lines(tmp_path, "0 0.1 0.1 0.9 0.1 0.9 0.9 0.5 0.9\n", task="yolo-obb")
    table = rows(dataset)
    assert table.rotated is not None
    assert table.rotated[0, 2] * table.rotated[0, 3] <= 32 * 16 + 1e-9
    assert [loss.what for loss in dataset.losses] == ["four points that are no rectangle"]


def test_sizes_come_from_a_file_where_there_is_no_picture(tmp_path: Path) -> None:
    files = {"data.yaml": "train: t.txt\nnames: [cat]", "t.txt": "./images/1.jpg\n"}
    root = tree(tmp_path, files | {"labels/1.txt": f"{BOX}\n"})
    with pytest.raises(FormatError, match=r"images/1\.jpg: the picture's size is unknown"):
        rows(read(root, "yolo"))
    stated = tree(tmp_path, {"s.csv": "path,width,height\nimages/1.jpg,100,50\n"}) / "s.csv"
    assert rows(read(root, "yolo", {"sizes": str(stated)})).boxes.tolist() == [[25, 12.5, 75, 37.5]]


def test_a_broken_picture_costs_only_its_own_lines(tmp_path: Path) -> None:
    dataset = lines(tmp_path, f"{BOX}\n")
    (tmp_path / "images/2.jpg").write_bytes(b"\xff\xd8 cut off")
    (tmp_path / "labels/2.txt").write_text(f"{BOX}\n{BOX}\n")
    dataset = read(tmp_path, "yolo")
    assert len(rows(dataset)) == 1
    (loss,) = dataset.losses
    assert (loss.what, loss.count) == ("line left out", 2)
    assert "2.jpg" in loss.example


def test_exif_turned_pictures_are_measured_as_displayed(tmp_path: Path) -> None:
    lines(tmp_path, f"{BOX}\n")
    exif = Image.Exif()
    exif[274] = 6
    Image.new("RGB", (W, H)).save(tmp_path / "images/1.jpg", exif=exif)
    (item,) = read(tmp_path, "yolo").items
    assert item.size == (H, W)
    assert item.annotations is not None
    assert item.annotations.boxes.tolist() == [[5, 10, 15, 30]]


def claimed(root: Path) -> dict[str, float]:
    """The YOLO formats that claim a folder."""
    found = {name: (get(name).sniff or no)(root) for name in FORMATS if name.startswith("yolo")}
    return {name: match.certainty for name, match in found.items() if match is not None}


def no(path: Path) -> None:
    return None


@pytest.mark.parametrize(
    ("text", "yaml", "names"),
    [
        (BOX, "nc: 1", {"yolo"}),
        (f"{BOX} 0.9", "nc: 1", {"yolo"}),
        (f"{TRIANGLE}\n{QUAD}", "nc: 1", {"yolo-seg"}),
        (QUAD, "nc: 1", {"yolo-seg", "yolo-obb"}),
        (QUAD, "nc: 1\ntask: obb", {"yolo-obb"}),
        (KEYPOINT, "nc: 1\nkpt_shape: [1, 3]", {"yolo-pose"}),
        (TRIANGLE, "nc: 1", {"yolo", "yolo-seg"}),
    ],
)
def test_sniffing_claims_what_the_lines_allow(
    text: str, yaml: str, names: set[str], tmp_path: Path
) -> None:
    lines(tmp_path, f"{text}\n", yaml, task="yolo", columns="none")
    found = claimed(tmp_path)
    assert set(found) == names
    assert len(set(found.values())) == 1


def test_items_know_their_pictures(tmp_path: Path) -> None:
    items: list[Item] = list(lines(tmp_path, "").items)
    assert (tmp_path / items[0].path).is_file()
