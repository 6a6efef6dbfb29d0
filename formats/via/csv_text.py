"""The lines of VIA's CSV form."""

from __future__ import annotations

from typing import Any

from formats import json_text

__all__ = ["lines"]


def lines(entry: dict[str, Any]) -> bytes:
    """The lines of a picture in the CSV form; one without regions has one of empty objects."""
    head = [_cell(entry["filename"]), str(entry["size"]), _json(entry["file_attributes"])]
    regions = entry["regions"]
    rows = [
        (str(len(regions)), str(k), _json(r["shape_attributes"]), _json(r["region_attributes"]))
        for k, r in enumerate(regions)
    ]
    rows = rows or [("0", "0", _json({}), _json({}))]
    return "".join(f"{','.join((*head, *row))}\n" for row in rows).encode()


def _json(value: dict[str, Any]) -> str:
    return '"' + json_text.dumps(value).decode().replace('"', '""') + '"'


def _cell(text: str) -> str:
    """A name, quoted only where it must be: VIA does not take quotes off."""
    if not any(c in text for c in ',"\n\r'):
        return text
    quoted = text.replace('"', '""')
    return f'"{quoted}"'
