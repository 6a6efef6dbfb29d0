"""COCO files that are read in pieces and written a column at a time: the same as one by one."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import orjson
import pytest
from coco_files import SQUARE, coco, table
from dataset_strategies import datasets
from hypothesis import HealthCheck, given, settings
from strategies import FEW

import formats
from formats import json_text
from formats.coco import annotated, lines, reading, rows
from formats.dataset import Dataset
from formats.losses import Losses

SHARED = [HealthCheck.function_scoped_fixture]


def written(dataset: Dataset, path: Path) -> list[bytes]:
    formats.write(dataset, path, "coco", {"overwrite": True})
    return [file.read_bytes() for file in sorted(path.rglob("*.json"))]


@settings(max_examples=10, deadline=None, suppress_health_check=SHARED)
@given(datasets())
def test_in_small_pieces_from_the_disk_it_is_the_same(tmp_path, dataset):
    files = written(dataset, tmp_path / "set")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "LEAN_ITEMS", 1)
        pieces = formats.read(tmp_path / "set", "coco", {"low_memory": True})
        assert written(pieces, tmp_path / "again") == files
        assert written(pieces, tmp_path / "again") == files
        assert pieces.expected == len(list(pieces.items))


@FEW
@given(datasets())
def test_lines_are_those_of_whole_objects(dataset):
    for chunk in dataset.chunks():
        rows_ = chunk.annotations
        sound = rows_[np.isfinite(rows_.boxes).all(axis=1)]
        ids = list(range(7, 7 + len(sound)))
        images, categories = [*range(len(chunk.items))], [*range(3, 3 + len(dataset.labels))]
        told, other = Losses(), Losses()
        made = rows.dicts(sound, chunk, ids, images, categories, told)
        expected = [json_text.dumps(row) for row in made]
        assert lines.lines(sound, chunk, ids, images, categories, other) == expected
        assert told.by_kind == other.by_kind


def test_plain_rows_among_others_keep_their_places(back):
    plain = {"segmentation": [SQUARE, SQUARE], "bbox": [1, 1, 4, 4], "area": 16.0}
    crowd = {"iscrowd": 1, "segmentation": {"counts": [50, 150], "size": [10, 20]}, "score": 0.5}
    found = back(coco(plain, {"bbox": [1, 2, 3, 4]}, {**crowd, "bbox": [5, 0, 15, 10]}, plain))
    assert [row["id"] for row in found["annotations"]] == [1, 2, 3, 4]
    assert [len(row["segmentation"]) for row in found["annotations"]] == [2, 0, 2, 2]


UNKNOWN = {"a": None, "b": [1, {"c": 2}], "d e": 2**70, "ü": "x", "class": 1.5}


def test_unknown_keys_are_carried_by_all_rows_or_some(saved):
    path = saved(coco({"bbox": [1, 2, 3, 4], **UNKNOWN}, {"bbox": [1, 2, 3, 4]}, {"a": 1}))
    assert [dict(extra) for extra in table(path).extra] == [UNKNOWN, {}, {"a": 1}]


def test_more_unknown_keys_than_are_learned_are_carried_too(saved, monkeypatch):
    monkeypatch.setattr(annotated, "MOST", 2)
    extra = {f"k{k}": k for k in range(5)}
    path = saved(coco({"bbox": [1, 2, 3, 4], **extra}, {"bbox": [1, 2, 3, 4]}))
    assert [dict(found) for found in table(path).extra] == [extra, {}]


def test_a_number_that_no_double_holds_among_unknown_keys(saved):
    text = json.dumps(coco({"bbox": [1, 2, 3, 4], "far": "HERE"})).replace('"HERE"', "1e999")
    assert dict(table(saved(text)).extra[0]) == {"far": None}


def test_annotations_are_found_before_their_images(saved):
    value = coco({"bbox": [1, 2, 3, 4]})
    turned = {key: value[key] for key in ("annotations", "categories", "images")}
    assert table(saved(turned)).boxes.tolist() == [[1, 2, 4, 6]]


def test_ids_beyond_64_bits_belong_together(saved):
    value = coco({"bbox": [1, 2, 3, 4], "image_id": 2**80}, {"bbox": [0, 0, 1, 1], "image_id": 7})
    value["images"][0]["id"] = 2**80
    dataset = formats.read(saved(value), "coco")
    assert [len(item.annotations) for item in dataset.items] == [1]
    assert [(loss.what, loss.count) for loss in dataset.losses] == [
        ("annotation whose image_id is not in the file", 1)
    ]
    assert "image_id = 7" in next(iter(dataset.losses)).example


def test_progress_counts_items(saved, tmp_path):
    told = []
    value = coco({"bbox": [1, 2, 3, 4]})
    formats.convert(
        saved(value), tmp_path / "o.json", "coco", "coco", told=lambda *n: told.append(n)
    )
    assert told == [(0, 1), (1, 1)]
    assert orjson.loads((tmp_path / "o.json").read_bytes())["images"][0]["id"] == 7


def test_polygons_go_to_another_process_as_they_stand_in_the_file(tmp_path):
    shape = [[1.5, 2, 3e0, 4.25, 5, 6], [0.1, 0.2, 7, 8, 9, 9.75, 3, 1]]
    objects = [
        {"segmentation": [shape[k % 2]] * (1 + k % 3), "bbox": [1, 1, 8, 8]} for k in range(9)
    ]
    path = tmp_path / "set.json"
    path.write_text(json.dumps(coco(*objects)).replace("3.0", "3e0"))
    expected = [np.reshape(shape[k % 2] * (1 + k % 3), (-1, 2)) for k in range(9)]
    for some in (slice(None), slice(1, None, 3), np.array([4, 4, 0])):
        rings = next(formats.read(path, "coco").chunks()).annotations[some].rings
        assert rings is not None
        sent = pickle.dumps(rings)
        assert b"4.25" in sent
        assert b"3E0" in sent
        points = np.concatenate([expected[k] for k in np.arange(9)[some]])
        assert np.array_equal(pickle.loads(sent).points, points)
        assert np.array_equal(rings.points, points)
        assert b"4.25" not in pickle.dumps(rings)
        assert pickle.loads(pickle.dumps(rings)) == rings
