"""Options of reading and writing: one frozen record per format, all built on `Options`."""

from __future__ import annotations

import ast
import dataclasses
import difflib
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from formats.errors import FormatError, UnknownName

__all__ = ["Collision", "Crowd", "Field", "Images", "Options", "fields", "make"]

Crowd = Literal["skip", "keep", "mask"]
Collision = Literal["error", "rename"]
Images = Literal["link", "copy", "none"]
Record = TypeVar("Record")
WORDS = {"yes": True, "no": False}
"""As defaults are shown; true, false, 1 and 0 are known to msgspec."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What every format understands; a format's own record derives from this one."""

    overwrite: bool = False
    """Replace what lies at the target."""
    strict: bool = False
    """Fail where something would be left out or changed, before the target is touched."""
    allow: tuple[str, ...] = ()
    """Kinds of loss that `strict` lets pass, in the report's words: ``annotation id``, ``*id``."""
    fix: bool = False
    """Repair what other tools stumble over: annotation id 0, ids that occur twice."""
    crowd: Crowd = "keep"
    """Ignore regions (COCO's iscrowd 1): left out, kept, or kept as masks of their own."""
    on_collision: Collision = "error"
    """Two pictures that map to one label file: stop, or give the later one a new name."""
    sizes: str = ""
    """A file with the sizes of the pictures: lines ``path,width,height``, or a COCO file."""
    workers: int = 1
    """Processes that write formats of many files; the files are the same for any number."""
    low_memory: bool = False
    """Large files are read in small pieces and never held as a whole; a little slower."""


def make(record: type[Record], values: Mapping[str, Any]) -> Record:
    """A record from texts or typed values by field name; UnknownName, FormatError."""
    hints = get_type_hints(record)
    for name in values:
        if name not in hints:
            raise _unknown(name, hints)
    return record(**{name: _value(name, hints[name], value) for name, value in values.items()})


def _value(name: str, hint: Any, given: Any) -> Any:
    """An option of its type; a list is given as one text with commas, a bool as yes or no too."""
    value = given
    if get_origin(hint) is tuple and isinstance(given, str):
        value = tuple(part.strip() for part in given.split(",") if part.strip())
    elif hint is bool and isinstance(given, str):
        value = WORDS.get(given.lower(), given)
    try:
        return msgspec.convert(value, hint, strict=False)
    except msgspec.ValidationError as error:
        kind = "yes or no" if hint is bool else _kind(hint)
        raise FormatError(f"is {str(given)[:80]!r}, expected {kind}", f"option {name}") from error


def _unknown(name: str, known: Mapping[str, Any]) -> UnknownName:
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    guess = f"did you mean {close[0]!r}? " if close else ""
    return UnknownName(f"no option {name!r}", hint=f"{guess}known: {', '.join(known)}")


@dataclass(frozen=True, slots=True)
class Field:
    """One option as it is shown to people."""

    name: str
    kind: str
    default: str
    help: str

    def serves(self, way: Literal["Reading", "Writing"]) -> bool:
        """Whether an option says something of reading, or of writing.

        A text that begins with one of these words is about that alone.
        """
        return not self.help.startswith("Writing" if way == "Reading" else "Reading")


def fields(record: type[Any]) -> list[Field]:
    """The options of a record: name, type, default and the text below the field."""
    texts = _texts(record)
    hints = get_type_hints(record)
    return [
        Field(f.name, _kind(hints[f.name]), _shown(f.default), texts.get(f.name, ""))
        for f in dataclasses.fields(record)
    ]


def _kind(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return " | ".join(
            repr(choice) if choice == "" else str(choice) for choice in get_args(hint)
        )
    return getattr(hint, "__name__", str(hint)) if get_origin(hint) is None else "list, with commas"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value == "" else str(value)


def _texts(record: type[Any]) -> dict[str, str]:
    """The text below each field, of the record and of those it derives from."""
    found: dict[str, str] = {}
    for owner in reversed(record.__mro__):
        if dataclasses.is_dataclass(owner):
            body = ast.parse(textwrap.dedent(inspect.getsource(owner))).body[0]
            found |= dict(_below(body))
    return found


def _below(body: ast.stmt) -> Iterator[tuple[str, str]]:
    members = getattr(body, "body", [])
    for field, text in pairwise(members):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
            name, value = getattr(field.target, "id", ""), getattr(text.value, "value", "")
            yield name, " ".join(str(value).split())
