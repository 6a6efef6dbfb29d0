"""Names that no file can have: nothing is there, and no reader ends with the system's own error."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest

import formats
from formats import files, pictures
from formats.errors import FormatError
from formats.inspection.inspecting import inspect

LONG = "n" * 5000 + ".jpg"
SETS = sorted(formats.FORMATS)


@pytest.fixture(params=SETS)
def written(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    """A set of one picture in each format."""
    told = {
        "images": [{"id": 1, "file_name": "pic.jpg", "width": 40, "height": 30}],
        "categories": [{"id": 1, "name": "a"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}],
    }
    (tmp_path / "a.json").write_text(json.dumps(told))
    formats.convert(tmp_path / "a.json", tmp_path / "out", to=request.param)
    return request.param, tmp_path / "out"


def test_a_picture_of_a_long_name(written: tuple[str, Path]) -> None:
    name, out = written
    for file in [out, *out.rglob("*")]:
        if file.is_file() and file.suffix not in (".png", ".jpg"):
            file.write_text(file.read_text().replace("pic.jpg", f"x/{LONG}"))
    with suppress(FormatError):
        assert inspect(formats.read(out, name)).found == 0
        formats.convert(out, out.with_name("again"), to="coco", from_=name)


@pytest.mark.parametrize("entry", [LONG, "n" * 5000, "a\0b"])
def test_a_split_that_leads_to_a_long_name(entry: str, tmp_path: Path) -> None:
    (tmp_path / "data.yaml").write_text(json.dumps({"train": entry, "names": ["a"]}))
    with pytest.raises(FormatError):
        list(formats.read(tmp_path / "data.yaml", "yolo").items)


def test_nothing_is_there(tmp_path: Path) -> None:
    for name in (LONG, "a\0b"):
        assert not files.is_file(tmp_path / name)
        assert not files.is_folder(tmp_path / name)
        assert pictures.Folder(tmp_path, name).find("1.jpg") is None
    assert files.is_folder(tmp_path)
