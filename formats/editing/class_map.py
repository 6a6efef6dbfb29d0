"""A YAML file that says what classes are to be called.

Three forms of lines, which may be mixed::

    car: vehicle            # renamed; several to one name are joined
    vehicle: [bus, truck]   # the same, by the new name
    person:                 # left out (also ~ and null)
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from formats import files
from formats.errors import FormatError

__all__ = ["load"]

NOTHING = frozenset({"", "~", "null", "Null", "NULL"})


def load(path: Path) -> dict[str, str | None]:
    """The new name of every class that is named, None for one that goes; FormatError with line."""
    try:
        root = yaml.compose(files.read(path), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = path if mark is None else f"{path}:{mark.line + 1}"
        what = getattr(error, "problem", None) or str(error)
        raise FormatError(f"not YAML: {what}", where=where) from error
    if not isinstance(root, yaml.MappingNode):
        raise FormatError("expected lines of the form  name: other name", where=path)
    found: dict[str, str | None] = {}
    for old, new, line in _pairs(root, path):
        if old in found and found[old] != new:
            raise FormatError(f"{old!r} stands there twice", where=f"{path}:{line}")
        found[old] = new
    return found


def _pairs(root: yaml.MappingNode, path: Path) -> Iterator[tuple[str, str | None, int]]:
    """(old name, new name, line). Scalars are texts as written: ``no`` is a class, not false."""
    for key, value in root.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise FormatError("the name of a class is a text", where=f"{path}:{line}")
        if isinstance(value, yaml.ScalarNode):
            yield key.value, _name(value), line
        elif isinstance(value, yaml.SequenceNode) and _is_flat(value):
            yield from ((old.value, key.value, line) for old in value.value)
        else:
            what = "expected a name, a list of names, or nothing"
            raise FormatError(f"{key.value!r}: {what}", where=f"{path}:{line}")


def _name(value: yaml.ScalarNode) -> str | None:
    return None if value.style is None and value.value in NOTHING else str(value.value)


def _is_flat(value: yaml.SequenceNode) -> bool:
    return all(isinstance(member, yaml.ScalarNode) for member in value.value)
