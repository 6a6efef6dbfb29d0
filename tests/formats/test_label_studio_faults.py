"""Faults of the reference converter: each is shown to be one, and what we make of the same tasks.

The converter is label-studio-sdk's; truth are corners by Label Studio's own rule, in pixels.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from label_studio_configs import EVERY, POSE
from label_studio_tasks import SIZE, annotation, box, region, task
from PIL import Image
from sdk_oracle import Oracle

import formats
from formats.label_studio import brush
from geometry import masks
from geometry.masks import Mask


@pytest.fixture
def convert(tmp_path: Path) -> Callable[..., Path]:
    """Convert an export of one task, whose picture is there."""

    def run(results: list[Any], to: str, text: str = EVERY) -> Path:
        (tmp_path / "pictures").mkdir()
        Image.new("L", SIZE).save(tmp_path / "pictures/1.jpg")
        (tmp_path / "label_config.xml").write_text(text)
        (tmp_path / "tasks.json").write_text(json.dumps([task(1, annotation(*results))]))
        formats.convert(tmp_path / "tasks.json", tmp_path / "out", to)
        return tmp_path / "out"

    return run


def corners(rotation: float) -> np.ndarray:
    """Of `box(rotation=...)`: turned about (20, 10), 40 by 25 pixels."""
    c, s = np.cos(np.radians(rotation)), np.sin(np.radians(rotation))
    across, down = np.array([40 * c, 40 * s]), np.array([-25 * s, 25 * c])
    start = np.array([20.0, 10.0])
    return np.array([start, start + across, start + across + down, start + down])


def labels(folder: Path) -> list[list[float]]:
    (file,) = folder.rglob("1.txt")
    return [[float(cell) for cell in line.split()] for line in file.read_text().splitlines()]


@pytest.mark.label_studio
def test_a_rotated_box_is_written_as_its_bounds_to_yolo(
    sdk: Oracle, convert: Callable[..., Path]
) -> None:
    wanted = corners(30)
    result = [box(rotation=30.0)]
    theirs = sdk("export", EVERY, [task(1, annotation(*result))], "YOLO")
    (text,) = (content for name, content in theirs.items() if name.startswith("labels/"))
    assert [float(cell) for cell in text.split()[3:]] == [0.2, 0.5]  # as if it were not turned
    ((_, x, y, w, h),) = labels(convert(result, "yolo"))
    low, high = np.clip(wanted.min(axis=0), 0, SIZE), np.clip(wanted.max(axis=0), 0, SIZE)
    centre, sides = (low + high) / 2 / SIZE, (high - low) / SIZE
    np.testing.assert_allclose([x, y, w, h], [*centre, *sides], atol=1e-6)


def test_a_rotated_box_keeps_its_corners_in_yolo_obb(convert: Callable[..., Path]) -> None:
    result = region(
        "rectanglelabels", {"x": 40, "y": 20, "width": 20, "height": 50, "rotation": 30}
    )
    ((_, *flat),) = labels(convert([result], "yolo-obb"))
    wanted = corners(30) + [60, 0]
    np.testing.assert_allclose(np.array(flat).reshape(4, 2) * SIZE, wanted, atol=1e-3)


@pytest.mark.label_studio
def test_a_rotated_box_is_turned_in_pixels_for_coco(
    sdk: Oracle, convert: Callable[..., Path]
) -> None:
    wanted = corners(30)
    low, high = wanted.min(axis=0), wanted.max(axis=0)
    result = [box(rotation=30.0)]
    theirs = json.loads(sdk("export", EVERY, [task(1, annotation(*result))], "COCO")["result.json"])
    off = np.abs(np.array(theirs["annotations"][0]["bbox"]) - [*low, *(high - low)]).max()
    assert off > 5  # pixels: it was turned in percent
    (file,) = convert(result, "coco").rglob("*.json")
    ((entry),) = json.loads(file.read_text())["annotations"]
    np.testing.assert_allclose(entry["bbox"], [*low, *(high - low)], atol=1e-6)


def people() -> list[dict[str, Any]]:
    found = []
    for person, x in (("a", 10.0), ("b", 60.0)):
        found.append(box("person", x, id=person, from_name="bones_bbox"))
        for name, step in (("head", 1), ("hand", 2), ("foot", 3)):
            value = {"x": x + step, "y": 30.0, "width": 0.5}
            found.append(
                region(
                    "keypointlabels",
                    value,
                    name,
                    id=f"{person} {name}",
                    parentID=person,
                    from_name="bones",
                )
            )
    return found


@pytest.mark.label_studio
def test_people_of_a_picture_stay_people(sdk: Oracle, convert: Callable[..., Path]) -> None:
    told = json.loads(sdk("export", POSE, [task(1, annotation(*people()))], "COCO")["result.json"])
    assert sum("keypoints" in entry for entry in told["annotations"]) == 1
    (file,) = convert(people(), "coco", POSE).rglob("*.json")
    found = json.loads(file.read_text())
    points = [entry["keypoints"] for entry in found["annotations"]]
    assert points == [
        [22, 15, 2, 24, 15, 2, 26, 15, 2],
        [122, 15, 2, 124, 15, 2, 126, 15, 2],
    ]
    (category,) = found["categories"]
    assert category["keypoints"] == ["head", "hand", "foot"]


def blob() -> Mask:
    dense = np.zeros((SIZE[1], SIZE[0]), bool)
    dense[10:30, 40:80] = True
    dense[15:20, 50:60] = False
    return masks.encode(dense)


@pytest.mark.label_studio
def test_strokes_and_ellipses_are_not_dropped(sdk: Oracle, convert: Callable[..., Path]) -> None:
    mask = blob()
    drawn = [
        region("brushlabels", {"format": "rle", "rle": list(brush.encode(mask))}),
        region("ellipselabels", {"x": 20, "y": 50, "radiusX": 5, "radiusY": 10, "rotation": 0}),
    ]
    told = json.loads(sdk("export", EVERY, [task(1, annotation(*drawn))], "COCO")["result.json"])
    assert told["annotations"] == []
    (file,) = convert(drawn, "coco").rglob("*.json")
    strokes, oval = json.loads(file.read_text())["annotations"]
    counts = strokes["segmentation"]["counts"]
    assert masks.from_coco_string(counts, SIZE) == mask
    assert oval["bbox"] == [30, 20, 20, 10]


def test_a_yolo_set_has_its_data_yaml(convert: Callable[..., Path]) -> None:
    out = convert([box("person")], "yolo")
    data = yaml.safe_load((out / "data.yaml").read_text())
    assert list(data["names"].values()) == ["car", "person"]
    assert labels(out)[0][0] == 1


@pytest.mark.parametrize(
    ("line", "to", "kind"),
    [
        ("0 .1 .2 .5 .2 .5 .6 .1 .7", "yolo-seg", "polygonlabels"),
        ("0 .4 .2 .52 .34 .485 .82 .365 .68", "yolo-obb", "rectanglelabels"),
        ("0 .3 .4 .2 .4 .3 .4 2 .35 .45 2", "yolo-pose", "keypointlabels"),
    ],
)
def test_yolo_lines_of_every_task_come_as_what_they_are(
    tmp_path: Path, line: str, to: str, kind: str
) -> None:
    """The reference import reads lines of segment, OBB and pose as boxes."""
    source = tmp_path / "yolo"
    for name in ("images", "labels"):
        (source / name / "train").mkdir(parents=True)
    Image.new("L", SIZE).save(source / "images/train/1.png")
    (source / "labels/train/1.txt").write_text(line + "\n")
    more = "kpt_shape: [2, 3]\n" if to == "yolo-pose" else ""
    (source / "data.yaml").write_text(f"path: .\ntrain: images/train\nnames: {{0: car}}\n{more}")
    assert not formats.convert(source, tmp_path / "out", "label-studio", to)
    (told,) = json.loads((tmp_path / "out/tasks.json").read_text())
    found = [r for r in told["predictions"][0]["result"] if r["type"] == kind]
    assert len(found) == (2 if kind == "keypointlabels" else 1)
    if kind == "rectanglelabels":
        turn = np.degrees(np.arctan2(7, 24))
        assert found[0]["value"]["rotation"] == pytest.approx(turn, abs=1e-3)
    if kind == "polygonlabels":
        assert len(found[0]["value"]["points"]) == 4
    assert told["meta"]["split"] == "train"
