"""What a data row says of its picture: name, size, split."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from formats import files, splits
from formats.labelbox.options import Naming
from formats.pictures import is_picture

__all__ = ["name_of", "size_of", "split_of"]


def name_of(row: Mapping[str, Any], naming: Naming, where: str) -> str:
    """What a picture is called; FormatError for a name that leaves the set's folder."""
    keys = ("external_id", "global_key", "row_data") if naming == "auto" else (naming,)
    told = [_plain(key, row.get(key)) for key in keys]
    named = [name for name in told if name]
    fitting = [name for name in named if is_picture(name)]
    fallback = [str(row[key]) for key in ("global_key", "id") if row.get(key)]
    return files.safe(next(iter([*fitting, *fallback, *named]), ""), where)


def _plain(key: str, value: Any) -> str:
    """A name; of an address the last part."""
    if not isinstance(value, str):
        return ""
    if key == "row_data" or "://" in value:
        try:
            return unquote(urlsplit(value).path).rpartition("/")[2]
        except ValueError:
            return ""
    return value


def size_of(told: Any) -> tuple[int, int] | None:
    """(width, height) in pixels of media attributes; None where they do not tell it."""
    sides = [told.get(key) for key in ("width", "height")] if isinstance(told, dict) else []
    whole = [int(side) for side in sides if isinstance(side, int | float) and 1 <= side < 1 << 31]
    return (whole[0], whole[1]) if len(whole) == 2 else None


def split_of(fields: Any) -> str:
    """The split of metadata fields: the value of the one that is called so."""
    for field in fields if isinstance(fields, list) else ():
        if isinstance(field, dict) and "split" in (field.get("schema_name"), field.get("name")):
            value = field.get("value")
            first = value[0] if isinstance(value, list) and value else value
            if isinstance(first, dict):
                first = first.get("schema_name") or first.get("name") or first.get("value")
            return splits.canonical(first) if isinstance(first, str) else ""
    return ""
