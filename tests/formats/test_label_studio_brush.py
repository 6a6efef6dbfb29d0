"""Masks as brush strokes and bitmasks: label-studio-sdk and a packer bit by bit are the oracles."""

from __future__ import annotations

import base64
import io
import json
import random
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sdk_oracle import Oracle
from strategies import FEW, pictures

from formats.errors import FormatError
from formats.label_studio import bitmask, brush, rle
from geometry import masks

SIZES = [(1, 1), (1, 7), (7, 1), (3, 5), (16, 16), (33, 20), (64, 48)]
RUNS = st.lists(
    st.tuples(st.integers(0, 255), st.sampled_from([1, 2, 7, 8, 9, 16, 17, 256, 257, 300])),
    min_size=1,
    max_size=30,
)


def packed(
    values: list[int], choice: random.Random, sizes: tuple[int, ...] = (3, 4, 8, 16)
) -> bytes:
    """An rle of bytes, token by token, each a run or a literal of any length class that fits."""
    bits = f"{len(values):032b}{7:05b}" + "".join(f"{size - 1:04b}" for size in sizes)
    at = 0
    while at < len(values):
        same = next((k for k in range(at, len(values)) if values[k] != values[at]), len(values))
        run = choice.random() < 0.5
        long = choice.randint(1, min(same - at if run else len(values) - at, 1 << max(sizes)))
        kinds = [k for k, size in enumerate(sizes) if long <= 1 << size]
        kind = choice.choice(kinds)
        bits += f"{int(run)}{kind:02b}{long - 1:0{sizes[kind]}b}"
        told = values[at : at + 1] if run else values[at : at + long]
        bits += "".join(f"{value:08b}" for value in told)
        at += long
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[k : k + 8], 2) for k in range(0, len(bits), 8))


def unpacked(data: bytes) -> list[int]:
    lengths, values = rle.unpack(np.frombuffer(data, np.uint8))
    return np.repeat(values, lengths).tolist()


@given(dense=pictures())
def test_a_mask_comes_back(dense: np.ndarray) -> None:
    mask = masks.encode(dense)
    assert brush.decode(brush.encode(mask), mask.size) == mask
    assert brush.decode(list(brush.encode(mask)), mask.size) == mask
    assert bitmask.decode(bitmask.encode(mask), mask.size) == mask


@given(runs=RUNS, seed=st.integers(0, 999))
def test_runs_and_literals_of_every_length_are_read(runs: list[tuple[int, int]], seed: int) -> None:
    values = [value for value, long in runs for _ in range(long)]
    assert unpacked(packed(values, random.Random(seed))) == values
    assert unpacked(packed(values, random.Random(seed), (1, 2, 5, 9))) == values


@pytest.mark.label_studio
@FEW
@given(runs=RUNS)
def test_the_sdk_packs_and_unpacks_the_same(sdk: Oracle, runs: list[tuple[int, int]]) -> None:
    values = [value for value, long in runs for _ in range(long)]
    own = rle.pack([long for _, long in runs], [value for value, _ in runs])
    assert sdk("unpack", list(own)) == values
    assert unpacked(bytes(sdk("pack", values))) == values


@pytest.mark.label_studio
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_the_sdk_writes_the_same_bytes(sdk: Oracle, size: tuple[int, int], share: float) -> None:
    rng = np.random.default_rng(7)
    dense = rng.random((size[1], size[0])) < share
    mask = masks.encode(dense)
    theirs = sdk("mask", (dense * 255).astype(int).tolist())
    assert list(brush.encode(mask)) == theirs
    assert brush.decode(theirs, size) == mask
    alpha = np.array(sdk("unpack", list(brush.encode(mask)))).reshape(size[1], size[0], 4)[..., 3]
    np.testing.assert_array_equal(alpha > 0, dense)


@pytest.mark.label_studio
def test_the_sdk_splits_long_runs_the_same(sdk: Oracle) -> None:
    dense = np.zeros((300, 400), bool)
    dense[:, 399] = True
    dense[100:] = True
    assert list(brush.encode(masks.encode(dense))) == sdk(
        "mask", (dense * 255).astype(int).tolist()
    )


def rgba(alpha: np.ndarray) -> bytes:
    values = np.repeat(alpha.ravel(), 4)
    values[0::4] = 7  # the colour of a stroke means nothing
    return rle.pack(np.ones(len(values), int), values)


def test_edges_that_were_smoothed_are_cut_at_half() -> None:
    alpha = np.array([[0, 60, 200, 255, 127, 128]])
    wanted = [[False, False, True, True, False, True]]
    assert masks.decode(brush.decode(rgba(alpha), (6, 1))).tolist() == wanted
    faint = np.array([[0, 40, 100, 100, 49, 50]])  # label-studio-sdk's contour2rle draws at 100
    assert masks.decode(brush.decode(rgba(faint), (6, 1))).tolist() == [
        [False, False, True, True, False, True]
    ]


def good() -> bytes:
    rng = np.random.default_rng(3)
    return brush.encode(masks.encode(rng.random((9, 7)) < 0.5))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "at least 7"),
        (good()[:20], "cut off"),
        ([1, 2, "3"], "from 0 to 255"),
        ([256] * 20, "from 0 to 255"),
        (good()[:3] + b"\0" + good()[4:], "expected 4 x 7 x 9"),
        (good()[:4] + b"\xff" + good()[5:], "words of 32 bits"),
    ],
)
def test_what_is_no_rle_is_an_error(data: bytes | list[int], what: str) -> None:
    with pytest.raises(FormatError, match=what):
        brush.decode(data, (7, 9))


def test_a_size_that_is_a_lie_takes_no_memory() -> None:
    with pytest.raises(FormatError, match="pixels"):
        brush.decode(good(), (1 << 20, 1 << 20))
    with pytest.raises(FormatError, match="pixels"):
        brush.decode(good(), (0, 9))


@given(spots=st.lists(st.tuples(st.integers(4, 80), st.integers(0, 255)), max_size=4))
def test_damaged_bytes_give_a_mask_or_an_error(spots: list[tuple[int, int]]) -> None:
    data = bytearray(good())
    for place, value in spots:
        data[place % len(data)] = value
    with suppress(FormatError):
        assert brush.decode(bytes(data), (7, 9)).size == (7, 9)


def test_a_large_picture_takes_part_of_a_second() -> None:
    """The SDK's loops take most of a minute for this one."""
    dense = np.zeros((3000, 4000), bool)
    dense[500:2500, 700:3000] = np.random.default_rng(0).random((2000, 2300)) < 0.999
    mask = masks.encode(dense)
    start = time.perf_counter()
    assert brush.decode(brush.encode(mask), mask.size) == mask
    assert time.perf_counter() - start < 5


def url(picture: Image.Image) -> str:
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return bitmask.PREFIX + base64.b64encode(stream.getvalue()).decode()


def test_a_bitmask_is_black_on_transparent_ground() -> None:
    dense = np.array([[True, False], [False, True]])
    data = base64.b64decode(bitmask.encode(masks.encode(dense)).removeprefix(bitmask.PREFIX))
    picture = Image.open(io.BytesIO(data))
    assert picture.info["transparency"] is not None
    assert np.asarray(picture.convert("RGBA"))[..., 3].tolist() == [[255, 0], [0, 255]]
    assert not np.asarray(picture.convert("RGBA"))[..., :3].any()


def test_bitmasks_of_the_editor_are_read() -> None:
    """A canvas: black, its edges half transparent."""
    alpha = np.array([[0, 100, 255], [128, 127, 0]], np.uint8)
    canvas = np.dstack([np.zeros((2, 3, 3), np.uint8), alpha])
    found = bitmask.decode(url(Image.fromarray(canvas)), (3, 2))
    assert masks.decode(found).tolist() == [[False, False, True], [True, False, False]]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("http://x/a.png", "expected data:image/png"),
        (bitmask.PREFIX + "@@@", "not base64"),
        (bitmask.PREFIX + "AAAA", "broken"),
        (bitmask.encode(masks.encode(np.ones((40, 30))))[:-60], "broken|base64"),
        (bitmask.encode(masks.encode(np.ones((4, 3)))), "3 x 4 pixels, expected 30 x 40"),
    ],
)
def test_what_is_no_bitmask_is_an_error(text: str, what: str) -> None:
    with pytest.raises(FormatError, match=what):
        bitmask.decode(text, (30, 40))


@pytest.mark.real
def test_strokes_of_the_reference_backend_have_the_same_bytes(real_data: Path) -> None:
    folder = real_data / "datasets/labelstudio_yolo_expected"
    (answer,) = json.loads((folder / "test_brush_labels.json").read_text())
    assert answer["result"]
    for region in answer["result"]:
        size = region["original_width"], region["original_height"]
        mask = brush.decode(region["value"]["rle"], size)
        assert masks.area(mask) > 1000
        assert list(brush.encode(mask)) == region["value"]["rle"]
