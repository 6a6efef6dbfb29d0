"""Models' boxes as one set."""

import numpy as np
import pytest

from formats.annotations import Annotations, Flag, Kind
from formats.dataset import Dataset, Item, Label
from geometry.fusion import weighted_boxes
from geometry.rings import Rings
from prelabel.compare import panel
from prelabel.consensus import FuseOptions, fuse
from prelabel.errors import SettingsError

LABELS = (Label("cat"), Label("dog"))


def model(seed, pictures=3, objects=20):
    rng = np.random.default_rng(seed)
    truth = np.random.default_rng(7)
    items = []
    for k in range(pictures):
        low = truth.uniform(0, 60, (objects, 2))
        box = np.hstack([low, low + truth.uniform(10, 40, (objects, 2))])
        labels = truth.integers(0, 2, objects)
        keep = rng.random(objects) < 0.8
        columns = {"boxes": (box + rng.normal(0, 1, box.shape))[keep], "labels": labels[keep]}
        table = Annotations.of(scores=rng.uniform(0.1, 1, keep.sum()), **columns)
        items.append(Item(f"{k}.jpg", (120, 120), table))
    return Dataset.of(LABELS, items)


def test_each_picture_is_fused_by_itself():
    models = [model(seed) for seed in (1, 2, 3)]
    weights = {"m0": 2.0, "m1": 1.0, "m2": 0.5}
    named = [(f"m{k}", dataset) for k, dataset in enumerate(models)]
    found = fuse(panel(named), FuseOptions(weights=weights))
    for item, *seen in zip(found.dataset.items, *(m.items for m in models), strict=True):
        rows = Annotations.concat([other.annotations for other in seen])
        owner = np.repeat(range(3), [len(other.annotations) for other in seen])
        alone = weighted_boxes(rows.boxes, rows.scores, rows.labels, owner, weights=[2, 1, 0.5])
        order = np.argsort(-item.annotations.scores, kind="stable")
        np.testing.assert_allclose(item.annotations.scores[order], alone.scores)
        np.testing.assert_allclose(item.annotations.boxes[order], alone.boxes)
    assert found.dataset.sources[0].name == "fusion of m0 + m1 + m2"
    assert found.dataset.sources[0].kind == "model"


def test_a_model_that_did_not_look_does_not_lower_the_score():
    table = Annotations.of(boxes=[[0, 0, 9, 9.0]], labels=[0], scores=[0.8])
    seen = Dataset.of(LABELS, [Item("a.jpg", (20, 20), table), Item("b.jpg", (20, 20), table)])
    part = Dataset.of(
        LABELS, [Item("a.jpg", (20, 20), Annotations.empty()), Item("b.jpg", (20, 20))]
    )
    found = fuse(panel([("x", seen), ("y", part)]))
    scores = [float(item.annotations.scores[0]) for item in found.dataset.items]
    assert scores == [pytest.approx(0.4), pytest.approx(0.8)]


def test_polygons_are_voted_on_and_crowds_and_tags_left_out():
    ring = np.array([(0, 0), (20, 0), (20, 20), (0, 20.0)])

    def found(shift):
        return Annotations.of(
            boxes=[[shift, 0, shift + 20, 20], [0, 0, 90, 90], [np.nan] * 4],
            kinds=[Kind.POLYGON, Kind.BOX, Kind.TAG],
            labels=[0, 0, 1],
            scores=[0.9, 0.9, 0.9],
            flags=[0, Flag.CROWD, 0],
            rings=Rings.of([[[ring + [shift, 0]]], [], []]),
        )

    datasets = [
        (f"m{shift}", Dataset.of(LABELS, [Item("a.jpg", (99, 99), found(shift))]))
        for shift in (0.0, 1.0, 2.0)
    ]
    (item,) = fuse(panel(datasets)).dataset.items
    assert item.annotations.kinds.tolist() == [Kind.POLYGON]
    np.testing.assert_allclose(item.annotations.boxes, [[1, 0, 21, 20]])


def test_what_cannot_be_asked():
    with pytest.raises(SettingsError, match="threshold: is 0"):
        FuseOptions(iou=0.0)
    with pytest.raises(SettingsError, match="least: is 2"):
        FuseOptions(least=2.0)
