"""The classes of a set as labels, with what ``classes.json`` keeps of them.

``classes.json`` is the map that is written beside a set: for every class its number in the label
files, its name, and what a data.yaml has no place for (the id and supercategory in the source, the
bones of its skeleton). It is read back where its names are those of the data.yaml.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import orjson

from formats import files
from formats.columns import NOTHING
from formats.dataset import Label
from formats.errors import FormatError
from formats.yolo.config import Config

__all__ = ["FILE", "names_of", "of", "written"]

FILE = "classes.json"


class _Entry(msgspec.Struct, omit_defaults=True):
    index: int
    name: str
    id: int | None = None
    supercategory: str = ""
    keypoints: tuple[str, ...] = ()
    bones: tuple[tuple[int, int], ...] = ()
    mirror: tuple[int, ...] = ()
    attributes: dict[str, Any] = {}
    extra: dict[str, Any] = {}


def of(settings: Config, folder: Path) -> tuple[Label, ...]:
    """The classes in the order of their numbers."""
    entries = _kept(folder / FILE)
    if [entry.name for entry in entries] == list(settings.names.values()):
        return tuple(_label(entry) for entry in entries)
    shared = settings.keypoint_names.get(-1, ())
    return tuple(
        Label(name, keypoints=settings.keypoint_names.get(k, shared), mirror=settings.flip)
        for k, name in settings.names.items()
    )


def _kept(path: Path) -> list[_Entry]:
    if not path.is_file():
        return []
    try:
        return msgspec.json.decode(files.read(path), type=list[_Entry])
    except msgspec.DecodeError as error:
        raise FormatError(f"no list of classes: {error}", where=path) from error


def _label(entry: _Entry) -> Label:
    return Label(
        entry.name,
        entry.id,
        entry.supercategory,
        entry.keypoints,
        entry.bones,
        entry.mirror,
        entry.attributes or NOTHING,
        entry.extra or NOTHING,
    )


def written(labels: Sequence[Label]) -> bytes:
    """The text of ``classes.json``: one class a line."""
    entries = [
        _Entry(
            k,
            label.name,
            label.id,
            label.supercategory,
            label.keypoints,
            label.bones,
            label.mirror,
            dict(label.attributes),
            dict(label.extra),
        )
        for k, label in enumerate(labels)
    ]
    lines = [orjson.dumps(msgspec.to_builtins(entry)) for entry in entries]
    return b"[\n" + b",\n".join(lines) + b"\n]\n"


def names_of(folder: Path) -> list[str]:
    """The names that the ``classes.json`` of a folder has; none without that file."""
    return [entry.name for entry in _kept(folder / FILE)]
