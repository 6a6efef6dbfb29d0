"""Splits in every spelling through every format: what comes back otherwise is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import formats
from formats.annotations import Annotations
from formats.columns import Kind
from formats.dataset import Dataset, Item, Label

SETS = {
    "years": ["train2017", "val2017"],
    "spellings": ["train", "valid"],
    "names": ["val", "test-dev2017", "mine"],
    "none": ["", "test"],
}


def names() -> list[str]:
    known = {name: formats.get(name) for name in formats.FORMATS}
    return [name for name, one in known.items() if one.read is not None and not one.clips]


def dataset(root: Path, splits: list[str], kind: Kind) -> Dataset:
    items = []
    for k, split in enumerate(splits):
        Image.new("L", (9, 8)).save(root / f"{k}.png")
        row = Annotations.of(1, kinds=np.array([kind]), boxes=[[1, 1, 5, 5]], labels=[0])
        items.append(Item(f"{k}.png", (9, 8), row, split=split))
    return Dataset.of((Label("cat"),), items, root=str(root))


@pytest.mark.parametrize("case", SETS)
@pytest.mark.parametrize("name", names())
def test_a_split_comes_back_or_is_told(name: str, case: str, tmp_path: Path) -> None:
    splits = SETS[case]
    (tmp_path / "in").mkdir()
    kind = Kind.TAG if name.endswith("-cls") else Kind.BOX
    losses = formats.write(dataset(tmp_path / "in", splits, kind), tmp_path / "out", name)
    back = {Path(item.path).stem: item.split for item in formats.read(tmp_path / "out", name).items}
    changed = sum(back[str(k)] != split for k, split in enumerate(splits))
    told = sum(loss.count for loss in losses if "split" in loss.what)
    assert told >= changed
    assert (told > 0) == (changed > 0) or "ndjson" in name or name == "labelbox"


@pytest.mark.parametrize("case", [*SETS, "lone"])
@pytest.mark.parametrize("name", ["mot", "mots", "cvat-video"])
def test_a_split_of_a_clip_comes_back_or_is_told(name: str, case: str, tmp_path: Path) -> None:
    """Clips are called after their split here, and after nothing where they have none."""
    splits = ["val2017"] if case == "lone" else SETS[case]
    (tmp_path / "in").mkdir()
    losses = formats.write(dataset(tmp_path / "in", splits, Kind.BOX), tmp_path / "out", name)
    read = {
        item.path.partition("#")[0]: item.split for item in formats.read(tmp_path / "out").items
    }
    back = [read[split or "pictures"] for split in splits]
    changed = sum(found != split for found, split in zip(back, splits, strict=True))
    assert set(back) <= {*splits, ""}
    assert sum(loss.count for loss in losses if loss.what == "split") == changed


@pytest.mark.parametrize("name", ["mot", "mots", "cvat-video"])
def test_what_clips_have_no_place_for_is_told(name: str, tmp_path: Path) -> None:
    item = Item("a.png", (9, 8), id=7, annotator="x", status="done", extra={"a": 1})
    label = Label("cat", 4, supercategory="animal")
    losses = formats.write(Dataset.of((label,), [item], extra={"info": {}}), tmp_path / "out", name)
    assert {loss.what for loss in losses} >= {
        *("picture id", "annotator of a picture", "status of a picture", "category id"),
        *("picture with unknown keys", "supercategory of a class", "key of the whole data set"),
    }
