"""YAML files: all scalars as texts, and none that is a trap (aliases that grow without end)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import orjson
import yaml

from formats import files
from formats.errors import FormatError

__all__ = ["load", "typed"]

MOST = 1_000_000
"""Values of a document, those behind an alias counted wherever it stands."""
MOST_BYTES = 10_000_000
"""Of a document: its parser takes minutes for more."""
DEEPEST = 100
"""Brackets inside each other: the parser's time grows with their square."""


UNTYPED = (
    *(yaml.YAMLError, ArithmeticError, AttributeError, LookupError, RecursionError),
    *(TypeError, ValueError),
)
"""What PyYAML raises for a value that its tag does not fit, such as ``!!bool maybe``."""


class _Loader(yaml.BaseLoader):
    """All scalars are texts; what is nested too deeply is refused while it is read."""

    def fetch_flow_collection_start(self, kind: Any) -> None:
        if self.flow_level >= DEEPEST:
            raise yaml.scanner.ScannerError(None, None, "nested too deeply", self.get_mark())
        super().fetch_flow_collection_start(kind)


class _Typed(yaml.SafeLoader):
    """Scalars as YAML 1.1 types them; times, which JSON has not, are texts."""


_Typed.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in forms if not tag.endswith(":timestamp")]
    for first, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(path: Path) -> Any:
    """What a file says, as texts, lists and mappings; a class may so be called ``no``.

    FormatError names the file and the line of what is no YAML; no tag makes an object of anything.
    """
    text = files.read(path)
    if len(text) > MOST_BYTES:
        raise FormatError(f"{len(text):,} bytes of YAML, too many", where=path)
    try:
        found = yaml.load(text, Loader=_Loader)
        size = _size(found, {})
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise FormatError(f"no YAML: {_problem(error)}", where=where) from error
    except RecursionError as error:
        raise FormatError("no YAML: nested too deeply", where=path) from error
    except (TypeError, ValueError) as error:  # a key that is a list
        raise FormatError(f"no YAML that is read here: {error}", where=path) from error
    if size > MOST:
        raise FormatError(f"aliases that stand for more than {MOST:,} values", where=path)
    return found


def typed(path: Path, found: Mapping[str, Any], without: Collection[str]) -> dict[str, Any]:
    """The keys of a file other than some, with numbers as numbers, as far as JSON can say them.

    `found` is what `load` says of the same file: a value that JSON has no type for is its text.
    One that is no text either (a lone surrogate) is left out.
    """
    names = [name for name in found if name not in without]
    if not names:
        return {}
    try:
        document = yaml.load(files.read(path), Loader=_Typed)
    except UNTYPED:
        document = None
    values = {str(k): v for k, v in document.items()} if isinstance(document, dict) else {}
    either = {name: (values.get(name, found[name]), found[name]) for name in names}
    sound = {name: [*filter(_is_json, both)] for name, both in either.items()}
    return {name: known[0] for name, known in sound.items() if known}


def _is_json(value: Any) -> bool:
    try:
        return bool(orjson.loads(orjson.dumps(value)) == value)
    except (orjson.JSONEncodeError, orjson.JSONDecodeError):
        return False


def _problem(error: Exception) -> str:
    """What is wrong, as one line."""
    return " ".join(str(getattr(error, "problem", None) or error).split())


def _size(value: Any, known: dict[int, int]) -> int:
    """How many values there are, each alias followed; a loop is endless."""
    if not isinstance(value, dict | list):
        return 1
    if id(value) not in known:
        known[id(value)] = MOST + 1
        inside = [*value, *value.values()] if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_size(inner, known) for inner in inside)
    return known[id(value)]
