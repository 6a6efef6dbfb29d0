"""datumaro and DOTA, KITTI, OpenImages, MOTS: both ways, each with what the format is for."""

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
from formats.columns import Flag, Kind
from formats.dataset import Dataset, Item, Label
from formats.tracks.clip import clips
from geometry import masks, rotated

pytestmark = pytest.mark.tools

READS = {"dota", "kitti", "mots", "openimages"}
"""Formats that datumaro reads from us."""
WRITES = {"dota", "kitti", "mots", "openimages"}
"""Formats that datumaro writes and we read."""
CALLED = {"openimages": "open_images"}
CALLED_WHEN_WRITTEN = {"openimages": "open_images", "mots": "mots_png"}
SUBSET = {"kitti": "training", "mots": "default"}
"""What datumaro calls the split of ours, where it does not take our name."""
SIZE = (40, 30)
NAMES = ("plane", "ship")
FIVES = [[15.0, 12, 12, 6, 0.5], [20, 10, 8, 4, 0]]
BOXES = [[1.25, 2.5, 11.75, 20.25], [0, 0, 40, 30]]
Row = dict[str, Any]
"""What an object is, in the words that both sides are brought to."""


@pytest.fixture(scope="module")
def datumaro(tool: Callable[[str], Oracle]) -> Oracle:
    return tool("datumaro_calls")


def part(k: int) -> masks.Mask:
    dense = np.zeros(SIZE[::-1], bool)
    dense[3 + k : 9, 4 : 20 + k] = True
    dense[20, 30] = True
    return masks.encode(dense)


def columns(name: str) -> dict[str, Any]:
    """The rows of the one picture that has any."""
    if name == "dota":
        flags = [0, int(Flag.DIFFICULT)]
        return {
            "kinds": [Kind.ROTATED] * 2,
            "rotated": FIVES,
            "boxes": rotated.bounds(FIVES),
            "flags": flags,
        }
    if name == "kitti":
        return {
            "boxes": BOXES,
            "flags": [int(Flag.TRUNCATED), int(Flag.OCCLUDED)],
            "scores": [0.5, 0.25],
        }
    drawn = [part(0), part(1)]
    if name == "mots":
        drawn[1] = masks.encode(masks.decode(drawn[1]) & ~masks.decode(drawn[0]))
    bounds = [masks.bounds(mask) for mask in drawn]
    found = {"kinds": [Kind.MASK] * 2, "masks": drawn, "boxes": bounds}
    if name == "openimages":
        return found | {"flags": [int(Flag.CROWD), int(Flag.TRUNCATED)]}
    return found | {"tracks": [1005, 2007]}


def ours(name: str, root: Path) -> Dataset:
    root.mkdir()
    table = Annotations.of(2, labels=[0, 1], **columns(name))
    for picture in ("000000.png", "000001.png"):
        Image.new("RGB", SIZE).save(root / picture)
    rows = {"000000.png": table, "000001.png": Annotations.empty()}
    items = [Item(picture, SIZE, own, split="train") for picture, own in rows.items()]
    return Dataset.of([Label(n) for n in NAMES], items, root=str(root))


def theirs(name: str) -> dict[str, Any]:
    """The same data set, as datumaro's worker takes it."""
    shapes = columns(name)
    objects: list[Row] = []
    for k in range(2):
        one: Row = {"label": NAMES[k], "box": list(map(float, shapes["boxes"][k]))}
        if name == "dota":
            degrees = [*FIVES[k][:4], float(np.degrees(FIVES[k][4]))]
            one |= {"type": "rotated_bbox", "five": degrees, "attributes": {"difficulty": k}}
        if name == "kitti":
            one |= {
                "attributes": {"truncated": k == 0, "occluded": k == 1},
                "score": shapes["scores"][k],
            }
        if name in ("mots", "openimages"):
            one |= {"type": "mask", "rows": masks.decode(shapes["masks"][k]).astype(int).tolist()}
        if name == "mots":
            one["attributes"] = {"track_id": shapes["tracks"][k] % 1000}
        if name == "openimages":
            one["group"] = k + 1
            box = {
                **one,
                "type": "bbox",
                "attributes": {"is_group_of": k == 0, "truncated": k == 1},
            }
            objects.append(box)
        objects.append(one)
    images = {"000000.png": objects, "000001.png": []}
    said = {n: {"size": SIZE, "split": "train", "objects": own} for n, own in images.items()}
    return {"labels": NAMES, "images": said}


def corners(five: Any) -> np.ndarray:
    """cx cy w h and radians as corners, in an order of their own."""
    cx, cy, w, h, angle = five
    c, s = np.cos(angle), np.sin(angle)
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) / 2
    points = signs * [w, h] @ np.array([[c, s], [-s, c]]) + [cx, cy]
    return points[np.lexsort(np.round(points.T, 1))]


def same(name: str, labels: list[str], shapes: list[Any]) -> None:
    """Whether these are the objects of `columns`; datumaro rounds to two decimals."""
    assert labels == list(NAMES)
    wanted = columns(name)
    for k in range(2):
        if name == "dota":
            np.testing.assert_allclose(corners(shapes[k]), corners(FIVES[k]), atol=0.02)
        elif name == "kitti":
            np.testing.assert_allclose(shapes[k], BOXES[k], atol=1e-6)
        else:
            np.testing.assert_array_equal(shapes[k], masks.decode(wanted["masks"][k]))


@pytest.mark.parametrize("name", sorted(READS))
def test_datumaro_reads_what_is_written_here(name: str, datumaro: Oracle, tmp_path: Path) -> None:
    target = tmp_path / "written"
    options = {"form": "png"} if name == "mots" else {"images": "copy"}
    losses = formats.write(ours(name, tmp_path / "pictures"), target, name, options)
    allowed = {"name of a frame's picture", "split"}  # a lone clip is in no folder of its split
    assert {loss.what for loss in losses} <= allowed
    found = datumaro("read", CALLED.get(name, name), str(target))
    assert [label for label in found["labels"] if label in NAMES] == list(NAMES)
    by_name = {Path(n).stem: entry for n, entry in found["images"].items()}
    assert set(by_name) == {"000000", "000001"}
    assert not by_name["000001"]["objects"]
    for entry in by_name.values():
        assert entry["split"] == SUBSET.get(name, "train")
        assert entry["size"] in (None, list(SIZE))
    objects = by_name["000000"]["objects"]
    key = {"dota": "five", "kitti": "box"}.get(name, "rows")
    shaped = sorted((o for o in objects if key in o), key=lambda o: str(o["label"]))
    shapes = [o[key] for o in shaped]
    if name == "dota":
        shapes = [[*five[:4], np.radians(five[4])] for five in shapes]
        assert [o["attributes"]["difficulty"] for o in shaped] == [0, 1]
    if name == "kitti":
        assert [o["attributes"]["truncated"] for o in shaped] == [True, False]
        assert [o["score"] for o in shaped] == [0.5, 0.25]
    if name == "mots":
        assert [o["attributes"]["track_id"] for o in shaped] == [5, 7]
    if name == "openimages":
        boxes = [o for o in objects if o["type"] == "bbox"]
        assert [o["attributes"]["is_group_of"] for o in boxes] == [True, False]
        np.testing.assert_allclose([o["box"] for o in boxes], columns(name)["boxes"], atol=0.006)
    same(name, [o["label"] for o in shaped], shapes)


@pytest.mark.parametrize("name", sorted(WRITES))
def test_what_datumaro_writes_is_read_here(name: str, datumaro: Oracle, tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    called = CALLED_WHEN_WRITTEN.get(name, name)
    datumaro("write", called, theirs(name), str(folder), {"save_media": True})
    found = formats.read(folder, name)
    frames = 1 if name == "mots" else 2  # datumaro writes no file for a frame without objects
    assert [(item.split, item.size) for item in found.items] == [("train", SIZE)] * frames
    table = clips(found)[0].table if name == "mots" else first(found)
    order = np.argsort(table.labels, kind="stable")
    table = table[order]
    labels = [found.labels[k].name for k in table.labels]
    assert not list(found.losses)
    if name == "dota":
        assert table.rotated is not None
        assert table.flagged(Flag.DIFFICULT).tolist() == [False, True]
        same(name, labels, list(table.rotated))
        return
    if name == "kitti":
        assert table.flagged(Flag.TRUNCATED).tolist() == [True, False]
        assert table.flagged(Flag.OCCLUDED).tolist() == [False, True]
        assert table.scores.tolist() == [0.5, 0.25]
        same(name, labels, table.boxes.tolist())
        return
    if name == "openimages":
        assert table.flagged(Flag.CROWD).tolist() == [True, False]
        np.testing.assert_allclose(table.boxes, columns(name)["boxes"], atol=1e-6)
    else:
        assert table.tracks is not None
        assert table.tracks.tolist() == [1005, 2007]
    assert table.masks is not None
    same(name, labels, [masks.decode(mask) for mask in table.masks])


def first(dataset: Dataset) -> Annotations:
    """The rows of the picture that has any."""
    tables = [item.annotations for item in dataset.items]
    return next(table for table in tables if table is not None and len(table))
