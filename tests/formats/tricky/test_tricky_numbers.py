"""Numbers that few tools expect: whole ones of more than 64 bits, and such beside NaN."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest

import formats
from formats import pictures
from formats.errors import FormatError
from formats.labelbox import exports

HUGE = 10**24
SETS = sorted(formats.FORMATS)


def source(folder: Path, height: float = 4) -> Path:
    """A COCO file with a huge number wherever a key may be."""
    told = {
        "info": {"n": HUGE},
        "images": [{"id": 1, "file_name": "1.jpg", "width": 40, "height": 30, "n": HUGE}],
        "categories": [{"id": 1, "name": "a", "n": HUGE}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, height], "n": HUGE},
            {
                "id": 2,
                "image_id": 1,
                "category_id": 1,
                "bbox": [1, 2, 3, 4],
                "segmentation": {"size": [30, 40], "counts": [32, 4, 1164]},
                "attributes": {"n": HUGE},
            },
        ],
    }
    place = folder / "a.json"
    place.write_text(json.dumps(told))
    return place


@pytest.mark.parametrize("name", SETS)
def test_every_format_takes_or_tells_them(name: str, tmp_path: Path) -> None:
    formats.convert(source(tmp_path), tmp_path / "out", to=name)
    assert len(list(formats.read(tmp_path / "out", name).items)) == 1


def test_coco_keeps_them_also_beside_nan(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    formats.convert(source(tmp_path, float("nan")), out, to="coco")
    found = json.loads(out.read_text())
    told = [found["info"], *found["images"], *found["categories"], found["annotations"][0]]
    assert [entry["n"] for entry in told] == [HUGE] * 4
    assert found["annotations"][0]["bbox"] == [1, 2, 3, None]


@pytest.mark.parametrize("number", ["1e999", "9" * 5000])
def test_a_number_that_nothing_holds_is_null_where_a_key_is_unknown(
    number: str, tmp_path: Path
) -> None:
    place, out = source(tmp_path), tmp_path / "out.json"
    place.write_text(place.read_text().replace(str(HUGE), number))
    formats.convert(place, out, to="coco")
    found = json.loads(out.read_text())
    told = [found["info"], *found["images"], *found["categories"], found["annotations"][0]]
    assert [entry["n"] for entry in told] == [None] * 4


@pytest.mark.parametrize("name", SETS)
def test_a_score_that_no_double_holds_ends_no_reader(name: str, tmp_path: Path) -> None:
    told = {"score": 0.625, "area": 17.125}
    place, out = source(tmp_path), tmp_path / "out"
    document = json.loads(place.read_text())
    document["annotations"] = [one | told for one in document["annotations"]]
    place.write_text(json.dumps(document))
    formats.convert(place, out, to=name)
    for file in [out, *out.rglob("*")]:
        if file.is_file() and file.suffix not in (".png", ".jpg"):
            text = file.read_text()
            for number in ("0.625", "17.125"):
                text = text.replace(number, "9" * 400)
            file.write_text(text)
    with suppress(FormatError):
        assert len(list(formats.read(out, name).items)) == 1


def test_a_confidence_is_a_number_that_a_double_holds() -> None:
    assert exports.score({"confidence": 10**400}) == {}
    assert exports.score({"confidence": True}) == {}
    assert exports.score({"confidence": 1}) == {"scores": 1.0}


def test_folders_of_any_name_are_looked_for(tmp_path: Path) -> None:
    for split in ("n" * 5000, "null\0"):
        assert pictures.Folder(tmp_path, split).find("1.jpg") is None
