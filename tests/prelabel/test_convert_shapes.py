"""`prelabel convert --as` and `--merge-parts`, as a user calls them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from prelabel.commands.convert import command

SQUARE = [1, 1, 7, 1, 7, 7, 1, 7]
FAR = [11, 1, 17, 1, 17, 7, 11, 7]
SOURCE = {
    "images": [{"id": 1, "file_name": "a.png", "width": 20, "height": 10}],
    "categories": [{"id": 1, "name": "cat"}],
    "annotations": [
        {"id": 1, "image_id": 1, "category_id": 1, "segmentation": [SQUARE, FAR], "area": 72}
        | {"bbox": [1, 1, 16, 6]},
        {"id": 2, "image_id": 1, "category_id": 1, "bbox": [2, 2, 4, 5], "area": 20},
    ],
}


def converted(tmp_path: Path, *flags: str) -> tuple[list[dict[str, Any]], str]:
    source, target = tmp_path / "source.json", tmp_path / "target.json"
    source.write_text(json.dumps(SOURCE))
    arguments = [str(source), str(target), "--to", "coco", "--strict", *flags]
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 0, result.output
    return json.loads(target.read_text())["annotations"], result.output


def test_all_as_boxes(tmp_path: Path) -> None:
    found, told = converted(tmp_path, "--as", "boxes")
    assert [one["segmentation"] for one in found] == [[], []]
    assert [one["bbox"] for one in found] == [[1, 1, 16, 6], [2, 2, 4, 5]]
    assert "note: 1 polygon written as a box" in told


def test_all_as_masks(tmp_path: Path) -> None:
    found, told = converted(tmp_path, "--as", "masks")
    assert [set(one["segmentation"]) for one in found] == [{"counts", "size"}] * 2
    assert "note: 1 polygon written as a mask" in told
    assert "note: 1 box written as a mask" in told


@pytest.mark.parametrize("flag", ["--merge-parts", "--merge-parts=join"])
def test_parts_joined(tmp_path: Path, flag: str) -> None:
    found, told = converted(tmp_path, flag)
    assert [len(one["segmentation"]) for one in found] == [1, 0]
    assert "joined to one ring" in told


def test_parts_split(tmp_path: Path) -> None:
    found, told = converted(tmp_path, "--merge-parts=split")
    assert [one["segmentation"] for one in found] == [[SQUARE], [FAR], []]
    assert [one["area"] for one in found] == [36, 36, 20]
    assert [one["id"] for one in found] == [1, 3, 2]
    assert "note: 1 further row for a part" in told
