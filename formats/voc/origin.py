"""Where a set's pixels begin: at 1 with ends included, as VOC says, or at 0.

The specification counts pixels from 1 and includes the last one: x = xmin - 1, w = xmax - xmin + 1.
CVAT, datumaro and others write edges from 0: x = xmin, w = xmax - xmin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from formats import files
from formats.voc.labelmap import FILE
from formats.voc.options import Origin
from formats.voc.pages import Page

__all__ = ["LINES", "shift", "told"]

LINES = {
    "one": "# boxes: pixels from 1, the last one included",
    "zero": "# boxes: edges from 0",
}
"""The line of labelmap.txt that says it, which other readers skip."""
WORDS = {
    "one": "coordinates taken as VOC's own: pixels from 1, the last one included",
    "zero": "coordinates taken as edges from 0",
}
_SAID = re.compile(r"# boxes: (pixels from 1|edges from 0)")


def told(base: Path, pages: Iterable[Page], asked: Origin) -> tuple[Origin, str]:
    """The origin of a set, one or zero, and a sentence that says why where nobody stated it."""
    if asked != "auto":
        return asked, ""
    if (stated := _of_file(base)) is not None:
        return stated, ""
    origin, why = _of_pages(pages)
    other = "zero" if origin == "one" else "one"
    return origin, f"{WORDS[origin]} ({why}); -o origin={other} if that is wrong"


def _of_file(base: Path) -> Origin | None:
    path = base / FILE
    said = (_SAID.match(line) for _, line in files.lines(path)) if path.is_file() else iter(())
    found = next(filter(None, said), None)
    if found is None:
        return None
    return "one" if "1" in found[1] else "zero"


def _of_pages(pages: Iterable[Page]) -> tuple[Origin, str]:
    """By who wrote the files, or by a box that begins before the first pixel."""
    for page in pages:
        if page.tool:
            return "zero", f"{page.path.name} was written by CVAT, datumaro or LabelMe"
        if any(one.box is not None and min(one.box[:2]) == 0 for one in page.objects):
            return "zero", f"a box of {page.path.name} begins at 0"
    return "one", "no box begins at 0"


def shift(origin: Origin) -> float:
    """What is taken from xmin and ymin, and from the points of polygons."""
    return 1.0 if origin == "one" else 0.0
