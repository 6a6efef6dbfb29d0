"""Small COCO files for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import formats
from formats.annotations import Annotations

SQUARE = [1.0, 1.0, 5.0, 1.0, 5.0, 5.0, 1.0, 5.0]


def coco(*objects: dict[str, Any], **further: Any) -> dict[str, Any]:
    """A file of one 20 x 10 picture with some annotations."""
    filled = [{"id": k + 1, "image_id": 7, "category_id": 3, **o} for k, o in enumerate(objects)]
    return {
        "images": [{"id": 7, "file_name": "a.jpg", "width": 20, "height": 10}],
        "annotations": filled,
        "categories": [{"id": 3, "name": "cat"}, {"id": 9, "name": "dog"}],
        **further,
    }


def table(path: Path) -> Annotations:
    return next(formats.read(path, "coco").items).annotations
