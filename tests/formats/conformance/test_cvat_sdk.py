"""CVAT's own requests take what is written here; masks that its SDK packs are read here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tool_oracle import Oracle

import formats
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Dataset, Item, Label, Source
from geometry import ellipses, masks
from geometry import rotated as rotated_boxes
from geometry.rings import Rings

pytestmark = pytest.mark.tools

READS = {"cvat"}
"""Formats that CVAT takes from us."""
WRITES = {"cvat"}
"""Formats that its SDK's packing is read from."""
SIZE = (20, 15)
FIVE = [10, 7, 6, 4, np.radians(-40)]
ROWS = np.random.default_rng(6).random((SIZE[1], SIZE[0])) < 0.4
POINTS = [[2, 3, 2], [4, 5, 1], [0, 0, 0]]
RING = np.array([[1, 1], [9.5, 1], [9.5, 8.25]])


@pytest.fixture(scope="module")
def sdk(tool: Callable[[str], Oracle]) -> Oracle:
    return tool("cvat_sdk_calls")


def every_kind() -> Dataset:
    kinds = [Kind.BOX, Kind.ROTATED, Kind.ELLIPSE, Kind.POLYGON, Kind.LINE, Kind.MASK]
    n = len(kinds) + 2
    rotated = np.full((n, 5), np.nan)
    rotated[1:3] = FIVE
    turned, oval = rotated_boxes.bounds([FIVE])[0], ellipses.bounds([FIVE])[0]
    ring, whole = [1, 1, 9.5, 8.25], masks.bounds(masks.encode(ROWS))
    boxes = [[1, 2, 5.5, 6.25], turned, oval, ring, ring, whole, [2, 3, 4, 5], [np.nan] * 4]
    keypoints = np.full((n, 3, 3), np.nan)
    keypoints[-2] = POINTS
    table = Annotations.of(
        n,
        kinds=[*kinds, Kind.POINTS, Kind.TAG],
        boxes=boxes,
        labels=[0] * (n - 2) + [1, 0],
        rotated=rotated,
        rings=Rings.of([[[RING]] if kind in (3, 6) else [] for kind in kinds] + [[], []]),
        masks=[masks.encode(ROWS) if kind == Kind.MASK else None for kind in kinds] + [None] * 2,
        keypoints=keypoints,
        flags=[Flag.OCCLUDED] + [0] * (n - 1),
        groups=[3, 3] + [-1] * (n - 2),
        sources=[0] * n,
        attributes=[{"sure": True, "count": 3, "note": 'a "b" <c>'}] + [{}] * (n - 1),
        extra=[{"z_order": 2}] + [{}] * (n - 1),
    )
    labels = [Label("cat"), Label("person", keypoints=("a", "b", "c"), bones=((0, 1),))]
    item = Item("a/b c.jpg", SIZE, table, split="train")
    return Dataset.of(labels, [item], sources=(Source("model", "auto"),))


@pytest.mark.parametrize("name", sorted(READS))
def test_its_requests_take_what_is_written_here(name: str, sdk: Oracle, tmp_path: Path) -> None:
    assert not formats.write(every_kind(), tmp_path / "a.xml", name)
    found = sdk("read", name, str(tmp_path / "a.xml"))
    assert found["labels"] == ["cat", "person"]
    (entry,) = found["images"].values()
    assert (list(found["images"]), entry["size"], entry["split"]) == (
        ["a/b c.jpg"],
        [20, 15],
        "train",
    )
    objects: list[dict[str, Any]] = entry["objects"]
    assert [one["type"] for one in objects] == [
        "box", "box", "ellipse", "polygon", "polyline", "mask", "skeleton", "tag",
    ]  # fmt: skip
    box, turned, ellipse, polygon, line, mask, skeleton, _ = objects
    assert box["points"] == [1, 2, 5.5, 6.25]
    assert (box["occluded"], box["group"], box["z_order"]) == (True, 3, 2)
    assert box["attributes"] == {"sure": "true", "count": "3", "note": 'a "b" <c>'}
    assert turned["rotation"] == ellipse["rotation"] == pytest.approx(320)
    np.testing.assert_allclose(turned["points"], [7, 5, 13, 9])
    np.testing.assert_allclose(ellipse["points"], [10, 7, 13, 5])
    assert polygon["points"] == line["points"] == RING.ravel().tolist()
    np.testing.assert_array_equal(mask["rows"], ROWS.astype(int))
    assert skeleton["keypoints"] == POINTS


@pytest.mark.parametrize("name", sorted(WRITES))
def test_what_its_packing_makes_is_read_here(name: str, sdk: Oracle, tmp_path: Path) -> None:
    objects = [{"label": "dog", "rows": ROWS.astype(int).tolist()}]
    objects += [{"label": "cat", "box": [1.25, 2, 3, 4]}]
    told = {"labels": ["cat", "dog"], "images": {"a.jpg": {"size": SIZE, "objects": objects}}}
    sdk("write", name, told, str(tmp_path / "a.xml"))
    found = formats.read(tmp_path / "a.xml")
    assert [label.name for label in found.labels] == ["cat", "dog"]
    (item,) = found.items
    assert (item.path, item.size) == ("a.jpg", SIZE)
    assert item.annotations is not None
    mask, box = item.annotations.rows()
    assert (mask.label, box.label, box.box.tolist()) == (1, 0, [1.25, 2, 3, 4])
    assert mask.mask is not None
    np.testing.assert_array_equal(masks.decode(mask.mask), ROWS)
