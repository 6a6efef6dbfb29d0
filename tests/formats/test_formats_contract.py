"""Every line of FORMATS keeps what it claims to hold, and reports what it does not hold."""

from __future__ import annotations

import tempfile
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dataset_strategies import ALL, Wanted, datasets
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from PIL import Image

import formats
from formats.annotations import Annotations
from formats.columns import COLUMNS, Flag, Kind
from formats.dataset import Dataset, Item
from formats.format import Format
from formats.options import Options
from formats.unheld import WORDS, stated
from geometry.rings import Rings

SLOW = settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
REQUIRED = frozenset(name for name, column in COLUMNS.items() if column.required)
COMPUTED = {"areas", "ids", "boxes", "kinds"}
"""Columns that a format may fill in where the source says nothing."""
SCORED = {"coco-results"}
ONE_PART = ("yolo", "ultralytics-ndjson", "cvat", "datumaro", "supervisely", "via", "labelbox")
GROUPS_FROM_1 = {"cvat", "datumaro"}
"""Formats to which group 0 is none."""
TEXTS = {"cvat"}
"""Formats whose attributes have the type that their class declares."""
LONE_POINTS = {"cvat", "datumaro"}
"""Formats in which no other shape has keypoints."""
FLAGS: dict[str, int] = {
    "datumaro": Flag.CROWD | Flag.DIFFICULT | Flag.TRUNCATED | Flag.OCCLUDED,
    "voc": Flag.DIFFICULT | Flag.TRUNCATED | Flag.OCCLUDED,
    "dota": Flag.DIFFICULT,
    "kitti": Flag.OCCLUDED | Flag.TRUNCATED,
    "openimages": Flag.OCCLUDED | Flag.TRUNCATED | Flag.CROWD,
}
"""Flags that a format keeps, where it does not keep all of them."""
UNLOOKED = {"native", "label-studio", "coco-panoptic", "voc", "dota", "kitti", "openimages"}
"""Formats that keep a picture nobody looked at apart from one without objects."""
UNLOOKED |= {"labelme", "x-anylabeling"}


APART = {"coco-panoptic", "voc"}
"""Formats where a pixel belongs to one object."""


def names() -> list[str]:
    """Formats of pictures; those of clips have a contract of their own."""
    return [name for name in formats.FORMATS if not formats.get(name).clips]


def wanted(name: str, format_: Format) -> Wanted:
    """The data sets that a format says it holds."""
    return Wanted(
        columns=frozenset(format_.holds) | (REQUIRED - {"scores"}),
        kinds=format_.kinds,
        holes=name == "native",
        unseen=name in UNLOOKED,
        scored=name in SCORED,
        parts=1 if name.startswith(ONE_PART) else 2,
        items=1 if name.startswith("yolo") else 0,
        rows=(1, 1) if name == "yolo-cls" else (0, 4),
        flags=FLAGS.get(name, sum(Flag)),
        groups=(1 if name in GROUPS_FROM_1 else 0, 3),
        texts=name in TEXTS,
        lone_points=name in LONE_POINTS,
        apart=name in APART,
    )


def placed(dataset: Dataset, root: Path) -> Dataset:
    """The data set with its pictures in a folder."""
    for item in dataset.items:
        assert item.size is not None
        Image.new("L", item.size).save(root / item.path)
    return replace(dataset, root=str(root))


def round_trip(format_: Format, dataset: Dataset, folder: Path) -> tuple[Dataset, Any]:
    root, target = folder / "pictures", folder / "written"
    root.mkdir()
    losses = format_.write(placed(dataset, root), target, format_.options())
    assert format_.read is not None
    return format_.read(target, format_.options()), losses


@pytest.mark.parametrize("name", list(formats.FORMATS))
def test_a_line_of_the_table_is_a_format_of_that_name(name: str) -> None:
    format_ = formats.get(name)
    assert format_.name == name
    assert issubclass(format_.options, Options)
    assert format_.options() == format_.options()
    assert set(format_.holds) <= ALL
    assert all(tolerance >= 0 for tolerance in format_.holds.values())
    assert all(f.default is not None for f in fields(format_.options))


@pytest.mark.parametrize("name", names())
@SLOW
@given(data=st.data())
def test_what_a_format_holds_survives(name: str, data: st.DataObject) -> None:
    format_ = formats.get(name)
    survives(format_, data.draw(datasets(wanted(name, format_))))


def of_kinds() -> list[tuple[str, Kind]]:
    """Every kind of the formats that have several: few draws may leave one out."""
    several = [name for name in names() if len(formats.get(name).kinds) > 1]
    return [(name, kind) for name in several for kind in sorted(formats.get(name).kinds)]


@pytest.mark.parametrize(("name", "kind"), of_kinds(), ids=lambda part: getattr(part, "name", part))
@settings(SLOW, max_examples=2)
@given(data=st.data())
def test_rows_of_every_kind_survive(name: str, kind: Kind, data: st.DataObject) -> None:
    format_ = formats.get(name)
    alone = replace(
        wanted(name, format_), kinds=frozenset({kind}), items=1, rows=(1, 2), unseen=False
    )
    dataset = data.draw(datasets(alone))
    drawn = [item.annotations for item in dataset.items]
    assert all(table is not None and set(table.kinds) == {kind} for table in drawn)
    survives(format_, dataset)


def survives(format_: Format, dataset: Dataset) -> None:
    """Whether a data set comes back from a format as far as it says that it holds it."""
    with tempfile.TemporaryDirectory() as folder:
        back, losses = round_trip(format_, dataset, Path(folder))
        found = list(back.items)
    assert not losses.by_kind, [str(loss) for loss in losses]
    assert [label.name for label in back.labels] == [label.name for label in dataset.labels]
    before = {key(item): item for item in dataset.items}
    after = {key(item): item for item in found}
    assert list(before) == sorted(after, key=list(before).index)
    for place, item in before.items():
        assert after[place].size == item.size
        same_rows(format_, item, after[place])


def key(item: Item) -> str:
    """What a picture is called, wherever the format puts it."""
    return Path(item.path).name


def same_rows(format_: Format, before: Item, after: Item) -> None:
    if before.annotations is None:
        assert after.annotations is None
        return
    assert after.annotations is not None
    assert len(after.annotations) == len(before.annotations)
    for name, tolerance in format_.holds.items():
        same_column(name, tolerance, before.annotations, after.annotations)


def same_column(name: str, tolerance: float, before: Annotations, after: Annotations) -> None:
    rows = stated(before, name) if name in (*WORDS, "boxes") else np.ones(len(before), bool)
    if name in WORDS and name not in COMPUTED:
        np.testing.assert_array_equal(stated(after, name), rows, err_msg=name)
    close = partial(np.testing.assert_allclose, rtol=0, atol=tolerance, err_msg=name)
    a, b = getattr(before, name), getattr(after, name)
    if not rows.any():
        return
    if isinstance(a, Rings):
        np.testing.assert_array_equal(b[rows].ring_offsets, a[rows].ring_offsets)
        np.testing.assert_allclose(
            b[rows].points, a[rows].points, rtol=0, atol=tolerance, err_msg=name
        )
    elif a.dtype == object:
        assert [_plain(cell) for cell in b[rows]] == [_plain(cell) for cell in a[rows]]
    else:
        close(_turned(b[rows], a[rows]) if name == "rotated" else b[rows], a[rows])


def _turned(found: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The rotated boxes with their angles within half a turn of those wanted."""
    turns = np.round((found[:, 4] - wanted[:, 4]) / (2 * np.pi))
    return np.column_stack([found[:, :4], found[:, 4] - 2 * np.pi * turns])


def _plain(cell: object) -> object:
    return dict(cell) if hasattr(cell, "items") else cell


def unheld() -> list[tuple[str, str]]:
    return [
        (name, column)
        for name in names()
        for column in WORDS
        if column not in formats.get(name).holds
    ]


@pytest.mark.parametrize(("name", "column"), unheld())
@settings(SLOW, max_examples=4)
@given(data=st.data())
def test_what_a_format_does_not_hold_is_reported(
    name: str, column: str, data: st.DataObject
) -> None:
    format_ = formats.get(name)
    plain = wanted(name, format_)
    further = {column} | ({"keypoints"} if column == "keypoint_scores" else set())
    extended = replace(
        plain,
        columns=plain.columns | further,
        kinds=_carriers(column, plain),
        must=column,
        items=1,
        rows=(1, 2),
        unseen=False,
    )
    dataset = data.draw(datasets(extended))
    tables = [item.annotations for item in dataset.items]
    assert all(table is not None and stated(table, column).all() for table in tables)
    with tempfile.TemporaryDirectory() as folder:
        _, losses = round_trip(format_, dataset, Path(folder))
    assert losses.by_kind


def _carriers(column: str, plain: Wanted) -> frozenset[Kind]:
    """Kinds of rows that state a column."""
    own = {"rings": Kind.POLYGON, "masks": Kind.MASK, "rotated": Kind.ROTATED}
    own |= {"keypoints": Kind.BOX, "keypoint_scores": Kind.BOX}
    return frozenset({own[column]}) if column in own else plain.kinds
