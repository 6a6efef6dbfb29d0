"""The classes of a set as a file of its own: ``classes.json``, or a list of names in a text.

``classes.json`` is the map that is written beside sets whose format has no place for it: for every
class its number, its name, its id and supercategory in the source, and its skeleton.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from formats import files, json_text
from formats.columns import NOTHING
from formats.dataset import Label
from formats.errors import FormatError

__all__ = ["FILE", "load", "names", "parsed", "written"]

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


def load(path: Path) -> tuple[Label, ...]:
    """The classes of a ``classes.json`` in the order of their numbers; none without that file."""
    return parsed(files.read(path), path) if path.is_file() else ()


def parsed(text: bytes, where: object) -> tuple[Label, ...]:
    """The classes of the text of a ``classes.json``; FormatError names `where` it stands."""
    try:
        files.check(text, Path(str(where)))
        entries = msgspec.json.decode(text, type=list[_Entry])
    except msgspec.DecodeError as error:
        raise FormatError(f"no list of classes: {error}", where=where) from error
    return tuple(_label(entry) for entry in entries)


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
    lines = [json_text.dumps(msgspec.to_builtins(entry)) for entry in entries]
    return b"[\n" + b",\n".join(lines) + b"\n]\n"


def names(path: Path) -> list[str]:
    """The names of a list, one a line; blank lines are left out, a name twice is an error."""
    found: dict[str, int] = {}
    for number, line in files.lines(path):
        name = line.strip()
        if name in found:
            what = f"the class {name!r} stands in line {found[name]} already"
            raise FormatError(what, where=f"{path}:{number}")
        if name:
            found[name] = number
    return list(found)
