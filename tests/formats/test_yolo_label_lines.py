"""Reading of label lines: what is told by file and line, and columns behind the shape."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from yolo_sets import label_set, rows, tree

from formats import FORMATS, get, read
from formats.annotations import Kind
from formats.dataset import Item
from formats.errors import FormatError

W, H = 40, 20
W, H = 40, 20


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
    dataset = label_set(tmp_path, text)
    assert rows(dataset).labels.tolist() == [1, 0]
    (loss,) = dataset.losses
    assert (loss.what, loss.count) == ("line left out", 1)
    assert told in loss.example
    assert len(rows(dataset)) == 2
    assert loss.count == 1, "a second walk counts nothing twice"
    with pytest.raises(FormatError) as error:
        rows(label_set(tmp_path, text, strict=True))
    assert told in str(error.value)


def test_what_ultralytics_refuses_is_told_and_kept(tmp_path: Path) -> None:
    dataset = label_set(tmp_path, "0 1.2 0.5 0.5 0.5\n0 0.5 0.5 0.5 0.5\n")
    assert rows(dataset).boxes[0].tolist() == [38, 5, 58, 15]
    assert not dataset.losses
    (loss,) = dataset.losses.warnings.values()
    assert loss.what == "line outside its picture, as read"
    assert loss.example.endswith("1.txt:1")


def test_polygons_in_a_box_set_count_by_their_bounds(tmp_path: Path) -> None:
    dataset = label_set(tmp_path, "0 0.1 0.1 0.5 0.2 0.3 0.9\n", columns="none")
    assert np.allclose(rows(dataset).boxes, [[4, 2, 20, 18]])
    assert [loss.what for loss in dataset.losses] == ["polygon read as the box around it"]


def test_box_lines_in_a_polygon_set_stay_boxes(tmp_path: Path) -> None:
    text = "0 0.5 0.5 0.5 0.5\n1 0.1 0.1 0.5 0.2 0.3 0.9\n"
    dataset = label_set(tmp_path, text, task="yolo-seg")
    table = rows(dataset)
    assert table.kinds.tolist() == [Kind.BOX, Kind.POLYGON]
    assert table.rings is not None
    assert np.allclose(table.rings.row(1)[0][0], [[4, 2], [20, 4], [12, 18]])
    assert list(dataset.losses.warnings) == ["box line in a set of polygons"]
    assert not dataset.losses


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
    dataset = label_set(tmp_path, f"{shape} {behind}\n" * 2, yaml, task=task, columns=option)
    table = rows(dataset)
    assert len(table) == 2
    assert not dataset.losses
    assert np.array_equal(table.scores, [score or np.nan] * 2, equal_nan=True)
    assert (None if table.tracks is None else table.tracks.tolist()) == (track and [track] * 2)
    assert np.isfinite(table.boxes).all()


@pytest.mark.parametrize("option", ["", "conf,id"])
def test_lines_of_what_is_not_tracked_have_no_id(option: str, tmp_path: Path) -> None:
    text = f"{BOX} 0.9 7\n{BOX} 0.55\n{BOX} 0.8 9\n"
    dataset = label_set(tmp_path, text, columns=option)
    table = rows(dataset)
    assert not dataset.losses
    assert table.tracks is not None
    assert table.tracks.tolist() == [7, -1, 9]
    assert table.scores.tolist() == [0.9, 0.55, 0.8]
    assert len({tuple(box) for box in table.boxes.tolist()}) == 1


def test_columns_that_fit_two_readings_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"a confidence or a track id \(columns=conf"):
        rows(label_set(tmp_path, f"{BOX} 1\n"))


def test_columns_are_guessed_for_the_set_never_for_a_line(tmp_path: Path) -> None:
    dataset = label_set(tmp_path, f"{BOX} 0.9\n{BOX}\n")
    assert len(rows(dataset)) == 1
    assert "1.txt:1: 6 values" in next(iter(dataset.losses)).example


def test_pose_of_two_numbers_and_of_predictions(tmp_path: Path) -> None:
    text = f"{BOX} 0.5 0.5 0 0 -0.1 0.5\n"
    two = label_set(tmp_path / "a", text, "nc: 1\nkpt_shape: [3, 2]", task="yolo-pose")
    points = rows(two).keypoints
    assert points is not None
    assert points[0, :, 2].tolist() == [2, 0, 0]
    text = f"{BOX} 0.5 0.5 0.91 0 0 0 0.25 0.5 2\n"
    table = rows(label_set(tmp_path / "b", text, "nc: 1\nkpt_shape: [3, 3]", task="yolo-pose"))
    assert table.keypoints is not None
    assert table.keypoints[0].tolist() == [[20, 10, 2], [0, 0, 0], [10, 10, 2]]
    assert table.keypoint_scores is not None
    assert np.array_equal(table.keypoint_scores[0], [0.91, np.nan, np.nan], equal_nan=True)


def test_pose_without_a_shape_asks_for_it(tmp_path: Path) -> None:
    text = f"{BOX} 0.5 0.5 2\n"
    with pytest.raises(FormatError, match="no kpt_shape"):
        label_set(tmp_path, text, task="yolo-pose")
    dataset = label_set(tmp_path, text, task="yolo-pose", kpt_shape="1,3")
    assert len(rows(dataset)) == 1


def test_names_and_mirror_of_keypoints_are_read(tmp_path: Path) -> None:
    yaml = "names: [a]\nkpt_shape: [2, 3]\nflip_idx: [1, 0]\nkpt_names:\n  0: [l, r]"
    (label,) = label_set(tmp_path, "", yaml, task="yolo-pose").labels
    assert (label.keypoints, label.mirror) == (("l", "r"), (1, 0))


def test_four_points_that_are_no_rectangle_become_the_smallest_one_around(tmp_path: Path) -> None:
    dataset = label_set(tmp_path, "0 0.1 0.1 0.9 0.1 0.9 0.9 0.5 0.9\n", task="yolo-obb")
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
    dataset = label_set(tmp_path, f"{BOX}\n")
    (tmp_path / "images/2.jpg").write_bytes(b"\xff\xd8 cut off")
    (tmp_path / "labels/2.txt").write_text(f"{BOX}\n{BOX}\n")
    dataset = read(tmp_path, "yolo")
    assert len(rows(dataset)) == 1
    (loss,) = dataset.losses
    assert (loss.what, loss.count) == ("line left out", 2)
    assert "2.jpg" in loss.example


def test_exif_turned_pictures_are_measured_as_displayed(tmp_path: Path) -> None:
    label_set(tmp_path, f"{BOX}\n")
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
    label_set(tmp_path, f"{text}\n", yaml, task="yolo", columns="none")
    found = claimed(tmp_path)
    assert set(found) == names
    assert len(set(found.values())) == 1


def test_items_know_their_pictures(tmp_path: Path) -> None:
    items: list[Item] = list(label_set(tmp_path, "").items)
    assert (tmp_path / items[0].path).is_file()
