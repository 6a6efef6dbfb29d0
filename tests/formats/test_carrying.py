"""What is said of pictures, classes and the whole comes back, or the report tells of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import formats
from formats import carrying
from formats.annotations import Annotations
from formats.columns import Kind
from formats.dataset import Dataset, Item, Label
from formats.losses import Losses
from formats.tables import table

ROW = {"kinds": Kind.BOX, "labels": 0, "boxes": [2.0, 2, 20, 18]}
SQUARE = np.array([[2.0, 2], [20, 2], [20, 18], [2, 18]])
HOLE = np.array([[5.0, 5], [5, 10], [10, 10], [10, 5]])
FAR = np.array([[30.0, 20], [38, 20], [38, 28]])
POLYGON = {**ROW, "kinds": Kind.POLYGON}
Get = Callable[[Dataset], Any]


def names() -> list[str]:
    known = {name: formats.get(name) for name in formats.FORMATS}
    return [name for name, one in known.items() if one.read is not None and not one.clips]


def dataset(root: Path, row: dict[str, Any], label: dict[str, Any], **rest: Any) -> Dataset:
    """One picture with one object."""
    whole = {"extra": rest.pop("whole", {})}
    item = Item(rest.pop("path", "a.png"), (40, 30), table([row]), **rest)
    place = root / item.path
    place.parent.mkdir(parents=True)
    Image.new("L", (40, 30)).save(place)
    return Dataset.of([Label("cat", **label), Label("dog")], [item], root=str(root), **whole)


def picture(name: str) -> Get:
    return lambda found: getattr(next(found.items), name)


def kind(name: str) -> Get:
    return lambda found: getattr(found.labels[0], name)


def rings(found: Dataset) -> Any:
    shapes = next(found.items).annotations
    assert shapes is not None
    assert shapes.rings is not None
    return [[len(ring) for ring in part] for part in shapes.rings.row(0)]


SAID: dict[str, tuple[dict[str, Any], Get, Any]] = {
    "picture id": ({"id": 77}, picture("id"), 77),
    "picture keys": ({"extra": {"licence": 5}}, lambda d: picture("extra")(d).get("licence"), 5),
    "annotator": ({"annotator": "ann"}, picture("annotator"), "ann"),
    "status": ({"status": "done"}, picture("status"), "done"),
    "time": ({"time": 1.5}, picture("time"), 1.5),
    "a split of its own": ({"split": "fold 3"}, picture("split"), "fold 3"),
    "category id": ({"label": {"id": 55}}, kind("id"), 55),
    "supercategory": ({"label": {"supercategory": "pet"}}, kind("supercategory"), "pet"),
    "class keys": (
        {"label": {"extra": {"color": "#010203"}}},
        lambda d: kind("extra")(d).get("color"),
        "#010203",
    ),
    "class attributes": (
        {"label": {"attributes": {"a": {"type": "text"}}}},
        lambda d: dict(kind("attributes")(d)),
        {"a": {"type": "text"}},
    ),
    "info": ({"whole": {"info": {"y": 1}}}, lambda d: d.extra.get("info"), {"y": 1}),
    "a hole": ({"row": {**POLYGON, "rings": [[SQUARE, HOLE]]}}, rings, [[4, 4]]),
    "two parts": (
        {"row": {**POLYGON, "rings": [[SQUARE], [FAR]], "boxes": [2, 2, 38, 28]}},
        rings,
        [[4], [3]],
    ),
}


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("name", names())
def test_what_is_said_comes_back_or_is_told(name: str, said: str, tmp_path: Path) -> None:
    given, get, wanted = SAID[said]
    rest = {"row": ROW, "label": {}, **given}
    losses = formats.write(dataset(tmp_path / "in", **rest), tmp_path / "out", name)
    if losses:
        assert sum(loss.count for loss in losses) >= 1
        return
    assert get(formats.read(tmp_path / "out", name)) == wanted


@pytest.mark.parametrize("name", ["yolo", "kitti", "via"])
def test_it_is_counted_once_and_refused_when_strict(name: str, tmp_path: Path) -> None:
    source = tmp_path / "in.prelabel.jsonl"
    told = dataset(tmp_path / "p", ROW, {"supercategory": "x"}, time=1.0, whole={"info": 1})
    formats.write(replace(told, root=""), source, "native")
    losses = formats.convert(source, tmp_path / "out", name)
    assert losses.by_kind["time of a picture"].count == 1
    assert losses.by_kind["key of the whole data set"].count == 1
    with pytest.raises(formats.FormatError, match="time of a picture"):
        formats.convert(source, tmp_path / "strict", name, writing={"strict": True})
    assert not (tmp_path / "strict").exists()


def test_the_data_set_itself_is_not_changed(tmp_path: Path) -> None:
    whole = dataset(tmp_path / "p", ROW, {}, status="done")
    formats.write(whole, tmp_path / "a", "yolo")
    assert whole.losses == Losses()
    assert carrying.reported(whole, carrying.NONE) is whole


@pytest.mark.parametrize("name", list(formats.FORMATS))
def test_a_format_names_fields_that_are_told_of(name: str) -> None:
    drops = formats.get(name).drops
    assert set(drops.pictures) <= carrying.PICTURES.keys()
    assert set(drops.classes) <= carrying.CLASSES.keys()
    assert len({*drops.pictures}) == len(drops.pictures)


@pytest.mark.parametrize("name", ["label-studio", "labelme", "x-anylabeling", "via"])
def test_tags_that_a_picture_has_already_are_told(name: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    Image.new("L", (40, 30)).save(tmp_path / "in/a.png")
    tags = table([{"kinds": Kind.TAG, "labels": k} for k in (0, 1, 0, 0)])
    labels = [Label("cat"), Label("dog")]
    found = Dataset.of(labels, [Item("a.png", (40, 30), tags)], root=str(tmp_path / "in"))
    losses = formats.write(found, tmp_path / "out", name)
    assert {loss.what: loss.count for loss in losses} == {"tag that its picture has already": 2}
    (item,) = formats.read(tmp_path / "out", name).items
    assert item.annotations is not None
    assert sorted(item.annotations.labels.tolist()) == [0, 1]


@pytest.mark.parametrize("name", sorted(set(formats.FORMATS) - {"native"}))
def test_what_rows_lose_is_told_with_the_first_picture(name: str, tmp_path: Path) -> None:
    """Of every kind of loss of an object the report names a picture that has it."""
    lost = Annotations.of(1, boxes=[[1, 2, 3, 4]], ids=[7], areas=[3.5], groups=[4], tracks=[2])
    items = [Item("bg.jpg", (9, 8), Annotations.empty()), Item("1.jpg", (9, 8), lost)]
    losses = formats.write(Dataset.of([Label("x")], items), tmp_path / "out", name)
    for what in ("annotation id", "stated area", "group", "track id"):
        if what in losses.by_kind:
            assert losses.by_kind[what].example in ("1.jpg", "pictures"), what
