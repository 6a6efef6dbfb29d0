"""Options of reading and writing: one frozen record per format, all built on `Options`."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_origin, get_type_hints

import msgspec

from formats.errors import FormatError, UnknownName

__all__ = ["Collision", "Crowd", "Options", "make"]

Crowd = Literal["skip", "keep", "mask"]
Collision = Literal["error", "rename"]
Record = TypeVar("Record")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What every format understands; a format's own record derives from this one."""

    overwrite: bool = False
    """Replace what lies at the target."""
    strict: bool = False
    """Fail where something would be left out or changed, before the target is touched."""
    fix: bool = False
    """Repair what other tools stumble over: annotation id 0, ids that occur twice."""
    crowd: Crowd = "keep"
    """Ignore regions (COCO's iscrowd 1): leave out, keep as such, or write as an object."""
    on_collision: Collision = "error"
    """Two pictures that map to one label file: stop, or give the later one a new name."""
    sizes: str = ""
    """A file with the sizes of the pictures: lines ``path,width,height``, or a COCO file."""


def make(record: type[Record], values: Mapping[str, Any]) -> Record:
    """A record from texts or typed values by field name; UnknownName, FormatError."""
    hints = get_type_hints(record)
    for name in values:
        if name not in hints:
            raise _unknown(name, hints)
    ready = {name: _split(hints[name], value) for name, value in values.items()}
    try:
        return msgspec.convert(ready, record, strict=False)
    except msgspec.ValidationError as error:
        raise FormatError(str(error), where="options") from error


def _split(hint: Any, value: Any) -> Any:
    """A list is given as one text with commas."""
    if get_origin(hint) is tuple and isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _unknown(name: str, known: Mapping[str, Any]) -> UnknownName:
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    guess = f"did you mean {close[0]!r}? " if close else ""
    return UnknownName(f"no option {name!r}", hint=f"{guess}known: {', '.join(known)}")


def given(record: Any) -> dict[str, Any]:
    """The fields of a record that differ from their default."""
    return {
        f.name: value
        for f in dataclasses.fields(record)
        if (value := getattr(record, f.name)) != f.default
    }
