"""Classes renamed, joined and left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_sets import named, objects, of, pictures

from formats.dataset import Dataset, Label
from formats.editing import class_map, remapped
from formats.errors import FormatError, UnknownName

LABELS = named("car", "person", "truck", "bus")


@pytest.fixture
def dataset() -> Dataset:
    return of(LABELS, pictures({"a.jpg": [0, 1, 2, 3], "b.jpg": [1], "c.jpg": []}))


def test_classes_are_renamed_joined_and_left_out(dataset: Dataset) -> None:
    found = remapped(dataset, {"car": "vehicle", "truck": "vehicle", "person": None})
    assert [(e.name, e.id) for e in found.labels] == [("vehicle", 1), ("bus", 4)]
    assert objects(found) == {"a.jpg": ["vehicle", "vehicle", "bus"], "b.jpg": [], "c.jpg": []}
    assert dataset.losses.notes == [
        "1 object of 'car', now of 'vehicle'",
        "2 objects of 'person' left out",
        "1 object of 'truck', now of 'vehicle'",
    ]


def test_boxes_go_with_their_class(dataset: Dataset) -> None:
    found = next(remapped(dataset, {"person": None}).items).annotations
    assert found is not None
    np.testing.assert_array_equal(found.boxes[:, 0], [0, 2, 3])


def test_a_class_joins_one_that_is_there_and_takes_its_place_and_id(dataset: Dataset) -> None:
    found = remapped(dataset, {"car": "bus"})
    assert [(e.name, e.id) for e in found.labels] == [("bus", 4), ("person", 2), ("truck", 3)]
    assert objects(found)["a.jpg"] == ["bus", "person", "truck", "bus"]


def test_names_may_be_swapped(dataset: Dataset) -> None:
    found = remapped(dataset, {"car": "truck", "truck": "car"})
    assert [e.name for e in found.labels] == ["truck", "person", "car", "bus"]
    assert objects(found)["a.jpg"] == ["truck", "person", "car", "bus"]


def test_the_rest_may_go(dataset: Dataset) -> None:
    found = remapped(dataset, {"Car": "car", "bus": "bus"}, rest="drop")
    assert objects(found)["a.jpg"] == ["car", "bus"]


def test_nothing_asked_changes_nothing(dataset: Dataset) -> None:
    assert remapped(dataset, {}).labels == LABELS
    assert objects(remapped(dataset, {})) == objects(dataset)
    assert not dataset.losses.notes


def test_classes_of_one_name_stay_apart_unless_they_are_renamed() -> None:
    dataset = of(named("a", "a", "b"), pictures({"x.jpg": [0, 1, 2]}))
    kept = next(remapped(dataset, {"b": "c"}).items).annotations
    joined = next(remapped(dataset, {"a": "z"}).items).annotations
    assert kept is not None
    assert joined is not None
    assert kept.labels.tolist() == [0, 1, 2]
    assert joined.labels.tolist() == [0, 0, 1]


def test_keypoints_of_joined_classes_must_be_the_same() -> None:
    skeletons = [Label("man", keypoints=("l", "r")), Label("cat", keypoints=("nose",)), Label("x")]
    dataset = of(skeletons, pictures({"a.jpg": [0, 1, 2]}))
    with pytest.raises(FormatError, match="'man' and 'cat' have other keypoints"):
        remapped(dataset, {"man": "one", "cat": "one"})
    assert remapped(dataset, {"x": "one", "man": "one"}).labels[0].keypoints == ("l", "r")


def test_a_class_that_is_not_there_is_an_error(dataset: Dataset) -> None:
    with pytest.raises(UnknownName, match=r"no class 'trukc' .did you mean 'truck'"):
        remapped(dataset, {"trukc": "x"})
    with pytest.raises(FormatError, match="'car' is given two names"):
        remapped(dataset, {"car": "x", "Car": "y"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("car: vehicle", {"car": "vehicle"}),
        ("vehicle: [car, 'bus']", {"car": "vehicle", "bus": "vehicle"}),
        ("person:\nx: ~\ny: null", {"person": None, "x": None, "y": None}),
        ("person: ''\nx: 'null'", {"person": "", "x": "null"}),
        ("no: yes\n1: 2.50\non: [off, 3]", {"no": "yes", "1": "2.50", "off": "on", "3": "on"}),
        ('{"car": "bus", "person": null}', {"car": "bus", "person": None}),
        ("\ufeffcar: Auto", {"car": "Auto"}),
    ],
)
def test_a_map_is_taken_as_written(
    text: str, expected: dict[str, str | None], tmp_path: Path
) -> None:
    file = tmp_path / "map.yaml"
    file.write_text(text, encoding="utf-8")
    assert class_map.load(file) == expected


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("car: a\nbus: {x: y}", ":2", "'bus': expected a name, a list of names"),
        ("car: a\n\nbus: [[x]]", ":3", "'bus': expected a name"),
        ("car: a\ncar: b", ":2", "'car' stands there twice"),
        ("a: [car]\nb: [car]", ":2", "'car' stands there twice"),
        ("[a]: b", ":1", "the name of a class is a text"),
        ("car: a\nbus: [x", ":2", "not YAML"),
        ("- car", "", "expected lines of the form"),
        ("", "", "expected lines of the form"),
        ("&a [*a]: b", ":1", "the name of a class"),
    ],
)
def test_errors_of_a_map_name_the_line(text: str, line: str, what: str, tmp_path: Path) -> None:
    file = tmp_path / "map.yaml"
    file.write_text(text)
    with pytest.raises(FormatError) as error:
        class_map.load(file)
    assert str(error.value).startswith(f"{file}{line}: {what}")
