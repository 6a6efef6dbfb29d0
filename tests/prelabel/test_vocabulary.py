"""Classes of the model and of the outputs."""

from __future__ import annotations

import pytest

from formats.dataset import Label
from formats.errors import UnknownName
from prelabel import vocabulary
from prelabel.errors import JobError

MODEL = tuple(Label(name, i) for i, name in enumerate(("person", "traffic light", "dog")))


def test_without_a_dataset_the_classes_are_the_models() -> None:
    found = vocabulary.of(MODEL, None, {})
    assert [label.name for label in found.labels] == ["person", "traffic light", "dog"]
    assert {label.id for label in found.labels} == {None}
    assert found.index == (0, 1, 2)
    assert found.left_out == ()


def test_a_datasets_categories_are_kept_and_matched_by_name() -> None:
    dataset = (Label("Dog", 18), Label("car", 3), Label("Traffic_Light", 10))
    found = vocabulary.of(MODEL, dataset, {})
    assert found.labels == dataset
    assert found.index == (-1, 2, 0)
    assert found.left_out == ("person",)


def test_a_map_says_which_is_which() -> None:
    dataset = (Label("pedestrian", 1), Label("animal", 2))
    found = vocabulary.of(MODEL, dataset, {"person": "pedestrian", "dog": "animal"})
    assert found.index == (0, -1, 1)
    assert vocabulary.of(MODEL, None, {"dog": "person", "traffic light": ""}).index == (0, -1, 0)


def test_a_category_without_keypoints_takes_the_models() -> None:
    pose = (Label("person", 0, keypoints=("nose", "tail"), bones=((0, 1),), mirror=(0, 1)),)
    (found,) = vocabulary.of(pose, (Label("person", 7, "human"),), {}).labels
    assert (found.id, found.supercategory) == (7, "human")
    assert (found.keypoints, found.bones, found.mirror) == (("nose", "tail"), ((0, 1),), (0, 1))
    own = (Label("person", 7, keypoints=("head", "foot")),)
    assert vocabulary.of(pose, own, {}).labels == own


def test_strangers_are_refused_with_a_way_out() -> None:
    with pytest.raises(JobError, match=r"person, .* is a category .*pills.*--labels-map"):
        vocabulary.of(MODEL, (Label("pills"),), {})


def test_an_unknown_class_is_told_with_those_it_resembles() -> None:
    with pytest.raises(UnknownName) as caught:
        vocabulary.check_names(["dog", "persn"], MODEL, "--classes")
    assert str(caught.value) == (
        "--classes: the model has no class 'persn' "
        "(did you mean 'person'? it has: person, traffic light, dog)"
    )
    with pytest.raises(UnknownName, match="--labels-map"):
        vocabulary.of(MODEL, None, {"cat": "dog"})
