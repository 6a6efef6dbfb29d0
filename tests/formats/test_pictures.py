"""Sizes from headers, against Pillow as the oracle."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from formats import pictures, sizes
from formats.dataset import Item
from formats.errors import FormatError


def shown(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return ImageOps.exif_transpose(image).size


@pytest.mark.parametrize("orientation", range(10))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_sizes_are_those_displayed(suffix: str, orientation: int, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "a longer description, which stands outside the directory"
    exif[0x0112] = orientation
    path = tmp_path / f"a{suffix}"
    Image.new("RGB", (31, 17)).save(path, exif=exif)
    turned = 5 <= orientation <= 8
    assert pictures.size(path) == ((17, 31) if turned else (31, 17))
    if suffix != ".tif":
        assert pictures.size(path) == shown(path)
        assert pictures.header(path).stored == (31, 17)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "I", "F", "CMYK"])
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".bmp", ".gif", ".webp", ".pgm"])
def test_every_kind_of_pixel(suffix: str, mode: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    try:
        Image.new(mode, (13, 29)).save(path)
    except (OSError, KeyError, ValueError):
        return
    assert pictures.size(path) == (13, 29)


def test_a_progressive_jpeg_with_a_thumbnail(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    image = Image.fromarray(rng.integers(0, 255, (60, 90, 3), dtype=np.uint8))
    image.save(tmp_path / "a.jpg", progressive=True, comment=b"\xff\xc0" * 50, dpi=(1, 1))
    assert pictures.size(tmp_path / "a.jpg") == (90, 60)


def test_a_header_of_many_pixels_is_only_read(tmp_path: Path) -> None:
    body = b"IHDR" + struct.pack(">IIBBBBB", 50000, 40000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk)
    assert pictures.size(tmp_path / "a.png") == (50000, 40000)


def size_or_none(path: Path) -> tuple[int, int] | None:
    try:
        return pictures.size(path)
    except FormatError:
        return None


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_a_cut_off_header_is_an_error_and_cut_off_pixels_are_not(
    suffix: str, tmp_path: Path
) -> None:
    path = tmp_path / f"a{suffix}"
    Image.new("RGB", (64, 48)).save(path)
    data = path.read_bytes()
    for length in range(0, len(data), 7):
        path.write_bytes(data[:length])
        assert size_or_none(path) in ((64, 48), None)
    path.write_bytes(data[:20])
    with pytest.raises(FormatError, match=r"header|picture"):
        pictures.size(path)
    path.write_bytes(data[: len(data) - 10])
    assert pictures.size(path) == (64, 48)


def test_what_is_no_picture_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("a text")
    with pytest.raises(FormatError, match=r"a\.jpg: not a picture"):
        pictures.size(tmp_path / "a.jpg")
    with pytest.raises(FormatError, match="No such file"):
        pictures.size(tmp_path / "b.jpg")
    assert pictures.is_picture("A.JPG")
    assert not pictures.is_picture("a.txt")


def test_a_broken_exif_block_means_upright(tmp_path: Path) -> None:
    from formats.headers import exif

    blocks = [b"", b"II*\0", b"II*\0\xff\0\0\0", b"MM\0*\0\0\0\x08\0\x09", b"XX*\0\x08\0\0\0"]
    assert [exif(block) for block in blocks] == [1] * len(blocks)


def test_pictures_are_located_in_the_usual_places(tmp_path: Path) -> None:
    for folder, name in (
        ("", "a"),
        ("images", "b"),
        ("val", "c"),
        ("images/val", "d"),
        ("data", "e"),
    ):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / f"{name}.jpg").touch()
    found = [pictures.locate(tmp_path, Item(f"{n}.jpg", split="val")) for n in "abcdef"]
    places = [p.relative_to(tmp_path).as_posix() if p else None for p in found]
    assert places == ["a.jpg", "images/b.jpg", "val/c.jpg", "images/val/d.jpg", "data/e.jpg", None]
    assert pictures.locate(tmp_path, Item("c.jpg")) is None


def test_sizes_from_a_list_and_from_a_coco_file(tmp_path: Path) -> None:
    path = tmp_path / "sizes.csv"
    path.write_text('path,width,height\na/1.jpg,10,20\n\n"b,c/2.jpg",30,40\na/2.jpg,1,2\n')
    found = sizes.load(str(path))
    assert [found.get(n) for n in ("a/1.jpg", "1.jpg", "x/1.jpg", "b,c/2.jpg", "2.jpg")] == [
        *[(10, 20)] * 3,
        (30, 40),
        None,
    ]
    coco = tmp_path / "c.json"
    coco.write_text('{"images": [{"id": 1, "file_name": "1.jpg", "width": 5, "height": 6}]}')
    assert sizes.load(str(coco)).get("1.jpg") == (5, 6)
    assert len(sizes.load("")) == 0
    path.write_text("a.jpg,10\n")
    with pytest.raises(FormatError, match=r"sizes\.csv:1: expected path,width,height"):
        sizes.load(str(path))


def test_of_sizes_of_one_name_that_of_the_same_folders_is_meant(tmp_path: Path) -> None:
    path = tmp_path / "sizes.csv"
    path.write_text("a/1.jpg,10,20\nb/1.jpg,30,40\nc/b/1.jpg,50,60\n1.jpg,70,80\n")
    found = sizes.load(str(path))
    names = ("images/train/a/1.jpg", "images/c/b/1.jpg", "images/b/1.jpg", "images/1.jpg")
    assert [found.get(name) for name in names] == [(10, 20), (50, 60), (30, 40), (70, 80)]
    path.write_text("train/a/1.jpg,10,20\nval/a/1.jpg,30,40\nval/2.jpg,1,1\nval/b/2.jpg,2,2\n")
    found = sizes.load(str(path))
    names = ("images/val/a/1.jpg", "x/val/a/1.jpg", "x/a/1.jpg", "x/b/2.jpg")
    assert [found.get(name) for name in names] == [(30, 40), (30, 40), None, (2, 2)]


def test_an_item_may_say_where_its_picture_lies(tmp_path: Path) -> None:
    lying = tmp_path / "elsewhere.png"
    assert pictures.locate(tmp_path, Item("a.png", file=str(lying))) == lying
    assert pictures.locate("", Item("a.png", file=str(lying))) == lying
    assert pictures.locate("", Item("pyproject.toml")) is None


def test_a_coco_file_of_sizes_may_lack_some(tmp_path: Path) -> None:
    images = [
        {"id": 1, "file_name": "1.jpg", "width": 5.0, "height": 6},
        {"id": 2, "file_name": "2.jpg", "width": None, "height": None},
        {"id": 3, "file_name": "3.jpg"},
        {"id": 4, "file_name": "4.jpg", "width": 0, "height": 6},
    ]
    (tmp_path / "a.json").write_text(json.dumps({"images": images}))
    found = sizes.load(str(tmp_path / "a.json"))
    assert [found.get(f"{k}.jpg") for k in range(1, 5)] == [(5, 6), None, None, None]
