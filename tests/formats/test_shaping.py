"""Rows turned into one kind of shape: against pycocotools and shapely."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from dataset_strategies import Wanted, datasets, without
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pycocotools import mask as coco

from formats import shaping, tables
from formats.annotations import Annotations
from formats.columns import Kind
from formats.dataset import Dataset, Item, Label
from geometry import masks, polygons, rotated
from geometry.rings import Rings

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
FEW = settings(max_examples=6, deadline=None)
SQUARE = np.array([[1, 1], [7, 1], [7, 7], [1, 7]], float)
HOLE = np.array([[3, 3], [5, 3], [5, 5], [3, 5]], float)
FAR = SQUARE + [10, 0]
DRAWN = frozenset({Kind.BOX, Kind.ROTATED, Kind.ELLIPSE, Kind.POLYGON, Kind.MASK})
PLAIN = Wanted(
    columns=without(Wanted().columns, "keypoints", "keypoint_scores"), kinds=DRAWN, unseen=False
)


def of(*rows: dict[str, Any], size: tuple[int, int] | None = (20, 10)) -> Dataset:
    return Dataset.of([Label("a")], [Item("a.png", size, tables.table(list(rows)))])


def table(dataset: Dataset) -> Annotations:
    (item,) = dataset.items
    found = item.annotations
    assert found is not None
    return found


def row(kind: Kind, **told: Any) -> dict[str, Any]:
    return {"kinds": kind, "labels": 0, "scores": 0.5, **told}


def polygon(*parts: list[np.ndarray]) -> dict[str, Any]:
    box = polygons.bounds(Rings.of([parts]))[0]
    return row(Kind.POLYGON, rings=list(parts), boxes=box)


def pixels(rings: list[np.ndarray], size: tuple[int, int]) -> np.ndarray:
    flat = [ring.ravel().tolist() for ring in rings]
    return coco.decode(coco.merge(coco.frPyObjects(flat, size[1], size[0]))).astype(bool)


@FEW
@given(dataset=datasets(PLAIN))
def test_every_shape_has_the_kind_that_was_asked_for(dataset: Dataset) -> None:
    kinds = {"boxes": Kind.BOX, "polygons": Kind.POLYGON, "masks": Kind.MASK, "obb": Kind.ROTATED}
    for as_, kind in kinds.items():
        found = list(shaping.shaped(dataset, as_).items)  # type: ignore[arg-type]
        for before, after in zip(dataset.items, found, strict=True):
            assert after.annotations is not None
            assert before.annotations is not None
            assert set(after.annotations.kinds.tolist()) <= {kind}
            np.testing.assert_array_equal(after.annotations.boxes, before.annotations.boxes)
            np.testing.assert_array_equal(after.annotations.labels, before.annotations.labels)


@FEW
@given(dataset=datasets(PLAIN))
def test_outlines_of_masks_give_the_very_pixels_back(dataset: Dataset) -> None:
    for before, after in zip(
        dataset.items, shaping.shaped(dataset, "polygons", "join").items, strict=True
    ):
        assert before.annotations is not None
        assert before.size is not None
        assert after.annotations is not None
        for i, old in enumerate(before.annotations.rows()):
            if old.mask is not None:
                (ring,) = after.annotations.row(i).rings or []
                np.testing.assert_array_equal(pixels(ring, before.size), masks.decode(old.mask))


@FEW
@given(dataset=datasets(Wanted(kinds=frozenset({Kind.POLYGON}), unseen=False, holes=False)))
def test_masks_of_polygons_are_those_of_pycocotools(dataset: Dataset) -> None:
    for before, after in zip(dataset.items, shaping.shaped(dataset, "masks").items, strict=True):
        assert before.annotations is not None
        assert before.size is not None
        assert after.annotations is not None
        for old, new in zip(before.annotations.rows(), after.annotations.rows(), strict=True):
            rings = [part[0] for part in old.rings or []]
            assert new.mask is not None
            np.testing.assert_array_equal(masks.decode(new.mask), pixels(rings, before.size))


@FEW
@given(dataset=datasets(Wanted(kinds=frozenset({Kind.POLYGON}), unseen=False)))
def test_the_rotated_box_is_the_smallest_by_shapely(dataset: Dataset) -> None:
    for before, after in zip(dataset.items, shaping.shaped(dataset, "obb").items, strict=True):
        assert before.annotations is not None
        assert after.annotations is not None
        for old, new in zip(before.annotations.rows(), after.annotations.rows(), strict=True):
            points = np.concatenate([ring for part in old.rings or [] for ring in part])
            least = shapely.minimum_rotated_rectangle(shapely.MultiPoint(points)).area
            assert new.rotated is not None
            assert rotated.area(new.rotated[None])[0] == pytest.approx(least, rel=1e-6)


@FEW
@given(data=st.data())
def test_joining_keeps_rows_and_areas_splitting_keeps_areas(data: st.DataObject) -> None:
    wanted = Wanted(kinds=frozenset({Kind.POLYGON}), unseen=False, items=1, rows=(1, 3))
    dataset = data.draw(datasets(wanted))
    for before, joined, split in zip(
        dataset.items,
        shaping.shaped(dataset, merge="join").items,
        shaping.shaped(dataset, merge="split").items,
        strict=True,
    ):
        tables_ = [before.annotations, joined.annotations, split.annotations]
        rings = [one.rings for one in tables_ if one is not None and one.rings is not None]
        assert len(rings[1]) == len(rings[0])
        assert (rings[1].counts() == 1).all()
        assert (rings[2].counts() == 1).all()
        assert len(rings[2]) == rings[0].counts().sum()
        areas = [polygons.area(one).sum() for one in rings]
        assert areas == pytest.approx([areas[0]] * 3)


def test_a_box_becomes_its_corners_and_a_polygon_its_stated_box() -> None:
    source = of(row(Kind.BOX, boxes=[1, 2, 5, 6]), polygon([SQUARE]))
    (corners,) = table(shaping.shaped(source, "polygons")).row(0).rings or []
    assert corners[0].tolist() == [[1, 2], [5, 2], [5, 6], [1, 6]]
    boxed = table(shaping.shaped(source, "boxes"))
    assert boxed.rings is not None
    assert boxed.rings.counts().tolist() == [0, 0]
    assert boxed.boxes.tolist() == [[1, 2, 5, 6], [1, 1, 7, 7]]


def test_an_ellipse_becomes_a_polygon_of_nearly_its_area() -> None:
    source = of(row(Kind.ELLIPSE, rotated=[8, 5, 8, 4, 0.3], boxes=[4, 3, 12, 7]))
    found = table(shaping.shaped(source, "polygons"))
    assert found.rings is not None
    assert polygons.area(found.rings)[0] == pytest.approx(np.pi * 4 * 2, rel=2e-3)


def test_a_mask_with_a_hole_becomes_a_polygon_with_one() -> None:
    mask = masks.from_rings([[SQUARE, HOLE]], (20, 10))
    source = of(row(Kind.MASK, masks=mask, boxes=[1, 1, 7, 7]))
    found = table(shaping.shaped(source, "polygons"))
    assert found.rings is not None
    assert [len(part) for part in found.rings.row(0)] == [2]
    assert polygons.area(found.rings)[0] == masks.area(mask) == 32
    assert found.masks is None or found.masks[0] is None


def test_what_a_split_object_has_once_stays_with_its_first_part() -> None:
    whole = polygon([SQUARE, HOLE], [FAR]) | {"ids": 7, "tracks": 3, "areas": 68.0}
    other = polygon([SQUARE]) | {"ids": 8, "areas": 36.0}
    found = table(shaping.shaped(of(whole, other), merge="split"))
    assert found.ids is not None
    assert found.tracks is not None
    assert found.areas is not None
    assert found.ids.tolist() == [7, -1, 8]
    assert found.tracks.tolist() == [3, -1, -1]
    np.testing.assert_array_equal(found.areas, [np.nan, np.nan, 36])
    assert found.boxes.tolist() == [[1, 1, 7, 7], [11, 1, 17, 7], [1, 1, 7, 7]]
    assert found.scores.tolist() == [0.5] * 3


def test_what_was_turned_is_told_once_however_often_it_is_walked() -> None:
    source = of(polygon([SQUARE, HOLE], [FAR]), row(Kind.LINE, rings=[[SQUARE]]), row(Kind.TAG))
    changed = shaping.shaped(source, "masks", "split")
    for _ in range(2):
        assert table(changed).kinds.tolist() == [Kind.MASK, Kind.LINE, Kind.TAG]
    assert changed.losses.notes == [
        "1 polygon written as a mask",
        "1 row that no mask can be told of, kept",
    ]
    assert not changed.losses


def test_without_a_size_no_mask_is_made() -> None:
    changed = shaping.shaped(of(polygon([SQUARE]), size=None), "masks")
    assert table(changed).kinds.tolist() == [Kind.POLYGON]
    assert changed.losses.notes == ["1 row of a picture whose size is not known, kept as it is"]


def test_nothing_asked_for_is_nothing_done() -> None:
    source = of(polygon([SQUARE]))
    assert shaping.shaped(source) is source


def test_points_that_are_no_numbers_stay() -> None:
    odd = polygon([SQUARE], [FAR]) | {"rings": [[SQUARE], [FAR * np.nan]]}
    for as_ in ("masks", "obb"):
        found = table(shaping.shaped(of(odd), as_))  # type: ignore[arg-type]
        assert found.kinds.tolist() == [Kind.POLYGON]
    assert table(shaping.shaped(of(odd), merge="join")).kinds.tolist() == [Kind.POLYGON]


def test_a_size_that_is_not_stated_comes_from_the_picture(tmp_path: Path) -> None:
    Image.new("L", (20, 10)).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"no picture")
    square = tables.table([polygon([SQUARE])])
    items = [Item(name, None, square) for name in ("a.png", "b.png", "c.png")]
    source = Dataset.of([Label("a")], items, root=str(tmp_path))
    tables_ = [item.annotations for item in shaping.shaped(source, "masks").items]
    kinds = [one.kinds[0] for one in tables_ if one is not None]
    assert kinds == [Kind.MASK, Kind.POLYGON, Kind.POLYGON]


def test_rows_that_nothing_can_be_told_of_stay() -> None:
    odd = [row(Kind.MASK, boxes=[1, 1, 2, 2]), row(Kind.ROTATED, boxes=[1, 1, 2, 2])]
    odd += [row(Kind.ELLIPSE, rotated=[np.nan, 1, 2, 3, 4]), row(Kind.BOX)]
    for as_ in ("polygons", "obb", "masks"):
        found = table(shaping.shaped(of(*odd), as_))  # type: ignore[arg-type]
        assert found.kinds.tolist() == [one["kinds"] for one in odd]
