"""Classes matched by name, aliases, forced orders."""

from __future__ import annotations

from pathlib import Path

import pytest

from formats import labels
from formats.annotations import Annotations
from formats.dataset import Dataset, Item, Label
from formats.errors import FormatError, UnknownName

PROJECT = [Label("car"), Label("Traffic Light"), Label("dog"), Label("Dog")]


@pytest.mark.parametrize(
    ("name", "index"),
    [("car", 0), ("Car", 0), ("traffic_light", 1), ("traffic - LIGHT", 1), ("Dog", 3), ("DOG", -1)],
)
def test_names_are_found_exactly_then_loosely_but_never_guessed(name: str, index: int) -> None:
    assert labels.find(name, PROJECT) == index


def test_a_model_is_matched_to_a_project() -> None:
    model = [Label("automobile"), Label("traffic light"), Label("kite"), Label("dog")]
    assert labels.match(model, PROJECT).tolist() == [-1, 1, -1, 2]
    assert labels.match(model, PROJECT, {"automobile": "car"}).tolist() == [0, 1, -1, 2]
    assert labels.match([], PROJECT).tolist() == []


def test_an_alias_must_name_classes_that_are_there() -> None:
    with pytest.raises(UnknownName, match=r"no class of the model 'cra'.*did you mean 'car'"):
        labels.match([Label("car")], PROJECT, {"cra": "car"})
    with pytest.raises(UnknownName, match="no class of the project 'truck'"):
        labels.match([Label("car")], PROJECT, {"car": "truck"})


def test_an_alias_file(tmp_path: Path) -> None:
    path = tmp_path / "alias.yaml"
    path.write_bytes(b"\xef\xbb\xbfautomobile: car\nno: off\n1: one\n")
    assert labels.aliases(path) == {"automobile": "car", "no": "off", "1": "one"}
    path.write_text('{"a": "b"}')
    assert labels.aliases(path) == {"a": "b"}
    for text in ("- a", "a: [b]", "a: b: c", ""):
        path.write_text(text)
        with pytest.raises(FormatError, match=r"alias\.yaml"):
            labels.aliases(path)


def dataset() -> Dataset:
    table = Annotations.of(labels=[0, 1, 2, 1])
    return Dataset.of([Label("a", 5), Label("b", 6), Label("c", 0)], [Item("x.jpg", None, table)])


def found(dataset: Dataset) -> list[str]:
    (item,) = dataset.items
    assert item.annotations is not None
    return [dataset.labels[k].name for k in item.annotations.labels]


def test_an_order_moves_classes_and_loses_none() -> None:
    moved = labels.ordered(dataset(), ["c", "A"])
    assert [(e.name, e.id) for e in moved.labels] == [("c", 0), ("a", 5), ("b", 6)]
    assert found(moved) == found(dataset()) == ["a", "b", "c", "b"]
    with pytest.raises(UnknownName, match="no class of the data set 'd'"):
        labels.ordered(dataset(), ["d"])
    with pytest.raises(FormatError, match="named twice"):
        labels.ordered(dataset(), ["a", "A"])


def test_rows_of_classes_without_a_place_are_counted() -> None:
    import numpy as np

    less = labels.relabelled(dataset(), [Label("b")], np.array([-1, 0, -1], np.int32))
    assert found(less) == ["b", "b"]
    assert [loss.count for loss in less.losses] == [2]


def test_rows_are_counted_once_however_often_the_set_is_walked() -> None:
    import numpy as np

    place = np.array([0, 1, -1], np.int32)
    less = labels.relabelled(dataset(), [Label("a"), Label("b")], place)
    next(less.chunks())  # a walk that is broken off
    assert [found(less), found(less)] == [["a", "b", "b"]] * 2
    assert [loss.count for loss in less.losses] == [1]
    least = labels.relabelled(less, [Label("a")], np.array([0, -1], np.int32))
    assert [found(least), found(least)] == [["a"]] * 2
    assert [loss.count for loss in least.losses] == [3]
