"""Places that are given once, and the names that pictures get which would share one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from formats.errors import FormatError
from formats.losses import Losses
from formats.namesakes import Namesakes, stem, tidy


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("a/15.v2.final.jpg", "a/15.v2.final"),
        ("a.b/c", "a.b/c"),
        ("a/.jpg", "a/.jpg"),
        ("1.jpg", "1"),
    ],
)
def test_only_the_last_ending_of_the_name_goes(path: str, wanted: str) -> None:
    assert stem(path) == wanted


@pytest.mark.parametrize(
    ("path", "wanted"),
    [("1.jpg", "1-2.jpg"), ("a.b/c", "a.b/c-2"), ("a.b/c.d.png", "a.b/c.d-2.png")],
)
def test_a_new_name_stays_in_its_folder(path: str, wanted: str) -> None:
    places = Namesakes("rename", str)
    assert places.place(path, "one") == path
    assert places.place(path, "two") == wanted
    assert places.place(wanted, "three") == wanted.replace("-2", "-2-2")
    assert places.renamed == {wanted: "two", wanted.replace("-2", "-2-2"): "three"}


def test_one_file_of_labels_is_told_with_both_pictures() -> None:
    places = Namesakes("error")
    places.place("a.jpg", "x/a.jpg", "train")
    with pytest.raises(
        FormatError, match=r"x/a\.jpg of train and a\.png both map to the label file"
    ):
        places.place("a.png", "a.png")


def test_the_map_is_there_where_names_are_new(tmp_path: Path) -> None:
    places, losses = Namesakes("rename"), Losses()
    places.place("a.jpg", "a.jpg")
    places.write(tmp_path, losses)
    assert list(tmp_path.iterdir()) == []
    places.place("a.png", "b/a.png")
    places.write(tmp_path, losses, "names.json")
    assert json.loads((tmp_path / "names.json").read_text()) == {"a-2.png": "b/a.png"}
    assert losses.notes == ["1 picture with a new name, see names.json"]


def test_a_tidy_path_stays_below_its_folder() -> None:
    assert tidy("./a//b.jpg") == "a/b.jpg"
    with pytest.raises(FormatError, match="leaves"):
        tidy("a/../../b.jpg")


def test_one_picture_of_two_annotators_is_told_from_two_pictures() -> None:
    for second, told in (("a.jpg", True), ("a.png", False)):
        places = Namesakes("error")
        places.place("a.jpg", "a.jpg")
        with pytest.raises(FormatError) as error:
            places.place(second, second)
        assert ("prelabel consensus" in str(error.value)) is told
