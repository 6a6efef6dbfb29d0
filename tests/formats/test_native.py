"""The native format holds everything exactly and names the line that is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from dataset_strategies import datasets
from hypothesis import given, settings
from hypothesis import strategies as st

import formats
from formats import native
from formats.annotations import Annotations
from formats.columns import COLUMNS, Kind
from formats.dataset import Dataset, Item, Label, Media, Source
from formats.errors import FormatError
from geometry.masks import Mask
from geometry.rings import Rings

ANY = st.floats(allow_nan=True, allow_infinity=True, width=64)


def item(**columns: object) -> Item:
    return Item("a/b c.jpg", (20, 10), Annotations.of(**columns))


def same(a: Item, b: Item) -> None:
    """Bit for bit, but for what kind of mapping the further keys are in."""
    assert [getattr(a, f) for f in FIELDS] == [getattr(b, f) for f in FIELDS]
    assert dict(a.extra) == dict(b.extra)
    if a.annotations is None or b.annotations is None:
        assert a.annotations is b.annotations
        return
    assert a.annotations.columns().keys() == b.annotations.columns().keys()
    for name, value in a.annotations.columns().items():
        other = getattr(b.annotations, name)
        if isinstance(value, Rings):
            assert value == other
        elif value.dtype == object:
            assert [plain(cell) for cell in other] == [plain(cell) for cell in value]
        else:
            assert (value.dtype, value.shape) == (other.dtype, other.shape)
            np.testing.assert_array_equal(value, other, err_msg=name)
            np.testing.assert_array_equal(np.signbit(value), np.signbit(other))


FIELDS = ("path", "size", "id", "annotator", "split", "media", "frame", "time", "status")


def plain(cell: object) -> object:
    return dict(cell) if isinstance(cell, Mapping) else cell


@settings(max_examples=40)
@given(dataset=datasets())
def test_every_item_comes_back_bit_for_bit(dataset: Dataset) -> None:
    for before in dataset.items:
        line = native.encode_item(before)
        assert b"\n" not in line
        after = native.decode_item(line, "x:2")
        same(before, after)
        assert native.encode_item(after) == line


@given(values=st.lists(st.tuples(ANY, ANY, ANY, ANY), min_size=1, max_size=3))
def test_any_float_comes_back(values: list[tuple[float, ...]]) -> None:
    values[0] = (np.nan, np.inf, -np.inf, 5e-324)
    before = item(boxes=np.array(values))
    after = native.decode_item(native.encode_item(before), "x:2")
    assert after.annotations is not None
    np.testing.assert_array_equal(after.annotations.boxes, values)


@given(runs=st.lists(st.integers(0, 60), max_size=6), height=st.integers(1, 9))
def test_any_run_lengths_come_back(runs: list[int], height: int) -> None:
    runs.append(-sum(runs) % height + height)
    mask = Mask(np.array(runs), (sum(runs) // height, height))
    before = item(kinds=[Kind.MASK], masks=[mask])
    after = native.decode_item(native.encode_item(before), "x:2")
    assert after.annotations is not None
    assert after.annotations.masks is not None
    assert after.annotations.masks[0] == mask


@pytest.mark.parametrize("rows", [0, 2])
def test_empty_columns_keep_their_presence(rows: int) -> None:
    columns = {name: c.blank(rows) for name, c in COLUMNS.items() if not c.required}
    before = item(n=rows, **columns, rings=Rings.empty(rows))
    after = native.decode_item(native.encode_item(before), "x:2")
    same(before, after)


def test_the_header_holds_labels_sources_media_and_further_keys(tmp_path: Path) -> None:
    labels = (
        Label("a", 0, "s", ("l", "r"), ((0, 1),), (1, 0), {"k": [1, None]}, {"x": {"y": 2}}),
        Label(""),
    )
    dataset = Dataset.of(
        labels,
        [Item("a.jpg", None, None, extra={"u": 1})],
        sources=(Source("model", "m", "2"), Source("person", "ann")),
        media=(Media("c.mp4", (640, 480), 9, 29.97, (0.0, 0.5), 1),),
        extra={"info": {"year": 2017}},
    )
    formats.write(dataset, tmp_path / "d.prelabel.jsonl", "native")
    back = formats.read(tmp_path / "d.prelabel.jsonl")
    assert back.labels == labels
    assert (back.sources, back.media, back.extra) == (dataset.sources, dataset.media, dataset.extra)
    (found,) = back.items
    assert (found.annotations, found.extra) == (None, {"u": 1})


def test_the_same_data_set_gives_the_same_bytes_and_can_be_walked_twice(tmp_path: Path) -> None:
    items = [replace(item(boxes=[[0, 0, 1, k]]), path=f"{k}.jpg") for k in range(2500)]
    dataset = Dataset.of([Label("x")], items)
    for name in "ab":
        formats.write(dataset, tmp_path / name, "native")
    one, two = (tmp_path / name / native.NAME for name in "ab")
    assert one.read_bytes() == two.read_bytes()
    back = formats.read(tmp_path / "a")
    assert [len(chunk.items) for chunk in back.chunks()] == [2000, 500]
    assert [i.path for i in back.items] == [i.path for i in back.items] == [i.path for i in items]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "d.prelabel.jsonl"
    formats.write(Dataset.of([Label("x")], [item(n=1), item(n=2)]), path, "native")
    return path


def test_a_cut_off_last_line_is_named(file: Path) -> None:
    data = file.read_bytes()
    for size in range(data.rindex(b"\n", 0, -1) + 2, len(data)):
        file.write_bytes(data[:size])
        with pytest.raises(FormatError, match=r"\.jsonl:3: the last line was cut off"):
            formats.read(file, "native")
    file.write_bytes(b"")
    with pytest.raises(FormatError, match="cut off"):
        formats.read(file, "native")


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (b"{}", "path"),
        (b'{"path": "a", "colour": 1}', "colour"),
        (b'{"path": "a", "annotations": {"rows": 2, "labels": [1]}}', "has shape"),
        (b'{"path": "a", "annotations": {"rows": 1, "boxes": [[1, 2]]}}', "boxes has shape"),
        (b'{"path": "a", "annotations": {"rows": 1, "wings": [1]}}', "wings"),
        (b'{"path": "a", "annotations": {}}', "rows"),
        (b'{"path": "a", "annotations": {"rows": 1, "masks": [[2, 2, "1"]]}}', "mask runs"),
        (b"nonsense", "not an item"),
    ],
)
def test_a_wrong_line_is_named(line: bytes, what: str, file: Path) -> None:
    with file.open("ab") as stream:
        stream.write(line + b"\n")
    with pytest.raises(FormatError, match=rf"\.jsonl:4: .*{what}"):
        list(formats.read(file).items)


@pytest.mark.parametrize(
    ("columns", "what"),
    [
        ('"labels": [7]', "label 7, the header has 1"),
        ('"labels": [-1]', "label -1, the header has 1"),
        ('"kinds": [99]', "kind 99, expected 0 to 7"),
        ('"kinds": [3]', "a row of kind 3, expected a column rings"),
        ('"sources": [0]', "source 0, the header has 0"),
        ('"attributes": [5]', "attributes that are no object"),
    ],
)
def test_a_row_of_what_is_not_there_is_named(columns: str, what: str, tmp_path: Path) -> None:
    path = tmp_path / "x.prelabel.jsonl"
    text = '{"prelabel": 1, "labels": [{"name": "x"}]}\n\n'
    path.write_text(f'{text}{{"path": "a", "annotations": {{"rows": 1, {columns}}}}}\n')
    with pytest.raises(FormatError, match=rf"\.jsonl:3: {what}"):
        list(formats.read(path).items)


@pytest.mark.parametrize("said", ['"size": [0, 5]', '"size": [4, -5]', '"media": 0, "frame": 1'])
def test_an_item_of_what_is_not_there_is_named(said: str, tmp_path: Path) -> None:
    path = tmp_path / "x.prelabel.jsonl"
    path.write_text(f'{{"prelabel": 1}}\n{{"path": "a", {said}}}\n')
    with pytest.raises(FormatError, match=r"\.jsonl:2: (size|clip)"):
        list(formats.read(path).items)


@pytest.mark.parametrize(
    ("header", "what"),
    [
        (b'{"prelabel": 2}', "version 2 of the native format, expected 1"),
        (b'{"prelabel": 1, "labels": [{"id": 2}]}', "name"),
        (b'{"images": []}', "not the header"),
        (b"\xff", "not the header"),
    ],
)
def test_a_wrong_header_is_named(header: bytes, what: str, tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(header + b"\n")
    with pytest.raises(FormatError, match=rf"x\.jsonl:1: .*{what}"):
        formats.read(path, "native")


def test_pictures_below_the_file_are_found_again_and_others_are_told(tmp_path: Path) -> None:
    dataset = Dataset.of([Label("x")], [item(n=0)], root=str(tmp_path / "pictures"))
    formats.write(dataset, tmp_path / "d.jsonl", "native")
    assert Path(formats.read(tmp_path / "d.jsonl").root) == tmp_path / "pictures"
    formats.write(dataset, tmp_path / "deep" / "d.jsonl", "native")
    assert str(tmp_path).encode() not in (tmp_path / "deep" / "d.jsonl").read_bytes()
    options = {"images": str(tmp_path / "pictures")}
    assert formats.read(tmp_path / "deep/d.jsonl", options=options).root == options["images"]
