"""Edits between data sets, by picture, class and annotator."""

from dataclasses import replace

import numpy as np
import pytest
from drawn_detections import drawn

from formats.annotations import Annotations
from formats.dataset import Dataset, Item, Label
from formats.errors import FormatError
from prelabel.cost.bill import Bill
from prelabel.cost.edits import edits
from prelabel.cost.table import EDITS, PRESETS
from prelabel.cost.tally import Compared, tally

PRE, CORRECTED = drawn(15)


def changed(data, change):
    items = [found for k, item in enumerate(data.items) if (found := change(k, item)) is not None]
    return Dataset.of(data.labels, items)


def test_each_picture_has_its_own_edits():
    found = tally(PRE, CORRECTED)
    plain = [
        edits(a.annotations, b.annotations, task="boxes").counts().tolist()
        for a, b in zip(PRE.items, CORRECTED.items, strict=True)
    ]
    assert found.counts.tolist() == plain
    assert found.paths == tuple(item.path for item in CORRECTED.items)
    assert found.objects.tolist() == [len(item.annotations) for item in CORRECTED.items]


def test_classes_add_up_to_pictures():
    found = tally(PRE, CORRECTED)
    assert found.classes.sum(axis=0).tolist() == found.counts.sum(axis=0)[:5].tolist()
    assert sum(found.renamed.values()) == found.counts[:, EDITS.index("relabel")].sum()


@pytest.mark.parametrize("least", [0.1, 0.5])
def test_only_what_was_shown_counts(least):
    shown = changed(
        PRE, lambda _, i: replace(i, annotations=i.annotations[i.annotations.scores >= least])
    )
    cut = tally(PRE, CORRECTED, Compared(conf=least))
    assert (cut.counts == tally(shown, CORRECTED).counts).all()
    by_class = Compared(thresholds=dict.fromkeys(["class 0", "class 1", "class 2"], least))
    assert (tally(PRE, CORRECTED, by_class).counts == cut.counts).all()


def test_pictures_that_only_one_side_has():
    less = changed(PRE, lambda k, item: item if k >= 4 else None)
    undone = changed(CORRECTED, lambda k, item: item if k < 12 else None)
    found = tally(less, undone)
    assert len(found) == 12
    drawn_anew = found.counts[[path < "0004.jpg" for path in found.paths]]
    assert (drawn_anew[:, EDITS.index("draw")] > 0).all()
    assert not drawn_anew[:, [0, 1, 2, 4]].any()
    assert any("3 pictures with pre-labels were not corrected" in line for line in found.told)
    assert any("4 corrected pictures have no pre-labels" in line for line in found.told)
    assert len(tally(less, undone, Compared(common=True))) == 8


def test_every_annotator_has_their_own_work():
    def both(data):
        return Dataset.of(
            data.labels, [replace(i, annotator=a) for i in data.items for a in ("ann", "bob")]
        )

    found = Bill(tally(PRE, both(CORRECTED)), PRESETS["boxes"])
    alone = Bill(tally(PRE, CORRECTED), PRESETS["boxes"])
    names = [(name, pictures) for name, pictures, *_ in found.annotators()]
    assert names == [("ann", 15), ("bob", 15)]
    assert found.seconds.sum() == pytest.approx(2 * alone.seconds.sum())
    with pytest.raises(FormatError, match="several models or people"):
        tally(both(PRE), CORRECTED)


def test_classes_that_were_changed_are_named():
    labels = (Label("cat"), Label("dog"))
    box = np.array([[0, 0, 10, 10.0]])
    one, other = (
        Dataset.of(labels, [Item("a.jpg", (20, 20), Annotations.of(1, boxes=box, labels=[k]))])
        for k in (0, 1)
    )
    found = tally(one, other)
    assert dict(found.renamed) == {("cat", "dog"): 1}
    assert found.classes[1].tolist() == [0, 0, 0, 0, 1]


def test_times_that_the_corrected_set_tells():
    timed = changed(CORRECTED, lambda k, i: replace(i, extra={"lead_time": 2.5} if k else {}))
    found = tally(PRE, timed)
    assert np.isnan(found.lead_times[0])
    assert (found.lead_times[1:] == 2.5).all()


def test_nothing_corrected_is_an_error():
    unseen = changed(CORRECTED, lambda _, item: replace(item, annotations=None))
    with pytest.raises(FormatError, match=r"was corrected|looked at"):
        tally(PRE, unseen)


def test_what_pre_labels_save():
    bill = Bill(tally(PRE, CORRECTED, Compared(conf=0.3)), PRESETS["boxes"])
    objects = sum(len(item.annotations) for item in CORRECTED.items)
    assert bill.from_nothing.sum() == pytest.approx(25.5 * objects)
    saved = bill.saved()
    assert saved.value == pytest.approx(1 - bill.seconds.sum() / bill.from_nothing.sum())
    assert saved.low < saved.value < saved.high
    nothing = changed(PRE, lambda _, i: replace(i, annotations=i.annotations[:0]))
    assert Bill(tally(nothing, CORRECTED), PRESETS["boxes"]).saved().value == pytest.approx(0)
