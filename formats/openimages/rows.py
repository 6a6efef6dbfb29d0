"""Rows of CSV files, as texts by column; a line that cannot be read is counted and left out."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence

from formats.errors import FormatError
from formats.losses import Losses
from formats.numerals import FAR
from formats.openimages.layout import Table

__all__ = ["cells", "numbers"]

BAD = "line that cannot be read"


def cells(table: Table, losses: Losses) -> Iterator[tuple[str, dict[str, str]]]:
    """(place, column -> text) of every row; a column that a short row lacks is ""."""
    try:
        with table.path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream)
            if table.headed:
                next(reader, None)
            for row in reader:
                place = f"{table.path}:{reader.line_num}"
                if len(row) > len(table.columns):
                    losses.add(BAD, example=f"{place}: {len(row)} values")
                elif row:
                    texts = [*row, *[""] * (len(table.columns) - len(row))]
                    yield place, dict(zip(table.columns, texts, strict=True))
    except UnicodeDecodeError as error:
        raise FormatError(f"byte {error.start} is not UTF-8", where=table.path) from error
    except csv.Error as error:
        raise FormatError(f"not CSV: {error}", where=table.path) from error
    except OSError as error:
        raise FormatError(f"cannot read: {error.strerror or error}", where=table.path) from error


def numbers(row: Mapping[str, str], names: Sequence[str]) -> tuple[float, ...] | None:
    """Some cells as numbers; None where one is none, or is far too large."""
    try:
        found = tuple(float(row[name]) for name in names)
    except ValueError:
        return None
    return found if all(abs(value) < FAR for value in found) else None
