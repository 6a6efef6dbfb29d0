"""Sizes for writers: the option's, then the item's own, then that of the picture."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from formats.dataset import Item
from formats.errors import FormatError
from formats.sizing import Sizing


def test_the_option_comes_first_then_the_item_then_the_picture(tmp_path: Path) -> None:
    (tmp_path / "images/val").mkdir(parents=True)
    Image.new("L", (5, 4)).save(tmp_path / "images/val/a.png")
    sizes = tmp_path / "sizes.csv"
    sizes.write_text("a.png,9,8\n")
    told, seen = Sizing(str(sizes), str(tmp_path)), Sizing("", str(tmp_path))
    stated, bare = Item("a.png", (7, 6)), Item("a.png", split="val")
    assert [told.of(item) for item in (stated, bare)] == [(9, 8), (9, 8)]
    assert [seen.of(item) for item in (stated, bare)] == [(7, 6), (5, 4)]
    assert told.sized(stated).size == (9, 8)
    assert seen.sized(Item("b.png")).size is None


def test_a_picture_of_a_merged_set_is_found_without_a_root(tmp_path: Path) -> None:
    Image.new("L", (5, 4)).save(tmp_path / "x.png")
    assert Sizing("", "").of(Item("a.png", file=str(tmp_path / "x.png"))) == (5, 4)


def test_a_picture_that_cannot_be_read_has_no_size_where_that_may_be(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"no picture")
    assert Sizing("", str(tmp_path), lenient=True).of(Item("a.png")) is None
    with pytest.raises(FormatError, match=r"a\.png"):
        Sizing("", str(tmp_path)).of(Item("a.png"))
