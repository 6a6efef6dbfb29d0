"""What is read of a store: predictions and corrections, picture by picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from corrected import correction, view

from formats.annotations import Annotations
from formats.dataset import Label
from prelabel.compare.panel import panel
from prelabel.corrections.correction import Correction
from prelabel.corrections.event import Event
from prelabel.corrections.reading import CLASSES, read
from prelabel.corrections.store import Store
from prelabel.errors import JobError


def keep(folder: Path, *corrections: Correction, start: int = 0) -> None:
    """Keep corrections as those of as many annotations."""
    with Store(folder, 1 << 20) as store:
        for number, one in enumerate(corrections, start):
            event = Event("tool", str(number), str(number), float(number))
            store.arrive([event])
            assert store.finish(event, one)


def test_both_sides_have_the_projects_labels(tmp_path):
    keep(tmp_path, correction())
    predicted, corrected = read(tmp_path)
    assert [label.name for label in predicted.labels] == ["Tree", "Car"]
    assert predicted.labels == corrected.labels
    assert predicted.extra[CLASSES] == {"Car": ["car", "van"]}
    assert predicted.sources[0].name == "first"
    (seen,), (left,) = predicted.items, corrected.items
    assert (seen.path, seen.size) == (left.path, left.size) == ("street/1.jpg", (64, 48))
    assert seen.annotations.labels.tolist() == [1, 1], "the dog has no label in the project"
    assert seen.annotations.scores.tolist() == [0.9, 0.015]
    assert seen.annotations.boxes[1].tolist() == [20, 20, 30.5, 30]
    assert left.annotations.labels.tolist() == [1]
    assert (left.annotator, left.extra["lead_time"]) == ("7", 12.5)


def test_they_can_be_compared(tmp_path):
    keep(tmp_path, correction(), correction(view(path="street/2.jpg")))
    predicted, corrected = read(tmp_path)
    found = panel([("model", predicted), ("people", corrected)])
    assert [picture.path for picture in found.pictures] == ["street/1.jpg", "street/2.jpg"]
    assert all(None not in picture.items for picture in found.pictures)


def test_of_a_picture_the_newest_correction_counts(tmp_path):
    empty = view(corrected=Annotations.empty())
    keep(tmp_path, correction(), correction(empty, annotator="8"))
    predicted, corrected = read(tmp_path)
    (left,) = corrected.items
    assert (left.annotator, len(left.annotations)) == ("8", 0)
    assert predicted.losses
    both = read(tmp_path, annotators="all")
    assert [item.annotator for item in both[1].items] == ["7", "8"]
    assert [item.path for item in both[0].items] == ["street/1.jpg"] * 2


def test_one_model_at_a_time(tmp_path):
    other = view(model="second", fingerprint="0e" * 32, path="street/2.jpg")
    keep(tmp_path, correction(), correction(other))

    def paths(**which):
        return [item.path for item in read(tmp_path, **which)[0].items]

    assert paths() == ["street/2.jpg"], "that of the newest correction"
    assert paths(model="first") == paths(model="f1f1f1") == ["street/1.jpg"]
    with pytest.raises(JobError, match=r"no corrections of model 'third'.*first.*second"):
        read(tmp_path, model="third")


def test_nothing_to_read(tmp_path):
    with pytest.raises(JobError, match="there are no corrections"):
        read(tmp_path / "nowhere")
    Store(tmp_path, 1 << 20).close()
    with pytest.raises(JobError, match="there are no corrections yet"):
        read(tmp_path)


def test_what_was_read_stays_while_the_store_goes_on(tmp_path):
    keep(tmp_path, correction(), correction(view(path="street/2.jpg")))
    predicted, corrected = read(tmp_path)
    with Store(tmp_path, 1 << 20) as store:
        store.delete("tool", ["0"], 9.0)
        store.clear()
    for _ in range(2):
        assert [item.path for item in predicted.items] == ["street/1.jpg", "street/2.jpg"]
        assert [item.path for item in corrected.items] == ["street/1.jpg", "street/2.jpg"]
    assert [item.path for item in read(tmp_path)[0].items] == ["street/2.jpg"]


def test_keypoints_go_by_name(tmp_path):
    """The model keeps them in one order and the project in another."""
    points = np.array([[[1, 2, 2], [3, 4, 2.0]]])
    pose = view(
        task="pose",
        classes=(Label("person", keypoints=("Nose", "Ear")),),
        names=("Person",),
        predicted=Annotations.of(boxes=[[0, 0, 9, 9]], keypoints=points, scores=[0.5]),
        labels=(Label("Person", keypoints=("Ear", "Nose")),),
        corrected=Annotations.of(boxes=[[0, 0, 9, 9]], keypoints=points[:, ::-1]),
    )
    keep(tmp_path, correction(pose))
    found = panel([("model", (sides := read(tmp_path))[0]), ("people", sides[1])])
    (seen, left) = found.pictures[0].items
    assert np.array_equal(seen.annotations.keypoints, left.annotations.keypoints)
