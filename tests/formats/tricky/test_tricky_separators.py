"""Paths with the separators of other systems through formats that put pictures in their places."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

import formats


@pytest.mark.parametrize("name", ["yolo", "voc", "kitti", "dota", "labelme", "openimages"])
def test_a_backslash_in_a_name_is_a_folder(name: str, tmp_path: Path) -> None:
    (tmp_path / "in/sub").mkdir(parents=True)
    Image.new("L", (9, 8)).save(tmp_path / "in/sub/1.jpg")
    value = {
        "images": [{"id": 1, "file_name": "sub\\1.jpg", "width": 9, "height": 8}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 4]}],
        "categories": [{"id": 1, "name": "cat"}],
    }
    (tmp_path / "in/a.json").write_text(json.dumps(value))
    formats.convert(tmp_path / "in/a.json", tmp_path / "out", name, writing={"images": "copy"})
    written = [p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*")]
    assert not [path for path in written if "\\" in path]
    assert len([path for path in written if path.endswith("sub/1.jpg")]) == 1
    (item,) = formats.read(tmp_path / "out", name).items
    assert item.annotations is not None
    assert len(item.annotations) == 1
