import clip_strategies
import numpy as np
import pytest
from clip_strategies import Wanted
from hypothesis import given
from hypothesis import strategies as st
from strategies import FEW

from formats.annotations import Annotations
from formats.columns import Kind
from formats.dataset import CHUNK_ITEMS, Dataset, Item, Label, Media
from formats.errors import FormatError
from formats.native_lines import encode_item
from formats.tracks.clip import ClipTracks, by_frame, clips, dataset, frame_item

ALL = Wanted(kinds=(Kind.BOX, Kind.POLYGON, Kind.MASK), attributes=True, scores=True)


def lines(found):
    return [encode_item(item) for item in found.items]


@FEW
@given(clip_strategies.datasets(ALL))
def test_a_data_set_and_its_clips_say_the_same(found):
    back = dataset(clips(found), found)
    assert lines(back) == lines(found)
    assert back.media == found.media
    assert lines(back) == lines(back)


@FEW
@given(clip_strategies.datasets(ALL), st.randoms())
def test_the_order_of_the_items_does_not_matter(found, random):
    items = list(found.items)
    whole = Dataset.of(found.labels, items, media=found.media)
    mixed = Dataset.of(found.labels, random.sample(items, len(items)), media=found.media)
    again = clips(mixed)
    assert lines(dataset(again, mixed)) == lines(dataset(clips(whole), whole))
    for one, other in zip(again, clips(found), strict=True):
        np.testing.assert_array_equal(one.looked, other.looked)


def test_a_long_clip_is_walked_in_chunks():
    count = 2 * CHUNK_ITEMS + 5
    table = Annotations.of(
        count, images=np.arange(count), boxes=np.tile([0.0, 0, 1, 1], (count, 1))
    )
    media = Media("a.mp4", (4, 4), count, 10.0)
    made = dataset([ClipTracks(media, 0, table, np.arange(count))], Dataset.of([Label("x")], []))
    sizes = [len(chunk.items) for chunk in made.chunks()]
    assert sizes == [CHUNK_ITEMS, CHUNK_ITEMS, 5]
    assert [int(item.frame) for item in made.items] == list(range(count))
    assert all(len(item.annotations) == 1 for item in made.items)


def test_frames_that_nobody_looked_at_stay_so():
    items = [
        Item("a#0", (4, 4), Annotations.empty(), media=0, frame=0),
        Item("a#1", (4, 4), None, media=0, frame=1, id=7),
    ]
    found = Dataset.of([Label("x")], items, media=(Media("a", (4, 4), 2, 1.0),))
    (one,) = clips(found)
    assert one.looked.tolist() == [0]
    back = list(dataset([one], found).items)
    assert back[1].annotations is None
    assert back[1].id == 7
    assert len(back[0].annotations) == 0


def test_every_annotator_has_a_clip_and_pictures_stay_beside():
    boxed = Annotations.of(1, boxes=[[0.0, 0, 1, 1]])
    items = [
        Item("a#0", (4, 4), boxed, annotator="p", media=0, frame=0),
        Item("a#0", (4, 4), Annotations.empty(), annotator="q", media=0, frame=0),
        Item("still.jpg", (9, 9), boxed),
        Item("a#0", (4, 4), Annotations.empty(), annotator="q", media=0, frame=0),
    ]
    found = Dataset.of([Label("x")], items, media=(Media("a", (4, 4), 1, 1.0),))
    several = clips(found)
    assert [(one.annotator, len(one.table)) for one in several] == [("p", 1), ("q", 0), ("q", 0)]
    back = [(item.path, item.annotator) for item in dataset(several, found).items]
    assert back == [("still.jpg", ""), ("a#0", "p"), ("a#0", "q"), ("a#0", "q")]


def test_a_clip_without_items_is_there():
    found = Dataset.of([], [], media=(Media("a", (4, 4), 3, 1.0),))
    (one,) = clips(found)
    assert len(one.table) == len(one.looked) == 0


def test_a_frame_of_an_unknown_clip_is_an_error():
    found = Dataset.of([], [Item("b#0", media=1, frame=0)], media=(Media("a", (4, 4), 3, 1.0),))
    with pytest.raises(FormatError, match=r"b#0: a frame of clip 1, there are 1"):
        clips(found)


def test_clips_are_numbered_without_gaps():
    one = ClipTracks(Media("a", (4, 4), 1, 1.0), 1, Annotations.empty(), np.arange(1))
    with pytest.raises(FormatError, match="without gaps"):
        dataset([one], Dataset.of([], []))


def test_times_of_frames():
    varying = Media("a", (4, 4), 3, 10.0, times=(0.0, 0.5, 0.6))
    assert [frame_item(varying, 0, k).time for k in range(4)] == [0.0, 0.5, 0.6, pytest.approx(0.3)]
    assert frame_item(Media("a", (0, 0), 3, 0.0), 0, 1).time is None
    assert frame_item(Media("a", (0, 0), 3, 0.0), 0, 1).size is None


def test_rows_of_a_frame_keep_their_order():
    table = Annotations.of(4, images=[2, 0, 2, 0], labels=[0, 1, 2, 3])
    assert by_frame(table).labels.tolist() == [1, 3, 0, 2]
