"""A rehearsal tells what a writer would tell, and leaves nothing behind."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import formats
from formats import rehearsal
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Dataset, Item, Label
from formats.errors import FormatError
from formats.losses import Losses
from geometry.rings import Rings

HOLDING = {"native", "supervisely"}
"""Formats that hold all of it."""


def dataset(root: Path) -> Dataset:
    """A crowd, a polygon with a hole and a line, each with more than most formats hold."""
    Image.new("L", (40, 30)).save(root / "a.png")
    square = np.array([[2.0, 2], [12, 2], [12, 12], [2, 12]])
    rings = Rings.of([[], [[square, square[::-1] * 0.2 + 5]], [[square]]])
    table = Annotations.of(
        3,
        kinds=[Kind.BOX, Kind.POLYGON, Kind.LINE],
        boxes=[[1, 1, 9, 9], [2, 2, 12, 12], [2, 2, 12, 12]],
        rings=rings,
        scores=[0.5, 0.25, 1],
        flags=[Flag.CROWD, 0, Flag.TRUNCATED],
        areas=[1, 2, 3],
        groups=[1, 1, 2],
        attributes=[{"a": 1}] * 3,
    )
    items = [Item("a.png", (40, 30), table, split="train")]
    return Dataset.of([Label("cat")], items, root=str(root))


def told(losses: Losses) -> tuple[list[str], list[str]]:
    return [str(loss) for loss in losses], [str(odd) for odd in losses.warnings.values()]


@pytest.fixture
def source(tmp_path: Path) -> Dataset:
    (tmp_path / "pictures").mkdir()
    return dataset(tmp_path / "pictures")


@pytest.mark.parametrize("name", list(formats.FORMATS))
def test_the_report_is_that_of_writing(
    name: str, source: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "temporary"
    own.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(own))
    before = sorted(tmp_path.rglob("*"))
    with rehearsal.running():
        said = formats.write(source, tmp_path / "out", name)
    assert sorted(tmp_path.rglob("*")) == before
    assert not rehearsal.is_running()
    assert told(said) == told(formats.write(source, tmp_path / "out", name))
    assert (tmp_path / "out").exists()
    assert bool(said) == (name not in HOLDING)


@pytest.mark.parametrize("name", ["coco", "yolo", "native"])
def test_a_target_that_is_there_is_refused_and_stays(
    name: str, source: Dataset, tmp_path: Path
) -> None:
    target = tmp_path / "out.json"
    target.write_text("precious")
    with rehearsal.running():
        with pytest.raises(FormatError, match="exists"):
            formats.write(source, target, name)
        formats.write(source, target, name, {"overwrite": True})
    assert target.read_text() == "precious"


def test_a_fault_ends_it(source: Dataset, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="--strict"), rehearsal.running():
        formats.write(source, tmp_path / "out", "yolo", {"strict": True})
    assert not rehearsal.is_running()
