"""Decoding: every kind of picture, turned as EXIF says, and every kind of broken one."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import ImageOps

from prelabel import decoding
from prelabel.errors import ImageError
from prelabel.image import Image, decode

RED, GREEN, BLACK, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 0), (255, 255, 255)


def flag() -> NDArray[np.uint8]:
    """(40, 60, 3): red at the top left, green at the bottom right, black elsewhere."""
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[:20, :20], pixels[20:, 40:] = RED, GREEN
    return pixels


def noise(seed: int = 0, shape: tuple[int, ...] = (96, 128, 3)) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def encoded(picture: PIL.Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def by_pillow(data: bytes) -> NDArray[np.uint8]:
    with PIL.Image.open(io.BytesIO(data)) as picture:
        return np.array(ImageOps.exif_transpose(picture).convert("RGB"))


def apart(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> int:
    assert a.shape == b.shape
    return int(np.abs(a.astype(int) - b).max())


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_turns_as_exif_says(kind: str, orientation: int) -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    data = encoded(PIL.Image.fromarray(flag()), kind, exif=exif)
    assert apart(decode(data).pixels, by_pillow(data)) <= 2


@pytest.mark.parametrize("quality", [30, 75, 95])
@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
@pytest.mark.parametrize("progressive", [False, True])
def test_jpeg_has_the_colours_that_pillow_gives(
    quality: int, subsampling: str, progressive: bool
) -> None:
    smooth = PIL.Image.fromarray(noise(shape=(13, 17, 3))).resize((131, 97))
    options = {"quality": quality, "subsampling": subsampling, "progressive": progressive}
    data = encoded(smooth, "JPEG", **options)
    assert apart(decode(data).pixels, by_pillow(data)) <= 3


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM"])
def test_lossless_kinds_are_exact(kind: str) -> None:
    assert np.array_equal(decode(encoded(PIL.Image.fromarray(noise()), kind)).pixels, noise())


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "TIFF"])
def test_grey_becomes_three_equal_colours(kind: str) -> None:
    grey = np.repeat(np.repeat(noise(shape=(12, 16)), 8, 0), 8, 1)
    pixels = decode(encoded(PIL.Image.fromarray(grey), kind, **QUALITY.get(kind, {}))).pixels
    assert apart(pixels, np.repeat(grey[..., None], 3, axis=2)) <= 3


QUALITY: dict[str, dict[str, object]] = {"JPEG": {"quality": 100}, "WEBP": {"lossless": True}}


@pytest.mark.parametrize(("mode", "kind"), [("RGBA", "PNG"), ("RGBA", "WEBP"), ("RGBA", "TIFF")])
def test_transparent_is_laid_on_white(mode: str, kind: str) -> None:
    picture = PIL.Image.fromarray(flag()).convert(mode)
    picture.putalpha(PIL.Image.fromarray(np.tile(np.uint8([0, 255]), (40, 30))))
    pixels = decode(encoded(picture, kind, **QUALITY.get(kind, {}))).pixels
    assert (pixels[:, ::2] == WHITE).all()
    assert apart(pixels[:, 1::2], flag()[:, 1::2]) == 0


def test_half_transparent_is_mixed_with_white() -> None:
    picture = PIL.Image.new("LA", (4, 4), (100, 128))
    expected = round(100 * 128 / 255 + 255 * 127 / 255)
    assert apart(decode(encoded(picture, "PNG")).pixels, np.full((4, 4, 3), expected)) <= 1


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_palette(kind: str) -> None:
    picture = PIL.Image.fromarray(flag()).convert("P", palette=PIL.Image.Palette.ADAPTIVE)
    assert np.array_equal(decode(encoded(picture, kind)).pixels, flag())


def test_transparent_colour_of_a_palette_is_white() -> None:
    picture = PIL.Image.new("P", (8, 8), 1)
    picture.putpalette([*RED, *GREEN])
    picture.paste(0, (0, 0, 4, 8))
    pixels = decode(encoded(picture, "PNG", transparency=0)).pixels
    assert (pixels[:, :4] == WHITE).all()
    assert (pixels[:, 4:] == GREEN).all()


def test_transparent_colour_of_a_png_is_white() -> None:
    data = encoded(PIL.Image.fromarray(flag()), "PNG", transparency=RED)
    pixels = decode(data).pixels
    assert (pixels[:20, :20] == WHITE).all()
    assert (pixels[20:, 40:] == GREEN).all()


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_grey_is_scaled_by_the_full_range(kind: str) -> None:
    deep = np.array([[0, 127, 128, 257, 32768, 65535]], np.uint16).repeat(3, axis=0)
    pixels = decode(encoded(PIL.Image.fromarray(deep), kind)).pixels
    assert pixels[0, :, 0].tolist() == [0, 0, 0, 1, 128, 255]
    assert (pixels == pixels[..., :1]).all()


def test_16_bit_colour() -> None:
    deep = np.array([[[0, 32768, 65535], [65535, 257, 0]]], ">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in deep)
    data = png(chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 16, 2, 0, 0, 0)), zlib.compress(rows))
    assert decode(data).pixels.tolist() == [[[0, 128, 255], [255, 1, 0]]]


def test_float_is_stretched_over_its_own_range() -> None:
    deep = np.linspace(-2, 3, 24, dtype=np.float32).reshape(4, 6)
    pixels = decode(encoded(PIL.Image.fromarray(deep), "TIFF")).pixels
    assert (pixels.min(), pixels.max()) == (0, 255)
    assert (np.diff(pixels[..., 0].ravel().astype(int)) > 0).all()


def test_cmyk_jpeg_is_not_a_negative() -> None:
    data = encoded(PIL.Image.fromarray(flag()).convert("CMYK"), "JPEG", quality=95)
    assert apart(decode(data).pixels, by_pillow(data)) == 0
    assert apart(decode(data).pixels[5:15, 5:15], np.full((10, 10, 3), RED)) < 10


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_first_frame_of_an_animation(kind: str) -> None:
    first = PIL.Image.fromarray(flag())
    second = PIL.Image.new("RGB", first.size, "blue")
    options = {"save_all": True, "append_images": [second], **QUALITY.get(kind, {})}
    assert apart(decode(encoded(first, kind, **options)).pixels, flag()) == 0


def test_several_pictures_in_one_jpeg_give_the_first() -> None:
    first, second = PIL.Image.fromarray(flag()), PIL.Image.new("RGB", (10, 10), "blue")
    data = encoded(first, "MPO", save_all=True, append_images=[second])
    assert decode(data).size == (60, 40)


def test_bytes_after_the_end_are_ignored() -> None:
    data = encoded(PIL.Image.fromarray(flag()), "JPEG")
    assert np.array_equal(decode(data + b"appended by a camera").pixels, decode(data).pixels)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF"])
@pytest.mark.parametrize("share", [0.3, 0.9, 0.99])
def test_a_cut_picture_is_an_error_that_names_it(kind: str, share: float) -> None:
    data = encoded(PIL.Image.fromarray(noise()), kind)
    with pytest.raises(ImageError, match=r"^shelf/a\.pic: .*(cut|cannot be decoded)") as caught:
        decode(data[: int(len(data) * share)], "shelf/a.pic")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_with_a_thumbnail_is_cut_all_the_same(progressive: bool) -> None:
    small = encoded(PIL.Image.new("RGB", (8, 8), "red"), "JPEG")
    exif = b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0" + small
    picture = PIL.Image.fromarray(noise())
    data = encoded(picture, "JPEG", exif=exif, progressive=progressive)
    assert decode(data).size == picture.size
    for end in (len(data) - 1, len(data) - 2, len(data) // 2, data.index(small) + len(small) + 2):
        with pytest.raises(ImageError, match=r"is cut"):
            decode(data[:end])


def test_a_damaged_png_is_an_error() -> None:
    data = bytearray(encoded(PIL.Image.fromarray(noise()), "PNG"))
    data[len(data) // 2] ^= 0xFF
    with pytest.raises(ImageError, match=r"damaged: checksum of chunk"):
        decode(bytes(data))


def chunk(kind: bytes, content: bytes) -> bytes:
    body = kind + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def png(header: bytes, content: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", content) + chunk(b"IEND", b"")


def test_a_huge_header_is_refused_without_memory() -> None:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0))
    data = png(header, zlib.compress(b"\0" * 1000))
    tracemalloc.start()
    with pytest.raises(ImageError, match=r"^big\.png: 50000 x 50000 pixels, at most 200000000 "):
        decode(data, "big.png")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


def test_the_limit_is_the_callers() -> None:
    data = encoded(PIL.Image.fromarray(flag()), "PNG")
    assert decode(data, max_pixels=2400).size == (60, 40)
    with pytest.raises(ImageError, match=r"at most 2399"):
        decode(data, max_pixels=2399)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "is empty"),
        (b"just some words\n", "it is text"),
        (b"\n <!DOCTYPE html><html></html>", "it is a web page"),
        (b"%PDF-1.7\n\x00\x01", "it is a PDF document"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "it is an SVG drawing"),
        (b"PK\x03\x04" + bytes(40), "it is a zip archive"),
        (
            b"\0\0\0\x18ftypheic" + bytes(40),
            "is a picture or film of kind HEIC, which cannot be read here",
        ),
        (b"\0\0\0\x18ftypa\n\xbf\x1b" + bytes(40), "of kind A, which cannot be read here$"),
        (bytes(range(256)), "is not a picture of a known kind"),
    ],
)
def test_what_is_no_picture_is_named(data: bytes, told: str) -> None:
    with pytest.raises(ImageError, match=rf"^a\.jpg: .*{told}"):
        decode(data, "a.jpg")


@given(
    st.sampled_from(["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "PPM"]),
    st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=8),
    st.integers(0, 4000),
)
def test_mutated_pictures_never_crash(
    kind: str, changes: list[tuple[int, int]], length: int
) -> None:
    data = bytearray(encoded(PIL.Image.fromarray(flag()), kind))
    for at, value in changes:
        data[at % len(data)] = value
    try:
        pixels = decode(bytes(data[: max(1, len(data) - length % 7)]), "x", 1_000_000).pixels
    except ImageError as error:
        assert str(error).startswith("x: ")  # noqa: PT017 - either outcome is right
    else:
        assert pixels.dtype == np.uint8
        assert pixels.shape[2] == 3


def test_orientation_of_broken_exif_is_upright() -> None:
    for block in (b"", b"Exif\0\0", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\0\x05", b"??"):
        assert decoding.orientation(block) == 1


def test_digest_tells_size_and_pixels_apart() -> None:
    wide, tall = Image(np.zeros((2, 6, 3), np.uint8)), Image(np.zeros((6, 2, 3), np.uint8))
    assert wide.digest != tall.digest
    assert wide.digest == Image(np.zeros((4, 12, 3), np.uint8)[:2, ::2]).digest


@pytest.mark.real
def test_real_pictures_agree_with_pillow(real_data) -> None:
    paths = sorted((real_data / "datasets").rglob("*.jpg"))[:60]
    assert len(paths) == 60
    for path in paths:
        data = path.read_bytes()
        assert apart(decode(data, str(path)).pixels, by_pillow(data)) <= 3


def test_an_opener_that_asks_for_a_plug_in_changes_no_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """ultralytics puts such a function in the place of `PIL.Image.open`."""

    def asks(*args: object, **named: object) -> object:
        raise ModuleNotFoundError("No module named 'pi_heif'")

    monkeypatch.setattr(PIL.Image, "open", asks)
    with pytest.raises(ImageError, match="it is text"):
        decode(b"just some words", "a.jpg")
