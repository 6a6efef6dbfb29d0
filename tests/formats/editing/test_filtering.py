"""Filters: what stays is what each condition, asked by itself of every object, lets stay."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from dataset_strategies import datasets
from hypothesis import given, settings
from small_sets import SIZE, boxes, named, objects, of, pictures

import formats
from formats.annotations import Annotations
from formats.columns import Flag
from formats.dataset import Dataset, Item
from formats.editing import Wanted, fields, filtered
from formats.errors import UnknownName

LABELS = named("cat", "Dog", "bus")


@pytest.fixture
def dataset() -> Dataset:
    items = pictures({"a.jpg": [0, 1, 1], "b.jpg": [2], "c.jpg": []}, split="train")
    items += [Item("d.jpg", (640, 480), boxes(0, 0, scores=np.array([0.2, 0.9])), split="valid")]
    return of(LABELS, [*items, Item("e.jpg", SIZE, split="test")])


def kept(dataset: Dataset, **wanted: object) -> dict[str, list[str]]:
    found = filtered(dataset, Wanted(**wanted))  # type: ignore[arg-type]
    return {
        item.path: [found.labels[k].name for k in item.annotations.labels]
        for item in found.items
        if item.annotations is not None
    }


def test_nothing_asked_changes_nothing(dataset: Dataset) -> None:
    found = filtered(dataset, Wanted())
    assert found.labels == dataset.labels
    assert [item.path for item in found.items] == ["a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg"]
    assert not dataset.losses.notes


def test_classes(dataset: Dataset) -> None:
    only = {"a.jpg": ["Dog", "Dog"], "b.jpg": [], "c.jpg": [], "d.jpg": []}
    assert kept(dataset, only=["dog"]) == only
    assert kept(dataset, drop=["cat", "bus"]) == only
    assert [e.name for e in filtered(dataset, Wanted(only=["dog"])).labels] == ["Dog"]
    assert filtered(dataset, Wanted(drop=["Dog"])).labels == (LABELS[0], LABELS[2])
    with pytest.raises(UnknownName, match=r"no class 'dgo' .known: cat, Dog, bus"):
        filtered(dataset, Wanted(drop=["dgo"]))


def test_scores_leave_what_people_drew(dataset: Dataset) -> None:
    found = kept(dataset, score=0.5)
    assert found["d.jpg"] == ["cat"]
    assert found["a.jpg"] == ["cat", "Dog", "Dog"]
    assert kept(dataset, where=["score>=0.5"])["a.jpg"] == []


def test_splits_in_any_spelling(dataset: Dataset) -> None:
    assert list(kept(dataset, splits=["val"])) == ["d.jpg"]
    assert list(kept(dataset, splits=["training", "test2017"])) == ["a.jpg", "b.jpg", "c.jpg"]


def test_empty_pictures(dataset: Dataset) -> None:
    assert list(kept(dataset, empty="drop")) == ["a.jpg", "b.jpg", "d.jpg"]
    assert list(kept(dataset, empty="drop", only=["bus"])) == ["b.jpg"]
    assert list(kept(dataset, empty="only")) == ["c.jpg"]
    alone = filtered(dataset, Wanted(empty="only"))
    assert [item.path for item in alone.items] == ["c.jpg", "e.jpg"]


def test_conditions_on_pictures_see_the_objects_that_are_left(dataset: Dataset) -> None:
    assert list(kept(dataset, pictures=["objects>=2"])) == ["a.jpg", "d.jpg"]
    assert list(kept(dataset, pictures=["objects>=2"], only=["Dog"])) == ["a.jpg"]
    assert list(kept(dataset, pictures=["width>=640", "path~^d"])) == ["d.jpg"]
    assert [i.path for i in filtered(dataset, Wanted(pictures=["looked=0"])).items] == ["e.jpg"]


def test_fields_of_objects() -> None:
    table = Annotations.of(
        3,
        boxes=[[0, 0, 10, 20], [5, 5, 45, 45], [np.nan] * 4],
        labels=np.array([0, 1, 2], np.int32),
        kinds=[0, 0, 7],
        flags=[Flag.CROWD, 0, Flag.OCCLUDED],
        tracks=[4, -1, -1],
        attributes=[{"colour": "red"}, {}, {"colour": "blue"}],
    )
    dataset = of(LABELS, [Item("a.jpg", SIZE, table)])

    def labels(*conditions: str) -> list[str]:
        return kept(dataset, where=conditions)["a.jpg"]

    assert labels("width<=10") == ["cat"]
    assert labels("height>20") == ["Dog"]
    assert labels("area>=200", "area<1600") == ["cat"]
    assert labels("share>=0.2") == ["Dog"]  # 1600 of 8000 square pixels
    assert labels("aspect<1") == ["cat"]
    assert labels("label=bus") == ["bus"]
    assert labels("kind=tag") == ["bus"]
    assert labels("track=4") == ["cat"]
    assert labels("crowd=0") == ["Dog", "bus"]
    assert labels("occluded=1") == ["bus"]
    assert labels("attributes.colour=red|blue") == ["cat", "bus"]


def test_what_was_left_out_is_told_once_however_often_it_is_walked(dataset: Dataset) -> None:
    found = filtered(dataset, Wanted(only=["cat"], empty="drop"))
    assert objects(found) == objects(found) == {"a.jpg": ["cat"], "d.jpg": ["cat", "cat"]}
    assert dataset.losses.notes == ["3 pictures left out", "3 objects left out"]
    assert not dataset.losses


def test_an_unknown_field_is_told_before_anything_is_walked(dataset: Dataset) -> None:
    with pytest.raises(UnknownName, match="no field 'wdith'"):
        filtered(dataset, Wanted(where=["wdith>3"]))
    with pytest.raises(UnknownName, match="no field 'score'"):
        filtered(dataset, Wanted(pictures=["score>3"]))


@settings(max_examples=15)
@given(datasets())
def test_every_field_can_be_asked_of_every_data_set(dataset: Dataset) -> None:
    for name in fields.OBJECT:
        value = "box" if name in ("label", "kind") else "1"
        yes = filtered(dataset, Wanted(where=[f"{name}={value}"]))
        no = filtered(dataset, Wanted(where=[f"{name}!={value}"]))
        parts = [sum(len(c.annotations) for c in d.chunks()) for d in (yes, no, dataset)]
        assert parts[0] + parts[1] == parts[2]
    for name in fields.PICTURE:
        both = [filtered(dataset, Wanted(pictures=[f"{name}{s}2"])) for s in ("=", "!=")]
        assert sum(len(list(d.items)) for d in both) == len(list(dataset.items))


def test_a_filtered_set_can_be_written(dataset: Dataset, tmp_path: Path) -> None:
    formats.write(filtered(dataset, Wanted(only=["Dog"], empty="drop")), tmp_path / "x", "native")
    back = formats.read(tmp_path / "x")
    assert objects(back) == {"a.jpg": ["Dog", "Dog"]}
