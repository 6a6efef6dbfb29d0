"""globox and panlabel read our boxes, and what they write is read here: the same boxes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tool_oracle import Oracle

import formats
from formats.annotations import Annotations
from formats.dataset import Dataset, Item, Label

pytestmark = pytest.mark.tools

READS = {
    "globox": {"labelme", "via"},
    "panlabel": {"labelme", "via", "via-csv", "create-ml"},
}
"""Tool -> what it calls the formats that it reads from us."""
WRITES = {
    "globox": {"labelme", "via"},
    "panlabel": {"labelme", "via", "via-csv", "create-ml"},
}
OURS = {"create-ml": "createml", "via-csv": "via"}
OPTIONS = {("panlabel", "via"): {"form": "annotations"}}
"""What a tool needs; panlabel reads no projects of VIA."""
FILES = {"via": "set.json", "via-csv": "set.csv", "create-ml": "set.json"}
"""Formats that are one file."""
NAMES = ("cat", "dog", "wild boar")
BOXES: dict[str, tuple[tuple[int, int], list[tuple[int, tuple[float, ...]]]]] = {
    "one.png": ((40, 30), [(0, (1.25, 2.5, 11.75, 20.25)), (1, (0.0, 0.0, 40.0, 30.0))]),
    "two.png": ((24, 36), [(2, (3.5, 4.25, 9.0, 30.75))]),
}
Found = dict[str, tuple[Sequence[int] | None, list[tuple[str, Sequence[float]]]]]
"""Picture -> (size, [(class, box)])."""


def dataset(root: Path, **extra: int) -> Dataset:
    """The boxes, their pictures in a folder."""
    root.mkdir()
    items = []
    for name, (size, rows) in BOXES.items():
        Image.new("RGB", size).save(root / name)
        sides = [box for _, box in rows]
        table = Annotations.of(labels=[k for k, _ in rows], boxes=np.array(sides))
        items.append(Item(name, size, table, extra=extra))
    return Dataset.of([Label(name) for name in NAMES], items, root=str(root))


def told() -> dict[str, Any]:
    """The same as the tools' workers take it."""
    images = {
        name: {"size": size, "objects": [{"label": NAMES[k], "box": box} for k, box in rows]}
        for name, (size, rows) in BOXES.items()
    }
    return {"labels": NAMES, "images": images}


def same(found: Found) -> None:
    """Whether they are the boxes, in pictures of their sizes where a tool tells any."""
    assert {Path(name).name for name in found} == set(BOXES)
    for name, (size, rows) in found.items():
        told_, truth = BOXES[Path(name).name]
        assert size is None or tuple(size) == told_
        assert sorted(label for label, _ in rows) == [NAMES[k] for k, _ in truth]
        boxes, sides = ([box for _, box in one] for one in (sorted(rows), truth))
        np.testing.assert_allclose(boxes, sides, rtol=0, atol=1e-6)


def pairs(table: dict[str, set[str]]) -> list[tuple[str, str]]:
    return sorted((name, form) for name, forms in table.items() for form in forms)


@pytest.mark.parametrize(("name", "form"), pairs(READS))
def test_a_tool_reads_what_is_written_here(
    name: str, form: str, tool: Callable[[str], Oracle], tmp_path: Path
) -> None:
    target = tmp_path / FILES.get(form, "set")
    ours, options = OURS.get(form, form), OPTIONS.get((name, form))
    extra = {"file_size": 90} if form == "via" else {}  # panlabel takes no -1
    losses = formats.write(dataset(tmp_path / "pictures", **extra), target, ours, options)
    assert not losses.by_kind
    if form in FILES:  # the tools ask the pictures for their sizes
        for picture in (tmp_path / "pictures").iterdir():
            picture.rename(tmp_path / picture.name)
    found = tool(f"{name}_calls")("read", form, str(target))
    same(
        {
            name: (entry["size"], [(one["label"], one["box"]) for one in entry["objects"]])
            for name, entry in found["images"].items()
        }
    )


@pytest.mark.parametrize(("name", "form"), pairs(WRITES))
def test_what_a_tool_writes_is_read_here(
    name: str, form: str, tool: Callable[[str], Oracle], tmp_path: Path
) -> None:
    dataset(tmp_path / "pictures")
    target = tmp_path / FILES.get(form, "set")
    tool(f"{name}_calls")("write", form, told(), str(target))
    assert formats.sniff(target) == OURS.get(form, form)
    found = formats.read(target)
    names = [label.name for label in found.labels]
    assert sorted(names) == sorted(NAMES)
    same(
        {
            item.path: (
                item.size,
                [(names[row.label], row.box.tolist()) for row in item.annotations.rows()],
            )
            for item in found.items
            if item.annotations is not None
        }
    )
