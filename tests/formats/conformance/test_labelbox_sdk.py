"""Labelbox's SDK takes the annotations that are written here, and what it writes is read here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tool_oracle import Oracle

import formats
from formats.annotations import Annotations
from formats.columns import Kind
from formats.dataset import Dataset, Item, Label
from geometry import masks
from geometry.rings import Rings

pytestmark = [pytest.mark.tools, pytest.mark.sdks]

READS = {"labelbox"}
"""Formats that Labelbox's SDK reads from us."""
WRITES = {"labelbox"}
"""Formats that it writes and we read."""
SIZE = (12, 8)


@pytest.fixture(scope="module")
def labelbox(tool: Callable[[str], Oracle]) -> Oracle:
    return tool("labelbox_calls")


def dense() -> np.ndarray:
    pixels = np.zeros((8, 12), bool)
    pixels[2:7, 3:9], pixels[4, 5] = True, False
    return pixels


def scene() -> Dataset:
    """One annotation of every kind."""
    ring = np.array([[1.5, 2], [9, 2], [9, 7.25]])
    points = np.full((6, 1, 3), np.nan)
    points[3] = [4.5, 3, 2]
    kinds = [Kind.BOX, Kind.POLYGON, Kind.MASK, Kind.POINTS, Kind.LINE, Kind.TAG]
    table = Annotations.of(
        6,
        kinds=kinds,
        boxes=[[0.1, 0.2, 0.4, 0.7], *[[1, 2, 9, 7]] * 4, [np.nan] * 4],
        labels=[0, 1, 2, 0, 1, 3],
        scores=[0.25, *[np.nan] * 4, 0.5],
        rings=Rings.of([[], [[ring]], [], [], [[ring]], []]),
        masks=[None, None, masks.encode(dense()), None, None, None],
        keypoints=points,
        attributes=[{"side": "left", "count": 3}, *[{}] * 5],
    )
    items = [Item("a/1.jpg", SIZE, table, split="train"), Item("2.jpg", SIZE, Annotations.empty())]
    return Dataset.of([Label(name) for name in ("car", "field", "blob", "sunny")], items)


def test_the_sdk_takes_the_same_annotations(labelbox: Oracle, tmp_path: Path) -> None:
    formats.write(scene(), tmp_path / "out", "labelbox")
    found = labelbox("read", "labelbox", str(tmp_path / "out"))
    assert found["labels"] == [
        ["rectangle", "car"],
        ["point", "car"],
        ["polygon", "field"],
        ["line", "field"],
        ["raster-segmentation", "blob"],
    ]
    assert found["asked"] == [["class", ["sunny"]]]
    assert found["images"]["2.jpg"]["objects"] == []
    box, polygon, mask, point, line, tag = found["images"]["a/1.jpg"]["objects"]
    np.testing.assert_allclose(box["box"], [0.1, 0.2, 0.4, 0.7], atol=1e-9)
    assert (box["label"], box["score"]) == ("car", 0.25)
    assert box["attributes"] == {"side": "left", "count": "3"}
    assert polygon["rings"][0][:3] == [[1.5, 2], [9, 2], [9, 7.25]]
    assert line["rings"] == [[[1.5, 2], [9, 2], [9, 7.25]]]
    assert point["point"] == [4.5, 3]
    assert (np.array(mask["rows"]) > 0).tolist() == dense().tolist()
    assert (tag["label"], tag["answers"]) == ("class", [["sunny", 0.5]])


def test_what_the_sdk_writes_is_read(labelbox: Oracle, tmp_path: Path) -> None:
    told: dict[str, Any] = {
        "b.jpg": [
            ["bbox", "car", [[2, 3], [9.5, 7]], 0.75],
            ["polygon", "field", [[1, 1], [9, 1], [9, 6]], None],
            ["mask", "blob", dense().astype(int).tolist(), None],
        ],
        "a.jpg": [
            ["line", "way", [[1, 1], [9, 6]], None],
            ["point", "spot", [[3.5, 4]], None],
            ["answer", "class", ["sunny", "warm"], None],
        ],
    }
    file = tmp_path / "set.ndjson"
    labelbox("write", told, str(file))
    assert formats.sniff(file) == "labelbox"
    dataset = formats.read(file)
    assert [i.path for i in dataset.items] == ["b.jpg", "a.jpg"]
    names = [label.name for label in dataset.labels]
    assert names == ["car", "field", "blob", "way", "spot", "sunny", "warm"]
    first, second = (item.annotations for item in dataset.items)
    assert first is not None
    assert second is not None
    assert first.kinds.tolist() == [Kind.BOX, Kind.POLYGON, Kind.MASK]
    assert first.boxes.tolist() == [[2, 3, 9.5, 7], [1, 1, 9, 6], [3, 2, 9, 7]]
    assert first.scores[0] == 0.75
    assert second.keypoints is not None
    assert second.keypoints[1, 0].tolist() == [3.5, 4, 2]
    assert first.masks is not None
    assert masks.decode(first.masks[2]).tolist() == dense().tolist()
    assert second.kinds.tolist() == [Kind.LINE, Kind.POINTS, Kind.TAG, Kind.TAG]
    assert second.labels.tolist() == [3, 4, 5, 6]
    assert not dataset.losses
