"""What one XML file tells: of its picture, and of the objects in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from formats.losses import Losses
from formats.voc.markup import Document, said, values
from formats.voc.objects import Found, found

__all__ = ["ID", "VERIFIED", "Page", "read"]

KNOWN = frozenset({"filename", "size", "object", "segmented"})
VERIFIED = "verified"
"""The status of a picture whose root element says so, as LabelImg writes it."""
ID = "image_id"
"""The element for the id that a picture had elsewhere."""
TOOL = ("Unknown", "Unknown", "Unknown")
"""What CVAT and datumaro write as database, annotation and image of the source."""


@dataclass(slots=True)
class Page:
    """One XML file, with the numbers of the file; `tool`: CVAT, datumaro or LabelMe did."""

    path: Path
    name: str = ""
    size: tuple[int, int] | None = None
    status: str = ""
    id: int | None = None
    tool: bool = False
    objects: list[Found] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)


def read(path: Path, losses: Losses) -> Page:
    """One XML file; objects that cannot be used are counted with their line and left out."""
    document = Document(path)
    root = document.root
    page = Page(path, said(root, "filename"), _size(root.find("size")))
    page.status = VERIFIED if root.get(VERIFIED, "").lower() in ("yes", "true", "1") else ""
    page.extra = values(child for child in root if child.tag not in KNOWN)
    if depth := said(root.find("size"), "depth"):
        page.extra["depth"] = int(depth) if depth.isdecimal() and len(depth) < 9 else depth
    page.tool = _tool(page.extra)
    if type(page.extra.get(ID)) is str and page.extra[ID].isdecimal() and len(page.extra[ID]) < 19:
        page.id = int(page.extra.pop(ID))
    for k, element in enumerate(root.iterfind("object")):
        one = found(element)
        if one.problem:
            losses.add(one.problem, example=document.line(k))
        else:
            _check(one, document, k, losses)
            page.objects.append(one)
    return page


def _check(one: Found, document: Document, k: int, losses: Losses) -> None:
    if one.box is not None and (one.box[2] < one.box[0] or one.box[3] < one.box[1]):
        losses.warn("box whose corners are swapped", example=document.line(k))


def _tool(extra: dict[str, Any]) -> bool:
    """Whether CVAT or datumaro wrote a file, or LabelMe's old editor (``<imagesize>``)."""
    source = extra.get("source")
    keys = ("database", "annotation", "image")
    stated = isinstance(source, dict) and tuple(source.get(key) for key in keys) == TOOL
    return stated or isinstance(extra.get("imagesize"), dict)


def _size(element: Element | None) -> tuple[int, int] | None:
    """Width and height; None where they are missing, 0 or no numbers."""
    try:
        sides = [float(said(element, tag)) for tag in ("width", "height")]
        width, height = (int(side) for side in sides)
    except (ValueError, OverflowError):
        return None
    return (width, height) if width > 0 and height > 0 else None
