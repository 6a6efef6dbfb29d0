"""Pictures of two datasets are paired by path, then by the end of the path."""

import pytest

from formats.annotations import Annotations
from formats.dataset import Item
from formats.errors import FormatError
from prelabel.evaluate import pair


def items(*paths, **rest):
    return [Item(path, annotations=Annotations.empty(), **rest) for path in paths]


def pairs(pred, truth):
    return [(p.path, t.path) for p, t in pair(items(*pred), items(*truth)).pairs]


@pytest.mark.parametrize(
    ("pred", "truth", "wanted"),
    [
        (["a/1.jpg"], ["a/1.jpg"], [("a/1.jpg", "a/1.jpg")]),
        (["1.jpg"], ["images/val/1.jpg"], [("1.jpg", "images/val/1.jpg")]),
        (["x/val/1.jpg", "x/train/1.jpg"], ["train/1.jpg"], [("x/train/1.jpg", "train/1.jpg")]),
        (["a/1.jpg", "1.jpg"], ["1.jpg", "a/1.jpg"], [("1.jpg", "1.jpg"), ("a/1.jpg", "a/1.jpg")]),
        (["a/1.jpg", "b/1.jpg"], ["c/1.jpg"], []),
        (["a\\1.jpg"], ["./a/1.jpg"], [("a\\1.jpg", "./a/1.jpg")]),
        (["1.jpg"], ["1.png"], []),
        ([], [], []),
    ],
)
def test_pairs(pred, truth, wanted):
    assert pairs(pred, truth) == wanted


def test_what_is_left_is_named():
    found = pair(items("a.jpg", "b.jpg"), items("b.jpg", "c.jpg"))
    assert [i.path for i in found.only_pred] == ["a.jpg"]
    assert [i.path for i in found.only_truth] == ["c.jpg"]
    assert found.as_json() == {
        "both": 1,
        "matched_by_file_name": 0,
        "only_in_predictions": ["a.jpg"],
        "only_in_truth": ["c.jpg"],
        "not_looked_at": [],
    }


def test_pairs_by_name_are_counted():
    assert pair(items("a.jpg", "x/b.jpg"), items("a.jpg", "y/b.jpg")).by_name == 1


def test_pictures_that_nobody_looked_at_take_no_part():
    found = pair([Item("a.jpg")], items("a.jpg"))
    assert found.pairs == ()
    assert found.unlabelled == ("a.jpg",)
    assert [i.path for i in found.only_truth] == ["a.jpg"]


def test_frames_are_pictures_of_their_own():
    clip = items("clip.mp4", frame=1) + items("clip.mp4", frame=2)
    found = pair(clip[1:], clip)
    assert [(p.frame, t.frame) for p, t in found.pairs] == [(2, 2)]
    assert found.only_truth[0].frame == 1


def test_pictures_without_a_path_go_by_their_id():
    found = pair(items("", id=5), items("", id=5) + items("", id=6))
    assert [(p.id, t.id) for p, t in found.pairs] == [(5, 5)]


def test_a_picture_twice_is_an_error():
    twice = items("a.jpg", annotator="ann") + items("a.jpg", annotator="bob")
    with pytest.raises(FormatError, match=r"a.jpg: the truth has .* twice, by 'ann' and 'bob'"):
        pair(items("a.jpg"), twice)
