"""Tiling: each object once, whole, wherever the seams run."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from formats.annotations import Annotations, Kind
from geometry import boxes, masks, rotated
from geometry.rings import Rings
from prelabel import tiling
from prelabel.errors import SettingsError
from prelabel.image import Image, decode
from prelabel.labeler import Labeler
from prelabel.models.query import Query
from prelabel.tiling import Tiles

SIZE = (300, 220)
TILES = Tiles(100, 0.3)
MODEL = "yolov8n_640_w16.onnx"


def canvas(objects: NDArray) -> Image:
    """A picture in which bit k of the 24 of a pixel tells whether object k covers it."""
    pixels = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    for k, (x0, y0, x1, y1) in enumerate(np.asarray(objects, int)):
        pixels[y0:y1, x0:x1, k // 8] |= np.uint8(1 << k % 8)
    return Image(pixels)


def exact(labels: NDArray, blind: bool = False) -> Callable[[Image], Annotations]:
    """A model that finds the visible part of every object, exactly; `blind`: only in tiles."""

    def once(image: Image) -> Annotations:
        found, kinds = [], []
        for k, label in enumerate(labels if image.size != SIZE or not blind else []):
            seen = image.pixels[..., k // 8] & (1 << k % 8)
            rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
            if len(rows):
                found.append([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1])
                kinds.append(label)
        box = np.array(found, int).reshape(-1, 4)
        shapes = [filled(b, image.size) for b in box]
        scores = np.full(len(box), 0.9)
        return Annotations.of(len(box), boxes=box, labels=kinds, scores=scores, masks=shapes)

    return once


def filled(box: NDArray, size: tuple[int, int]) -> masks.Mask:
    """The mask of a box."""
    x0, y0, x1, y1 = box.tolist()
    return masks.paste(np.ones((y1 - y0, x1 - x0)), (x0, y0), size)


def objects(longest: int, most: int = 8) -> st.SearchStrategy[NDArray]:
    """Some boxes inside the canvas."""
    box = st.tuples(
        *(st.integers(0, SIZE[0] - 2), st.integers(0, SIZE[1] - 2)),
        *(st.integers(2, longest), st.integers(2, longest)),
    )
    return st.lists(box, min_size=most % 2, max_size=most).map(
        lambda rows: boxes.clip(boxes.from_xywh(np.array(rows, float).reshape(-1, 4)), SIZE)
    )


def as_sets(table: Annotations) -> list:
    return sorted(
        (*box, int(label)) for box, label in zip(table.boxes.tolist(), table.labels, strict=True)
    )


def truth(found: NDArray, labels: NDArray) -> list:
    return sorted((*box, int(label)) for box, label in zip(found.tolist(), labels, strict=True))


def distinct(found: NDArray, labels: NDArray) -> bool:
    """Whether no two objects of one class cover each other by half."""
    iou = boxes.iou(found, found)
    return not (np.triu(iou >= 0.5, 1) & (labels[:, None] == labels)).any()


@given(objects(longest=26), st.lists(st.integers(0, 2), min_size=8, max_size=8), st.booleans())
def test_what_is_smaller_than_the_overlap_is_found_once(
    found: NDArray, kinds: list[int], blind: bool
) -> None:
    labels = np.array(kinds[: len(found)])
    assume(distinct(found, labels))
    once = exact(labels, blind)
    table = tiling.label(canvas(found), TILES, once)
    assert as_sets(table) == truth(found, labels)
    for box, mask in zip(table.boxes, table.masks, strict=True):
        assert np.array_equal(masks.bounds(mask), box)
        assert masks.area(mask) == np.prod(box[2:] - box[:2])


@given(objects(longest=300), st.lists(st.integers(0, 2), min_size=8, max_size=8))
def test_what_is_larger_than_a_tile_is_found_once(found: NDArray, kinds: list[int]) -> None:
    labels = np.array(kinds[: len(found)])
    assume(distinct(found, labels))
    table = tiling.label(canvas(found), TILES, exact(labels))
    whole = [row for row in truth(found, labels) if row in as_sets(table)]
    assert whole == truth(found, labels)
    assert len(table) == len(found)


@given(objects(longest=300, most=1))
def test_pieces_of_what_only_tiles_see_become_one(found: NDArray) -> None:
    table = tiling.label(canvas(found), TILES, exact(np.zeros(1), blind=True))
    assert as_sets(table) == truth(found, np.zeros(1))
    assert np.array_equal(masks.bounds(table.masks[0]), found[0])
    assert masks.area(table.masks[0]) == np.prod(found[0, 2:] - found[0, :2])


def test_neighbours_of_one_class_at_a_seam_stay_two() -> None:
    found = np.array([[80.0, 50, 99, 70], [99.0, 50, 118, 70], [60.0, 10, 70, 30]])
    labels = np.zeros(3)
    table = tiling.label(canvas(found), TILES, exact(labels))
    assert as_sets(table) == truth(found, labels)


def test_a_small_picture_is_seen_once() -> None:
    seen: list[tuple[int, int]] = []

    def once(image: Image) -> Annotations:
        seen.append(image.size)
        return Annotations.empty()

    tiling.label(Image(np.zeros((90, 100, 3), np.uint8)), TILES, once)
    assert seen == [(100, 90)]
    tiling.label(Image(np.zeros((90, 101, 3), np.uint8)), TILES, once)
    assert seen[1:] == [(101, 90), (100, 90), (100, 90)]


def test_the_most_rows_are_those_of_the_picture() -> None:
    found = boxes.from_xywh([[x, y, 12, 12] for x in range(0, 280, 40) for y in range(0, 200, 60)])
    labels = np.zeros(24)
    image, once = canvas(found[:24]), exact(labels)
    assert len(tiling.label(image, TILES, once)) == 24
    assert len(tiling.label(image, TILES, once, most=7)) == 7


def test_tags_are_those_of_the_whole() -> None:
    sizes: list[tuple[int, int]] = []

    def once(image: Image) -> Annotations:
        sizes.append(image.size)
        return Annotations.of(1, kinds=[Kind.TAG], scores=[0.5])

    assert len(tiling.label(canvas(np.empty((0, 4))), TILES, once)) == 1
    assert sizes == [SIZE]


def test_every_column_is_moved() -> None:
    turned = np.array([[10.0, 20, 8, 4, 0.3]])
    points = np.array([[[5.0, 6, 2], [np.nan, np.nan, np.nan]]])
    ring = np.array([[1.0, 1], [5, 1], [5, 5]])
    mask = masks.encode(np.eye(6))
    table = Annotations.of(
        boxes=rotated.bounds(turned),
        rotated=turned,
        keypoints=points,
        rings=Rings.of([[[ring]]]),
        masks=[mask],
    )
    moved = tiling.placed(table, (100, 50), SIZE)
    assert np.array_equal(moved.boxes, table.boxes + [100, 50, 100, 50])
    assert moved.rotated.tolist() == [[110, 70, 8, 4, 0.3]]
    assert moved.keypoints[0, 0].tolist() == [105, 56, 2]
    assert np.isnan(moved.keypoints[0, 1]).all()
    assert np.array_equal(moved.rings.row(0)[0][0], ring + [100, 50])
    dense = masks.decode(moved.masks[0])
    assert dense.shape == (SIZE[1], SIZE[0])
    assert np.array_equal(dense[50:56, 100:106], np.eye(6, dtype=bool))
    assert dense.sum() == 6


def test_rotated_boxes_side_by_side_are_not_taken_for_one() -> None:
    """Two ships, askew and parallel: their bounds cover each other by more than half."""
    ships = np.array([[60.0, 60, 40, 6, np.pi / 4], [66.0, 60, 40, 6, np.pi / 4]])
    assert boxes.iou(rotated.bounds(ships), rotated.bounds(ships))[0, 1] > 0.5

    def once(image: Image) -> Annotations:
        x, y = (0, 0) if image.size == SIZE else tuple(image.pixels[0, 0, :2].tolist())
        rows = [1] if image.size == SIZE else [0]
        local = ships[rows] - [x, y, 0, 0, 0]
        inside = (local[:, :2] > 30).all() and (local[:, :2] < 70).all()
        local = local[: 1 if inside or image.size == SIZE else 0]
        return Annotations.of(
            len(local), boxes=rotated.bounds(local), rotated=local, scores=np.full(len(local), 0.8)
        )

    pixels = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    pixels[..., 0], pixels[..., 1] = (
        np.minimum(np.arange(SIZE[0]), 255),
        np.arange(SIZE[1])[:, None],
    )
    table = tiling.label(Image(pixels), Tiles(100, 0.3), once)
    assert len(table) == 2


@pytest.mark.parametrize(("size", "overlap"), [(16, 0.2), (640, -0.1), (640, 0.95)])
def test_tiles_that_make_no_sense(size: int, overlap: float) -> None:
    with pytest.raises(SettingsError, match=f"tiles of {size} pixels with overlap {overlap}"):
        Tiles(size, overlap)


def mosaics(pictures: dict[int, Image]) -> list[tuple[Image, list[tuple[int, int, int]]]]:
    """Canvases of 2 x 2 pictures at full size, with (id, x, y) of each."""
    ids = sorted(pictures)
    ids += ids[: -len(ids) % 4]
    out = []
    for four in (ids[k : k + 4] for k in range(0, len(ids), 4)):
        sizes = np.array([pictures[i].size for i in four])
        x, y = max(sizes[0, 0], sizes[2, 0]), max(sizes[0, 1], sizes[1, 1])
        corners = [(0, 0), (x, 0), (0, y), (x, y)]
        width, height = (np.array(corners) + sizes).max(axis=0)
        pixels = np.full((height, width, 3), 114, np.uint8)
        for i, (left, top) in zip(four, corners, strict=True):
            w, h = pictures[i].size
            pixels[top : top + h, left : left + w] = pictures[i].pixels
        out.append((Image(pixels), [(i, *c) for i, c in zip(four, corners, strict=True)]))
    return out


def results(table: Annotations, image: int, ids: dict[int, int]) -> list[dict]:
    rows = zip(boxes.to_xywh(table.boxes).tolist(), table.labels, table.scores, strict=True)
    return [
        {"image_id": image, "category_id": ids[label], "bbox": box, "score": float(score)}
        for box, label, score in rows
        if label in ids
    ]


def average_precision(dataset: dict, found: list[dict]) -> float:
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = dataset
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(found), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return float(evaluation.stats[0])


def repeated(table: Annotations) -> int:
    """Pairs of sure rows of one class that cover each other by more than NMS lets pass."""
    sure = table[table.scores > 0.25]
    same = np.triu(sure.labels[:, None] == sure.labels, 1)
    return int((same & (boxes.iou(sure.boxes, sure.boxes) > 0.65)).sum())


@pytest.mark.real
def test_tiled_mosaics_of_real_pictures(real_data: Path) -> None:
    folder = real_data / "datasets" / "coco_tiny38"
    dataset = json.loads(next(folder.rglob("*.json")).read_text())
    paths = {i["id"]: next(folder.rglob(i["file_name"])) for i in dataset["images"]}
    chosen = dict(sorted(paths.items())[:24])
    pictures = {i: decode(path.read_bytes(), str(path)) for i, path in chosen.items()}
    truth = [a for a in dataset["annotations"] if a["image_id"] in pictures]
    query = Query(conf=0.01, iou=0.65)
    with Labeler.open(real_data / "models" / MODEL, check=False) as labeler:
        names = {c["name"]: c["id"] for c in dataset["categories"]}
        ids = {k: names[l.name] for k, l in enumerate(labeler.card.labels) if l.name in names}
        plain = [
            row for i, p in pictures.items() for row in results(labeler.label(p, query), i, ids)
        ]
        canvases, tiled, moved = [], [], []
        for number, (image, places) in enumerate(mosaics(pictures)):
            table = tiling.label(image, Tiles(640), lambda part: labeler.label(part, query))
            assert repeated(table) == 0
            tiled += results(table, number, ids)
            canvases.append({"id": number, "width": image.size[0], "height": image.size[1]})
            moved += [
                {**a, "image_id": number, "bbox": (np.array(a["bbox"]) + [x, y, 0, 0]).tolist()}
                for i, x, y in places
                for a in truth
                if a["image_id"] == i
            ]
    images = [i for i in dataset["images"] if i["id"] in pictures]
    alone = average_precision({**dataset, "images": images, "annotations": truth}, plain)
    joined = average_precision({**dataset, "images": canvases, "annotations": moved}, tiled)
    assert joined >= 0.9 * alone > 0.2
