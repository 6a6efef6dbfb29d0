"""Annotations to import: one line each, gathered by the data row that they belong to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from formats import class_list, files, splits
from formats.dataset import Item, Label
from formats.errors import FormatError
from formats.labelbox.exports import Reader, Seen
from formats.labelbox.layout import DATA_ROWS, is_export, key_of, lines
from formats.labelbox.pictures import split_of
from formats.sizes import Sizes, load

__all__ = ["gathered", "known", "sizes_beside"]

SIZES = "sizes.csv"
OTHER = "data row with its labels among single annotations, left out"


def known(folder: Path) -> tuple[Label, ...]:
    """The classes that stand beside the annotations."""
    return class_list.load(folder / class_list.FILE)


def sizes_beside(folder: Path, option: str) -> Sizes:
    """Sizes of the option's file, else of the one beside the annotations."""
    beside = folder / SIZES
    return load(option or (str(beside) if beside.is_file() else ""))


def gathered(file: Path, reader: Reader) -> Iterator[Seen]:
    """The pictures, in the order of the data rows, else as they are met, and their rows."""
    items = dict(_data_rows(file.parent / DATA_ROWS, reader.sizes))
    rows: dict[str, list[dict[str, Any]]] = {key: [] for key in items}
    for where, told in lines(file, reader.losses):
        if is_export(told):
            reader.losses.add(OTHER, example=where)
            continue
        key = key_of(told, where)
        if key not in items:
            items[key] = Item(files.safe(key, where), reader.sizes.get(key))
            rows[key] = []
        rows[key] += _rows(told, items[key], reader, where)
    for key, item in items.items():
        yield item, rows[key]


def _rows(told: Mapping[str, Any], item: Item, reader: Reader, where: str) -> list[dict[str, Any]]:
    if "answer" in told or "answers" in told:
        if told.get("name") == reader.options.question:
            return reader.tags(told)
        reader.losses.add("answer to another question than that of classes", example=where)
        return []
    row = reader.row(told, item.size, where)
    return [] if row is None else [row]


def _data_rows(path: Path, sizes: Sizes) -> Iterator[tuple[str, Item]]:
    """The pictures of a list of data rows; none where there is no such file."""
    if not path.is_file():
        return
    try:
        found = msgspec.json.decode(files.read(path), type=list[dict[str, Any]])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(f"no list of data rows: {error}", where=path) from error
    for k, told in enumerate(found):
        where = files.pointer(path, k)
        key = told.get("global_key")
        if not isinstance(key, str):
            raise FormatError(f"the global key {key!r:.40}, expected a text", where=where)
        split = splits.canonical(split_of(told.get("metadata_fields")))
        item = Item(files.safe(key, where), sizes.get(key), split=split, extra=_extra(told))
        yield key, item


def _extra(told: Mapping[str, Any]) -> dict[str, Any]:
    """An address of the picture, where it is not its name."""
    address = told.get("row_data")
    return {} if address in (None, told["global_key"]) else {"data_row": {"row_data": address}}
