"""The pictures that a task shows, and which results are about which of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from formats import pictures
from formats.errors import FormatError
from formats.label_studio.addresses import candidates, path_of
from formats.label_studio.config import LabelConfig
from formats.label_studio.gathering import MOST
from formats.label_studio.options import LabelStudioOptions
from formats.label_studio.schema import Task
from formats.pictures import Folder
from formats.sizes import Sizes

__all__ = ["USUAL", "Shown", "is_picture", "pictures_of", "size_of"]

Size = tuple[int, int]
USUAL = ("image", "img", "image_url", "url")
NO_PICTURE = "task without a picture"


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture of a task: the key of the data that has its address, the object tag that shows
    it ("" for any), its place in a list (-1 where there is none), and its path and size as the
    task's ``meta`` states them.
    """

    key: str
    address: str
    tag: str = ""
    index: int = -1
    path: str = ""
    size: Size | None = None

    def has(self, result: Any) -> bool:
        """Whether a result is about this picture."""
        if not isinstance(result, Mapping) or "to_name" not in result:
            return True
        here = not self.tag or str(result["to_name"]) == self.tag
        return here and (self.index < 0 or (result.get("item_index") or 0) == self.index)

    def found(self, folder: Folder, given: Sizes, stated: Size | None) -> tuple[str, Size | None]:
        """The path and size: as stated, else of the picture that lies in the folder."""
        path = path_of(self.path or self.address)
        file = None
        for name in candidates(path):
            if (file := folder.find(name)) is not None:
                path = name
                break
        size = stated or self.size or given.get(path)
        if size is None and file is not None:
            size = _header(file)
        return path, size


def _header(file: str) -> Size | None:
    try:
        return pictures.size(file)
    except FormatError:
        return None


def pictures_of(task: Task, config: LabelConfig | None, options: LabelStudioOptions) -> list[Shown]:
    """The pictures of a task; FormatError where it has none."""
    keys = _keys(task.data, config, options)
    found = [shown for key, tag in keys for shown in _listed(task, key, tag)]
    if not found:
        raise FormatError(NO_PICTURE)
    return found


def _keys(
    data: Mapping[str, Any], config: LabelConfig | None, options: LabelStudioOptions
) -> list[tuple[str, str]]:
    """The keys of pictures and the tags that show them."""
    if options.image_key:
        return [(options.image_key, "")]
    objects = [o for o in config.objects if o.kind == "image"] if config is not None else []
    told = [(o.data_key, o.name if len(objects) > 1 else "") for o in objects if o.data_key in data]
    if told:
        return told
    named = (key for key, value in data.items() if is_picture(value))
    guess = next((key for key in USUAL if key in data), None) or next(named, None)
    return [] if guess is None else [(guess, "")]


def is_picture(value: Any) -> bool:
    """Whether a value of a task's data is the address of a picture, or a list of such."""
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, str) and pictures.is_picture(first.split("?")[0])


def size_of(width: Any, height: Any) -> Size | None:
    """Width and height as a task states them, None where they are none."""
    told = all(type(side) is int and 0 < side <= MOST for side in (width, height))
    return (int(width), int(height)) if told else None


def _listed(task: Task, key: str, tag: str) -> list[Shown]:
    value = task.data.get(key)
    if isinstance(value, str) and value:
        meta = task.meta or {}
        path = meta.get("path")
        known = size_of(meta.get("width"), meta.get("height"))
        return [Shown(key, value, tag, -1, path if isinstance(path, str) else "", known)]
    many = value if isinstance(value, list) else []
    return [Shown(key, v, tag, k) for k, v in enumerate(many) if isinstance(v, str) and v]
