"""Numbers that few tools expect: whole ones of more than 64 bits, and such beside NaN."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import formats

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
