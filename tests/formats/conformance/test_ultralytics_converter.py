"""Ultralytics' converter of NDJSON sets makes of ours a set with the same objects."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image

import formats
from formats.annotations import Annotations
from formats.columns import Kind
from formats.dataset import Dataset, Item, Label
from geometry import polygons, rotated
from geometry.rings import Rings

pytestmark = pytest.mark.ultralytics

READS = {
    "ultralytics-ndjson",
    "ultralytics-ndjson-seg",
    "ultralytics-ndjson-pose",
    "ultralytics-ndjson-obb",
    "ultralytics-ndjson-cls",
}
"""Formats that ultralytics reads from us."""
WRITES: set[str] = set()
"""Formats that ultralytics writes and we read."""
YOLO = {
    name: name.replace("ultralytics-ndjson", "yolo") for name in READS - {"ultralytics-ndjson-cls"}
}
SIZE = (64, 48)
WEB = "https://pictures.example"


class _Session:
    """Stands in for the web: an address ends in the path of a picture on this machine."""

    def __init__(self, **_: Any) -> None:
        self.path = ""

    async def __aenter__(self) -> _Session:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    def get(self, url: str, **_: object) -> _Session:
        found = _Session()
        found.path = url.removeprefix(WEB)
        return found

    def raise_for_status(self) -> None:
        pass

    async def read(self) -> bytes:
        return Path(self.path).read_bytes()


@pytest.fixture
def converter(monkeypatch: pytest.MonkeyPatch) -> Any:
    pytest.importorskip("ultralytics", exc_type=ImportError)
    from ultralytics.data import converter

    client = ModuleType("aiohttp")
    client.ClientSession = _Session  # type: ignore[attr-defined]
    client.ClientTimeout = lambda **_: None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "aiohttp", client)
    monkeypatch.setattr(converter, "check_requirements", lambda *_, **__: True)
    return converter


def scene(root: Path) -> Dataset:
    """Three splits; boxes with polygons, rotated boxes and keypoints, and an empty picture."""
    rng = np.random.default_rng(3)
    n = 5
    centre, side = rng.uniform(15, 30, (n, 2)), rng.uniform(4, 14, (n, 2))
    turned = np.column_stack([centre, side, rng.uniform(-3, 3, n)])
    rings = Rings.of([[[corners]] for corners in rotated.corners(turned)])
    points = np.concatenate([rng.uniform(2, 40, (n, 3, 2)), np.full((n, 3, 1), 2.0)], axis=2)
    table = Annotations.of(
        n,
        kinds=np.full(n, Kind.BOX, np.uint8),
        boxes=polygons.bounds(rings),
        labels=rng.integers(0, 3, n),
        rotated=turned,
        rings=rings,
        keypoints=points,
    )
    items = [
        Item("a.jpg", SIZE, table, split="train"),
        Item("b ü.jpg", SIZE, Annotations.empty(), split="val"),
        Item("c.v2.jpg", SIZE, table[1:3], split="test"),
    ]
    for item in items:
        Image.new("L", SIZE).save(root / item.path)
    names = ("left", "right", "nose")
    return Dataset.of(
        [Label(n, keypoints=names) for n in ("cat", "no", "x: y")], items, root=str(root)
    )


@pytest.mark.parametrize("name", sorted(YOLO))
def test_the_converter_makes_the_same_set(name: str, converter: Any, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    dataset = scene(tmp_path / "in")
    formats.write(dataset, tmp_path / "out", name)
    formats.write(dataset, tmp_path / "wanted", YOLO[name])
    made = converter.convert_ndjson_to_yolo(tmp_path / "out/dataset.ndjson", tmp_path / "made")
    found = formats.read(asyncio.run(made), YOLO[name])
    wanted = formats.read(tmp_path / "wanted", YOLO[name])
    assert [label.name for label in found.labels] == [label.name for label in wanted.labels]
    assert [label.mirror for label in found.labels] == (
        [(1, 0, 2)] * 3 if name.endswith("pose") else [()] * 3
    )
    assert [i.split for i in found.items] == ["train", "val", "test"]
    assert not found.losses
    for a, b, told in zip(found.items, wanted.items, dataset.items, strict=True):
        assert (a.size, a.split) == (b.size, b.split) == (told.size, told.split)
        same(a.annotations, b.annotations)
        true(name, a.annotations, told.annotations)


def true(name: str, found: Annotations | None, told: Annotations | None) -> None:
    """Whether the shapes that a format has are those of the scene."""
    assert found is not None
    assert told is not None
    np.testing.assert_array_equal(found.labels, told.labels)
    if not len(told):
        return
    assert told.rings is not None
    if name.endswith("obb"):
        corners = [rotated.corners(table.rotated) for table in (found, told)]
        np.testing.assert_allclose(*corners, atol=1e-3)
        return
    np.testing.assert_allclose(found.boxes, told.boxes, atol=1e-3)
    if name.endswith("seg"):
        assert found.rings is not None
        np.testing.assert_allclose(found.rings.points, told.rings.points, atol=1e-3)
    if name.endswith("pose"):
        np.testing.assert_allclose(found.keypoints, told.keypoints, atol=1e-3)


def same(found: Annotations | None, wanted: Annotations | None) -> None:
    assert found is not None
    assert wanted is not None
    for name, column in wanted.columns().items():
        other = getattr(found, name)
        if isinstance(column, Rings):
            np.testing.assert_allclose(other.points, column.points, atol=1e-9)
        else:
            np.testing.assert_allclose(other, column, atol=1e-9, err_msg=name)


def test_the_converter_makes_the_same_classes_of_pictures(converter: Any, tmp_path: Path) -> None:
    """It loads the pictures of a classify set from the web alone."""
    tagged = []
    for item, label in zip(scene(tmp_path).items, (2, 0, 2), strict=True):
        table = Annotations.of(1, kinds=[Kind.TAG], labels=[label])
        address = f"{WEB}{tmp_path / item.path}"
        tagged.append(replace(item, annotations=table, extra={"url": address}))
    names = ("cat", "no", "x: y")
    dataset = Dataset.of([Label(name) for name in names], tagged)
    formats.write(dataset, tmp_path / "set.ndjson", "ultralytics-ndjson-cls")
    made = asyncio.run(converter.convert_ndjson_to_yolo(tmp_path / "set.ndjson", tmp_path / "made"))
    listed = sorted(path.relative_to(made).as_posix() for path in made.rglob("*.jpg"))
    assert listed == ["test/000001/3.jpg", "train/000001/1.jpg", "val/000000/2.jpg"]
    told = yaml.safe_load((made / ".ndjson.yaml").read_text())
    assert told["names"] == {0: "cat", 1: "x: y"}
