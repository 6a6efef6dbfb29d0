"""COCO results: what pycocotools takes, and what reading needs besides the list."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

import formats
from formats.annotations import Annotations
from formats.columns import Kind
from formats.dataset import Dataset, Item, Label
from formats.errors import FormatError
from geometry.masks import Mask


def detections() -> Dataset:
    mask = Mask(np.array([11, 2, 87]), (10, 10))
    shapes = Annotations.of(
        2,
        kinds=[Kind.BOX, Kind.MASK],
        boxes=[[1, 1, 4.5, 4], [1, 1, 2, 3]],
        labels=[0, 1],
        scores=[0.9, 0.5],
        masks=[None, mask],
    )
    items = [Item("a.jpg", (10, 10), shapes, id=4), Item("b.jpg", (10, 10), Annotations.empty())]
    return Dataset.of([Label("cat", 3), Label("dog", 9)], items)


def test_pycocotools_takes_the_list_and_scores_it_perfect(tmp_path: Path) -> None:
    formats.write(detections(), tmp_path / "truth.json", "coco")
    formats.write(detections(), tmp_path / "r.json", "coco-results")
    truth = COCO(tmp_path / "truth.json")
    evaluation = COCOeval(truth, truth.loadRes(str(tmp_path / "r.json")), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    assert evaluation.stats[0] == pytest.approx(1.0)


def test_the_list_has_only_what_results_have(tmp_path: Path) -> None:
    formats.write(detections(), tmp_path / "r.json", "coco-results")
    box, mask = json.loads((tmp_path / "r.json").read_text())
    assert box == {"image_id": 4, "category_id": 3, "bbox": [1, 1, 3.5, 3], "score": 0.9}
    assert set(mask) == {"image_id", "category_id", "bbox", "segmentation", "score"}


def test_the_images_beside_are_taken_by_reading(tmp_path: Path) -> None:
    formats.write(detections(), tmp_path / "r.json", "coco-results")
    assert formats.sniff(tmp_path / "r.json") == "coco-results"
    items = list(formats.read(tmp_path / "r.json").items)
    assert [item.path for item in items] == ["a.jpg", "b.jpg"]
    assert [len(item.annotations or ()) for item in items] == [2, 0]


def test_a_bare_list_needs_its_categories(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    row = {"image_id": 4, "category_id": 3, "bbox": [1, 1, 2, 2], "score": 1}
    path.write_text(json.dumps([row]))
    with pytest.raises(FormatError, match="categories=FILE"):
        formats.read(path)
    formats.write(detections(), tmp_path / "truth.json", "coco")
    options = {"categories": str(tmp_path / "truth.json")}
    (found,) = next(formats.read(path, options=options).items).annotations.rows()
    assert (found.score, found.label) == (1.0, 0)


def test_rows_without_a_score_are_reported(tmp_path: Path) -> None:
    truth = Annotations.of(boxes=[[0, 0, 1, 1]])
    dataset = Dataset.of([Label("x")], [Item("a.jpg", (2, 2), truth)])
    losses = formats.write(dataset, tmp_path / "r.json", "coco-results")
    assert [loss.count for loss in losses] == [1]
    with pytest.raises(FormatError, match="no score"):
        formats.write(dataset, tmp_path / "s.json", "coco-results", {"strict": True})
    assert not list(tmp_path.glob("s.*"))


def test_an_empty_list(tmp_path: Path) -> None:
    formats.write(Dataset.of([Label("x")], []), tmp_path / "r.json", "coco-results")
    assert json.loads((tmp_path / "r.json").read_text()) == []


def test_a_written_folder_is_read_back_as_results(tmp_path: Path) -> None:
    """The images file beside the list is a COCO file too: the folder is the list's all the same."""
    found = Annotations.of(boxes=[[1.0, 2.0, 9.0, 8.0]], labels=[0], scores=[0.5])
    dataset = Dataset.of([Label("cat")], [Item("a.jpg", (20, 10), found)])
    formats.write(dataset, tmp_path / "out", "coco-results")
    assert formats.sniff(tmp_path / "out") == "coco-results"
    (item,) = formats.read(tmp_path / "out").items
    assert item.annotations is not None
    np.testing.assert_allclose(item.annotations.boxes, found.boxes)


def test_pictures_with_and_without_an_id(tmp_path: Path) -> None:
    row = Annotations.of(1, boxes=[[1.0, 2, 3, 4]], scores=[0.5])
    given = [("a.jpg", None), ("b.jpg", 1), ("c.jpg", 7), ("d.jpg", None)]
    items = [Item(path, (9, 9), row, id=number) for path, number in given]
    losses = formats.write(Dataset.of([Label("x")], items), tmp_path / "out", "coco-results")
    assert not losses
    found = [(item.path, item.id) for item in formats.read(tmp_path / "out").items]
    assert found == [("a.jpg", 8), ("b.jpg", 1), ("c.jpg", 7), ("d.jpg", 9)]


def test_what_belongs_to_nothing_is_named_in_the_list(tmp_path: Path) -> None:
    formats.write(detections(), tmp_path / "truth.json", "coco")
    told = [{"image_id": 77, "category_id": 3, "bbox": [1, 2, 3, 4], "score": 1}]
    (tmp_path / "r.json").write_text(json.dumps(told))
    options = {"categories": str(tmp_path / "truth.json")}
    (loss,) = formats.read(tmp_path / "r.json", "coco-results", options).losses
    assert loss.example == f"{tmp_path / 'r.json'}#/0/image_id = 77"
