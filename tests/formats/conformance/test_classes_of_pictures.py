"""Folders of classes: supervision reads ours, and what it and datumaro write is read here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tool_oracle import Oracle

import formats
from formats.annotations import Annotations
from formats.columns import Kind
from formats.dataset import Dataset, Item, Label

pytestmark = pytest.mark.tools

READS = {"supervision": {"yolo-cls"}}
"""Tool -> the formats that it reads from us."""
WRITES = {"datumaro": {"yolo-cls"}, "supervision": {"yolo-cls"}}
"""Tool -> the formats that it writes and we read."""
NAMES = ("cat", "dog", "wild boar")
CLASSES = {"one.png": 1, "two.png": 0, "three.png": 2}
SIZE = (8, 6)


def pairs(table: dict[str, set[str]]) -> list[tuple[str, str]]:
    return sorted((tool, name) for tool, names in table.items() for name in names)


@pytest.mark.parametrize(("name", "form"), pairs(READS))
def test_a_tool_reads_what_is_written_here(
    name: str, form: str, tool: Callable[[str], Oracle], tmp_path: Path
) -> None:
    items = []
    for picture, k in CLASSES.items():
        Image.new("RGB", SIZE).save(tmp_path / picture)
        table = Annotations.of(1, kinds=[Kind.TAG], labels=[k])
        items.append(Item(picture, SIZE, table, split="train"))
    dataset = Dataset.of([Label(name) for name in NAMES], items, root=str(tmp_path))
    assert not formats.write(dataset, tmp_path / "set", form).by_kind
    found = tool(f"{name}_calls")("read_folders", str(tmp_path / "set/train"))
    assert found == {"labels": list(NAMES), "images": CLASSES}


@pytest.mark.parametrize(("name", "form"), pairs(WRITES))
def test_what_a_tool_writes_is_read_here(
    name: str, form: str, tool: Callable[[str], Oracle], tmp_path: Path
) -> None:
    written(tool(f"{name}_calls"), name, tmp_path / "set")
    assert formats.sniff(tmp_path / "set") == form
    found = formats.read(tmp_path / "set")
    assert [label.name for label in found.labels] == list(NAMES)
    told: dict[str, tuple[str, list[int]]] = {}
    for item in found.items:
        assert item.annotations is not None
        assert item.size == SIZE
        told[Path(item.path).name] = (item.split, item.annotations.labels.tolist())
    assert told == {picture: ("train", [k]) for picture, k in CLASSES.items()}


def written(tool: Oracle, name: str, folder: Path) -> None:
    if name == "supervision":
        tool("write_folders", NAMES, CLASSES, str(folder / "train"))
        return
    images: dict[str, Any] = {
        picture: {
            "size": SIZE,
            "split": "train",
            "objects": [{"type": "label", "label": NAMES[k]}],
        }
        for picture, k in CLASSES.items()
    }
    said = {"labels": NAMES, "images": images}
    tool("write", "imagenet_with_subset_dirs", said, str(folder), {"save_media": True})
