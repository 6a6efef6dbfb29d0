"""What the browser tests of the playground have in common: opening it, reading it, its truth."""

from __future__ import annotations

import base64
import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from browser import opened
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from pycocotools import mask as coco
from serving import Served

from prelabel import scenes, weights

__all__ = [
    "MODELS",
    "add",
    "answer",
    "drawn",
    "expected",
    "listed",
    "overlay",
    "pixels",
    "playground",
    "scene",
    "truth",
]

MODELS = {"seg": weights.path("segment"), "pose": weights.path("pose")}


def scene(folder: Path, seed: int = 11, size: int = 320, ending: str = "png") -> Path:
    """A drawn scene as a file."""
    path = folder / f"scene-{seed}.{ending}"
    Image.fromarray(scenes.draw(seed, size).pixels).save(path)
    return path


@contextmanager
def playground(browser: Browser, served: Served, **options: Any) -> Iterator[Page]:
    """The page, with the models known."""
    with opened(browser, served.url, **options) as page:
        expect(page.locator("#model option")).to_have_text(list(MODELS))
        yield page


def add(page: Page, *files: Path) -> None:
    """Choose files and wait for the answer."""
    page.locator("#files").set_input_files(list(files))
    expect(page.locator("#status")).to_contain_text(" ms")


def answer(served: Served, file: Path, **query: Any) -> Any:
    """What the API itself says of a picture."""
    with file.open("rb") as stream:
        found = served.client.post("/api/v1/predict", params=query, files={"file": stream})
    assert found.status_code == 200, found.text
    return found.json()


def expected(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Label and score of annotations, as the list shows them."""
    return [(row["label"], f"{row['score']:.2f}") for row in rows]


def listed(page: Page) -> list[tuple[str, str]]:
    """Label and score of the objects in the list, in its order."""
    rows = page.locator("#objects [role=option]")
    texts = zip(
        rows.locator("span").all_text_contents(), rows.locator("b").all_text_contents(), strict=True
    )
    return list(texts)


def overlay(page: Page) -> Image.Image:
    """What is drawn over the stage."""
    # two frames: one draws, the next one has seen it
    url = page.evaluate(
        """async () => {
        for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
        return document.getElementById("overlay").toDataURL();
        }"""
    )
    return Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGBA")


def drawn(page: Page) -> NDArray[np.uint8]:
    """What is drawn over the picture, (H, W, 4) RGBA at the picture's own size."""
    canvas = overlay(page)
    stage, frame, size = page.evaluate(
        """() => {
        const [stage, picture] = ["stage", "picture"].map((id) => document.getElementById(id));
        const [a, b] = [stage, picture].map((node) => node.getBoundingClientRect());
        return [[a.width, a.height], [b.x - a.x, b.y - a.y, b.width, b.height],
                [picture.offsetWidth, picture.offsetHeight]];
        }"""
    )
    x, y, width, height = (value * canvas.width / stage[0] for value in frame)
    box = (x, y, x + width, y + height)
    return np.asarray(canvas.resize(size, Image.Resampling.BILINEAR, box))


def pixels(row: dict[str, Any]) -> NDArray[np.bool_]:
    """The pixels under the mask of an annotation, (H, W), as pycocotools decodes it."""
    with warnings.catch_warnings():
        # its arrays are of a kind that NumPy 2 frowns at
        warnings.simplefilter("ignore", DeprecationWarning)
        return coco.decode(row["mask"]).astype(bool)


def truth(rows: list[dict[str, Any]], size: tuple[int, int] = (320, 320)) -> NDArray[np.bool_]:
    """The pixels under any mask of annotations, (H, W) of a picture of (width, height)."""
    return np.any([np.zeros(size[::-1], dtype=bool), *map(pixels, rows)], axis=0)
