"""Datasets side by side: pictures, raters, classes, and how they are read."""

import errno
import sys
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from formats.annotations import Annotations, Flag
from formats.dataset import Chunk, Dataset, Item, Label, Media, chunked
from formats.errors import FormatError, UnknownName
from geometry import masks
from geometry.rings import Rings
from prelabel.compare import blocks, listing, panel, spool

PANEL = sys.modules[panel.__module__]
BOX = np.array([[0.0, 0, 10, 10]])


def table(*labels):
    return Annotations.of(boxes=np.repeat(BOX, len(labels), axis=0), labels=labels)


def data(*items, labels=("cat", "dog"), **rest):
    return Dataset.of([Label(name) for name in labels], items, **rest)


def item(path, *labels, **rest):
    return Item(path, annotations=table(*labels), **rest)


def seen(found):
    """By picture what each rater called its rows, None where the rater did not look."""
    return {
        picture.path: tuple(
            None if i is None else [found.labels[k].name for k in i.annotations.labels]
            for i in picture.items
        )
        for picture in found.pictures
    }


def test_pictures_in_the_order_of_the_first_then_those_of_the_others():
    a = data(item("b.jpg", 0), item("a.jpg"))
    b = data(item("x/a.jpg", 1), item("x/c.jpg", 1))
    found = panel([("ann", a), ("bob", b)])
    assert found.raters == ("ann", "bob")
    assert seen(found) == {
        "b.jpg": (["cat"], None),
        "a.jpg": ([], ["dog"]),
        "x/c.jpg": (None, ["dog"]),
    }
    assert found.told == ("ann looked at 2 of 3 pictures", "bob looked at 2 of 3 pictures")


def test_listed_is_not_looked_at():
    a = data(item("a.jpg", 0))
    b = data(Item("a.jpg"), item("b.jpg"))
    assert seen(panel([("a", a), ("b", b)])) == {"a.jpg": (["cat"], None), "b.jpg": (None, [])}


def test_annotators_of_one_dataset_are_raters():
    one = data(
        item("1.jpg", 0, annotator="ann"),
        item("1.jpg", 1, annotator="bob"),
        item("2.jpg", 1, annotator="bob"),
        item("2.jpg", annotator="ann"),
        Item("3.jpg"),
    )
    found = panel([("export", one)])
    assert found.raters == ("ann", "bob")
    assert seen(found) == {
        "1.jpg": (["cat"], ["dog"]),
        "2.jpg": ([], ["dog"]),
        "3.jpg": (None,) * 2,
    }


@pytest.mark.parametrize(
    ("names", "people", "raters"),
    [
        (("a", "a"), ("", ""), ("a", "a (2)")),
        (("a", "b"), ("x", "x"), ("a: x", "b: x")),
        (("a", "b"), ("x", "y"), ("x", "y")),
        (("a", "a"), ("x", "x"), ("a: x", "a: x (2)")),
        (("a", "b"), ("", "a"), ("a", "b: a")),
    ],
)
def test_names_of_raters_are_unique(names, people, raters):
    sets = [
        (name, data(item("1.jpg", annotator=who))) for name, who in zip(names, people, strict=True)
    ]
    assert panel(sets).raters == raters


def test_who_looks_twice_counts_once():
    one = data(item("1.jpg", 0, annotator="ann"), item("1.jpg", 1, annotator="ann"))
    found = panel([("x", one), ("y", data(item("1.jpg")))])
    assert seen(found) == {"1.jpg": (["dog"], [])}
    assert any("again" in fact for fact in found.told)


def test_classes_are_joined_by_name():
    a = data(item("1.jpg", 0, 1), labels=("cat", "Traffic Light"))
    b = data(item("1.jpg", 0, 1, 2), labels=("traffic_light", "cow", "cat"))
    found = panel([("a", a), ("b", b)])
    assert [label.name for label in found.labels] == ["cat", "Traffic Light", "cow"]
    assert seen(found)["1.jpg"] == (["cat", "Traffic Light"], ["Traffic Light", "cow", "cat"])
    assert found.told == ("class 'traffic_light' is taken as 'Traffic Light'",)


def test_names_that_differ_in_case_within_a_dataset_are_two_classes():
    both = data(item("1.jpg", 0, 1), labels=("cat", "Cat"))
    other = data(item("1.jpg", 0), labels=("CAT",))
    found = panel([("a", both), ("b", other)])
    assert [label.name for label in found.labels] == ["cat", "Cat", "CAT"]


def test_aliases():
    a, b = data(item("1.jpg", 0), labels=("car",)), data(item("1.jpg", 0), labels=("vehicle",))
    found = panel([("a", a), ("b", b)], aliases={"vehicle": "car"})
    assert seen(found)["1.jpg"] == (["car"], ["car"])
    with pytest.raises(UnknownName, match="lorry"):
        panel([("a", a), ("b", b)], aliases={"lorry": "car"})


def test_keypoints_go_by_name():
    points = np.array([[[1.0, 1, 2], [2, 2, 2], [3, 3, 2]]])
    left = Label("person", keypoints=("nose", "hip", "toe"))
    right = Label("person", keypoints=("toe", "nose", "hip"))
    rows = Annotations.of(boxes=BOX, keypoints=points, labels=[0])
    a, b = (Dataset.of([label], [Item("1.jpg", annotations=rows)]) for label in (left, right))
    first, second = next(iter(panel([("a", a), ("b", b)]).pictures)).items
    np.testing.assert_array_equal(first.annotations.keypoints, points)
    np.testing.assert_array_equal(second.annotations.keypoints, points[:, [1, 2, 0]])
    other = Dataset.of([Label("person", keypoints=("a", "b"))], [Item("1.jpg", annotations=rows)])
    with pytest.raises(FormatError, match="person"):
        panel([("a", a), ("b", other)])


@pytest.mark.parametrize("sets", [[data(), data()], [data(Item("1.jpg"))]], ids=["none", "unseen"])
def test_nothing_to_compare(sets):
    with pytest.raises(FormatError, match="nothing to compare"):
        panel([("a", one) for one in sets])


def no_room(*_):
    raise OSError(errno.ENOSPC, "no space left")


def many(count, order, annotators=("",)):
    """Pictures whose rows tell their number, so that a mix-up shows."""
    return data(
        *(
            Item(f"{k:04d}.jpg", (64, 64), table(*[k % 2] * (k % 3)), annotator=who)
            for k in order(range(count))
            for who in annotators
        )
    )


def backwards(numbers):
    return reversed(numbers)


@pytest.fixture(params=["kept", "read again"])
def small_chunks(request, monkeypatch):
    if request.param == "read again":
        monkeypatch.setattr(listing, "KEEP", 0)
    monkeypatch.setattr(PANEL, "BLOCK", 7)


def in_chunks(dataset, size):
    return replace(dataset, chunks=lambda: chunked(dataset.items, size))


@pytest.mark.parametrize("order", [iter, backwards], ids=["same order", "backwards"])
def test_block_by_block_is_picture_by_picture(small_chunks, order):
    a = in_chunks(many(40, iter), 9)
    b = in_chunks(many(40, order, ("x", "y")), 5)
    found = panel([("a", a), ("b", b)])
    for _ in range(2):  # walked twice
        for k, picture in enumerate(found.pictures):
            assert picture.path == f"{k:04d}.jpg"
            for one in picture.items:
                assert one.path == picture.path
                assert one.annotations.labels.tolist() == [k % 2] * (k % 3)
    assert found.pictures[17].path == "0017.jpg"
    assert [p.path for p in found.pictures[38:]] == ["0038.jpg", "0039.jpg"]
    assert found.pictures[-1].items[2].annotations.labels.tolist() == []


@pytest.mark.parametrize("full", [False, True], ids=["on disk", "disk full"])
def test_a_long_dataset_is_not_kept_in_memory(monkeypatch, full):
    """Chunks are let go of in the order of the panel; read again only where the disk is full."""
    if full:
        monkeypatch.setattr(spool.Spool, "add", no_room)
    monkeypatch.setattr(listing, "KEEP", 0)
    monkeypatch.setattr(PANEL, "BLOCK", 10)
    walks = []

    def chunks():
        walks.append(1)
        yield from chunked(whole.items, 4)

    whole = many(60, iter, ("x", "y"))
    found = panel([("a", replace(whole, chunks=chunks))])
    most = 0
    for block in found.pictures.blocks():
        assert len(block) == 10
        most = max(most, len(found.pictures.raters[0].store.held))
    assert len(walks) == (2 if full else 1)
    assert most <= 7


def test_a_block_has_one_table_per_rater():
    found = panel([("a", many(5, iter)), ("b", many(5, backwards))])
    (block,) = found.pictures.blocks()
    assert isinstance(block, blocks.Block)
    for rater in (0, 1):
        assert block.tables[rater].images.tolist() == [1, 2, 2, 4]
        assert block.looked(rater).tolist() == [True] * 5
    assert block.sizes == ((64, 64),) * 5


def frames(name, count, tracks=True, keyframes=False):
    """A clip in which one object moves; as keyframes only its first and last frame have a row."""
    items = []
    for k in range(count):
        shown = not keyframes or k in (0, count - 1)
        rows = Annotations.of(
            boxes=BOX + [[k, 0, k, 0]],
            labels=[0],
            tracks=[3],
            flags=np.array([Flag.KEYFRAME if keyframes else 0], np.uint16),
        )
        items.append(Item(f"{name}#{k}", (64, 64), rows if shown else rows[:0], media=0, frame=k))
    return data(*items, media=(Media(name, (64, 64), count, 25.0),))


def test_one_clip_each_is_the_same_clip_whatever_its_name():
    found = panel([("a", frames("x.mp4", 4)), ("b", frames("other/y.avi", 4))])
    assert [picture.path for picture in found.pictures] == [f"x.mp4#{k}" for k in range(4)]
    assert all(None not in picture.items for picture in found.pictures)


def test_keyframes_are_filled_in():
    found = panel([("a", frames("x.mp4", 5)), ("b", frames("x.mp4", 5, keyframes=True))])
    for picture in found.pictures:
        a, b = (one.annotations for one in picture.items)
        np.testing.assert_allclose(a.boxes, b.boxes)


def test_a_dataset_of_chunks_keeps_unseen_items_apart():
    """`looked` of a chunk decides, not whether rows are there."""
    items = [Item("1.jpg"), Item("2.jpg")]
    chunk = Chunk(items, Annotations.empty(), np.array([True, False]))
    one = Dataset((Label("cat"),), lambda: iter([chunk]))
    assert seen(panel([("a", one)])) == {"1.jpg": ([],), "2.jpg": (None,)}


def test_chunks_come_back_from_disk_as_they_were():
    told = MappingProxyType({"colour": "red"})
    rows = Annotations.of(
        boxes=BOX,
        labels=[1],
        attributes=[told],
        masks=[masks.encode(np.eye(4))],
        rings=Rings.of([[[np.eye(3, 2)]]]),
    )
    items = [Item("1.jpg", (4, 4), rows, extra=told), Item("2.jpg"), item("3.jpg", 0, 1)]
    chunk = Chunk.of(items)
    kept = spool.Spool()
    kept.add(chunk)
    kept.add(chunk)
    for _ in range(2):
        first, second = kept.chunks()
        for found in (first, second):
            assert [i.path for i in found.items] == ["1.jpg", "2.jpg", "3.jpg"]
            assert found.items[0].extra == told
            assert found.looked.tolist() == [True, False, True]
            back = found.annotations
            assert back.rings == chunk.annotations.rings
            assert back.masks.tolist() == chunk.annotations.masks.tolist()
            assert [dict(x) for x in back.attributes] == [{"colour": "red"}, {}, {}]
            np.testing.assert_array_equal(back.boxes, chunk.annotations.boxes)
            np.testing.assert_array_equal(back.images, [0, 2, 2])
