"""datumaro reads the masks that are written here, and what it writes is read here: every pixel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tool_oracle import Oracle

import formats
from formats.annotations import Annotations
from formats.columns import Kind
from formats.dataset import Dataset, Item, Label
from geometry import masks

pytestmark = pytest.mark.tools

READS = {"coco-panoptic", "voc"}
"""Formats whose masks datumaro reads from us."""
WRITES = {"coco-panoptic", "voc"}
"""Formats with masks that datumaro writes and we read."""
CALLED = {"coco-panoptic": "coco_panoptic"}
NAMES = ("cat", "dog")
ROWS = {
    "one.png": [
        (1, ["##......", "##..#...", "..###..."]),
        (0, [".....##.", ".....##.", "........"]),
    ],
    "two.png": [(1, ["........", "#.......", "########"])],
}
"""Picture -> [(class, pixels)]."""


@pytest.fixture(scope="module")
def datumaro(tool: Callable[[str], Oracle]) -> Oracle:
    return tool("datumaro_calls")


def dense(rows: list[str]) -> np.ndarray:
    return np.array([[mark == "#" for mark in row] for row in rows])


def drawn(root: Path) -> Dataset:
    root.mkdir()
    items = []
    for name, rows in ROWS.items():
        found = [masks.encode(dense(pixels)) for _, pixels in rows]
        Image.new("RGB", found[0].size).save(root / name)
        table = Annotations.of(
            kinds=[Kind.MASK] * len(rows),
            labels=[k for k, _ in rows],
            masks=np.array(found, dtype=object),
            boxes=[masks.bounds(mask) for mask in found],
        )
        items.append(Item(name, found[0].size, table, split="train"))
    labels = [Label(name, extra={"isthing": 1}) for name in NAMES]
    return Dataset.of(labels, items, root=str(root))


def told() -> dict[str, Any]:
    images = {
        name: {
            "size": [8, 3],
            "split": "train",
            "objects": [
                {"label": NAMES[k], "rows": dense(pixels).astype(int).tolist()}
                | {"group": n, "id": n, "attributes": {"is_crowd": False}}
                for n, (k, pixels) in enumerate(rows, 1)
            ],
        }
        for name, rows in ROWS.items()
    }
    return {"labels": NAMES, "images": images}


def same(found: dict[str, list[tuple[str, Any]]]) -> None:
    """Whether they are the masks of `ROWS`, in any order."""
    assert sorted(found) == sorted(Path(name).stem for name in ROWS)
    for name, rows in ROWS.items():
        wanted = sorted((NAMES[k], dense(pixels).astype(int).tolist()) for k, pixels in rows)
        assert sorted(found[Path(name).stem]) == wanted


@pytest.mark.parametrize("name", sorted(READS))
def test_datumaro_reads_our_masks(name: str, datumaro: Oracle, tmp_path: Path) -> None:
    options = {"images": "copy"} if name == "voc" else {}  # datumaro refuses links there
    assert not formats.write(drawn(tmp_path / "pictures"), tmp_path / "set", name, options)
    if name == "coco-panoptic":
        (tmp_path / "set" / "images").mkdir()
        (tmp_path / "set" / "images" / "train").symlink_to(tmp_path / "pictures")
    found = datumaro("read", CALLED.get(name, name), str(tmp_path / "set"))
    assert [label for label in found["labels"] if label in NAMES] == list(NAMES)
    assert [(entry["size"], entry["split"]) for entry in found["images"].values()] == [
        ([8, 3], "train")
    ] * len(ROWS)
    same(
        {
            Path(picture).stem: [
                (o["label"], o["rows"]) for o in entry["objects"] if o["type"] == "mask"
            ]
            for picture, entry in found["images"].items()
        }
    )


@pytest.mark.parametrize("name", sorted(WRITES))
def test_masks_that_datumaro_writes_are_read_here(
    name: str, datumaro: Oracle, tmp_path: Path
) -> None:
    given = [CALLED.get(name, name), told(), str(tmp_path / "set"), {"save_media": True}]
    datumaro("write", *given)
    dataset = formats.read(tmp_path / "set", name)
    names = [label.name for label in dataset.labels]
    found: dict[str, list[tuple[str, Any]]] = {}
    for item in dataset.items:
        assert item.annotations is not None
        assert (item.size, item.split) == ((8, 3), "train")
        for row in item.annotations.rows():
            assert row.mask is not None
            assert row.box.tolist() == masks.bounds(row.mask).tolist()
        found[Path(item.path).stem] = [
            (names[row.label], masks.decode(row.mask).astype(int).tolist())
            for row in item.annotations.rows()
            if row.mask is not None
        ]
    same(found)
