"""`write`: an overlay of every picture, and the page to look through them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from formats.dataset import Dataset, Item, Label
from prelabel.errors import JobError, PrelabelError
from prelabel.image import Image
from prelabel.preview import records, shapes
from prelabel.preview.drawing import draw_shapes
from prelabel.preview.names import Names
from prelabel.reports.policy import digest

__all__ = ["SIDES", "digest", "jpeg", "part", "save", "scaled", "write"]

SIDES = (640, 1280)
"""Least and most pixels of the longer side of a preview; pictures are scaled before drawing."""
QUALITY = 85

Pixels = NDArray[np.uint8]


def write(
    dataset: Dataset,
    folder: Path,
    open_image: Callable[[Item], Image],
    *,
    limit: int | None = None,
    title: str = "Pre-labels",
) -> Path:
    """Write ``previews/`` (overlays), ``pictures/`` (the same without) and ``index.html``.

    Items are walked one at a time, at most `limit` of them are shown; `open_image` gives the pixels
    of one. A picture that it refuses with a PrelabelError stands on the page with the reason.
    Returns the path of the page, which replaces an older one when all is done. JobError where a
    file cannot be written.
    """
    page = folder / "index.html"
    unfinished = folder / "index.html.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with unfinished.open("w", encoding="utf-8", newline="\n") as file:
            for text in _page(dataset, folder, open_image, limit, title):
                file.write(text)
        unfinished.replace(page)
    except OSError as error:
        if isinstance(error, PrelabelError):
            raise
        where = error.filename or folder
        raise JobError(f"cannot be written: {error.strerror}", where=where) from error
    return page


def _page(
    dataset: Dataset,
    folder: Path,
    open_image: Callable[[Item], Image],
    limit: int | None,
    title: str,
) -> Iterator[str]:
    """The page piece by piece; the pictures are written along the way."""
    before, after = part("page.html").split("<!-- data -->")
    style, script = part("page.css"), part("overlay.js") + part("page.js")
    yield (
        before.replace("{{style-hash}}", digest(style))
        .replace("{{script-hash}}", digest(script))
        .replace("{{title}}", escape(title))
        .replace("{{style}}", style)
    )
    yield f'{{"classes":{records.embedded(records.classes(dataset.labels))},"pictures":[\n'
    names, items = Names(), dataset.items
    for i, item in enumerate(islice(items, limit)):
        record = _record(item, dataset.labels, folder, names.of(item), open_image)
        yield (",\n" if i else "") + records.embedded(record)
    yield f'\n],"more":{sum(1 for _ in items)}}}'
    yield after.replace("{{script}}", script)


def _record(
    item: Item,
    labels: tuple[Label, ...],
    folder: Path,
    name: str,
    open_image: Callable[[Item], Image],
) -> dict[str, Any]:
    """Write the two pictures of an item; what the page says about it."""
    shown = item.path if item.frame is None else f"{item.path} #{item.frame}"
    try:
        pixels = open_image(item).pixels
    except PrelabelError as error:
        return {"title": shown, "error": str(error)}
    small, scale = scaled(pixels)
    found = [] if item.annotations is None else shapes.of(item.annotations, labels, scale)
    save(folder / "pictures" / name, small)
    save(folder / "previews" / name, draw_shapes(small, found, labels))
    record = records.picture(shown, name, (small.shape[1], small.shape[0]), found)
    return record if item.annotations is not None else {**record, "unseen": True}


def scaled(pixels: Pixels, sides: tuple[int, int] = SIDES) -> tuple[Pixels, float]:
    """The picture with its longer side within `sides`, and its scale."""
    height, width = pixels.shape[:2]
    side = max(height, width)
    scale = min(max(side, sides[0]), sides[1]) / side
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(pixels, size, interpolation=how) if scale != 1 else pixels, scale


def save(path: Path, pixels: Pixels) -> None:
    """Write a JPEG, and the folders above it where they are missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(jpeg(pixels))


def jpeg(pixels: Pixels) -> bytes:
    """The picture as a JPEG file."""
    bgr = np.ascontiguousarray(pixels[:, :, ::-1])
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    encoded: bytes = data.tobytes()
    return encoded


def part(name: str) -> str:
    """A file of this package: a page, its style or its script."""
    return files("prelabel.preview").joinpath(name).read_text(encoding="utf-8")
