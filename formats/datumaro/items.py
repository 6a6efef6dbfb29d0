"""One item of Datumaro as a picture: its name, size and attributes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from formats import files
from formats.dataset import Item
from formats.datumaro.layout import File
from formats.errors import FormatError
from formats.losses import Losses
from formats.pictures import is_picture
from formats.sizes import Sizes

__all__ = ["NAME", "Reader", "stem"]

NAME = "item_id"
"""Where `Item.extra` keeps an id that is not the picture's name without its ending."""
JPG = ".jpg"
OTHERS = ("point_cloud", "video", "multiframe_image")
KNOWN = frozenset({"id", "annotations", "attr", "image", "media", "video_frame"})
ELSEWHERE = "path of a picture on another machine, called by its id"


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the items of one file."""

    file: File
    sizes: Sizes
    losses: Losses

    def item(self, told: Any, where: str) -> Item | None:
        """A picture; None for what is none, which is counted."""
        name = told.get("id") if isinstance(told, dict) else None
        if type(name) not in (str, int) or name == "":
            self.losses.add("item without an id", example=where)
            return None
        other = next((key for key in OTHERS if told.get(key)), None)
        if other:
            self.losses.add(f"item of a {other.replace('_', ' ')}", example=where)
            return None
        if told.get("video_frame"):
            self.losses.warn("frame of a video, whose picture is not in the set", example=where)
        return self._picture(told, str(name), where)

    def _picture(self, told: dict[str, Any], name: str, where: str) -> Item:
        path = self._path(told, name, where)
        attributes = told.get("attr")
        extra = dict(attributes) if isinstance(attributes, dict) else {}
        number = extra.pop("id") if type(extra.get("id")) is int else None
        if stem(path) != name:
            extra[NAME] = name
        extra |= {key: value for key, value in told.items() if key not in KNOWN}
        size = _size(told.get("image") or told.get("media")) or self.sizes.get(path)
        return Item(path, size, id=number, split=self.file.split, extra=extra)

    def _path(self, told: dict[str, Any], name: str, where: str) -> str:
        """The name of the picture's file below the folder of its split."""
        image = told.get("image") or told.get("media")
        if not isinstance(image, dict):
            return files.safe(name, where)
        path = image.get("path")
        if not isinstance(path, str) or not path:
            return files.safe(name + JPG, where)
        try:
            return files.safe(path, where)
        except FormatError:
            self.losses.warn(ELSEWHERE, example=where)
            ending = path[path.rfind(".") :] if is_picture(path) else ""
            return files.safe(name + ending, where)


def stem(path: str) -> str:
    """The id of a picture: its path without its ending, where that is a picture's."""
    return path[: path.rindex(".")] if is_picture(path) else path


def _size(image: Any) -> tuple[int, int] | None:
    """Width and height from ``[height, width]``."""
    told = image.get("size") if isinstance(image, dict) else None
    if not isinstance(told, list) or len(told) != 2:
        return None
    if not all(type(side) in (int, float) and 1 <= side < 1 << 31 for side in told):
        return None
    return int(told[1]), int(told[0])
