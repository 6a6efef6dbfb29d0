"""The cells of CSV, however long: `csv` has one limit, which holds for the whole process."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

__all__ = ["rows"]

_QUOTED = re.compile(r'"([^"]*+(?:""[^"]*+)*+)"([^,]*)')
_BARE = re.compile("[^,]*")


def rows(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, list[str]]]:
    """The cells of each record with the number of its last line; a blank line has none.

    A cell in quotes may go on over several lines; one that never ends has all of the rest.
    """
    rest = iter(lines)
    for number, line in rest:
        cells: list[str] = []
        at = 0
        while at <= len(line) and line:
            if line.startswith('"', at) and not _QUOTED.match(line, at):
                number, line = _longer(number, line, rest)
            cell, at = _cell(line, at)
            cells.append(cell)
            at += 1  # the comma
        yield number, cells


def _longer(number: int, line: str, rest: Iterator[tuple[int, str]]) -> tuple[int, str]:
    """The line with those up to one that ends what is in quotes: its quotes are odd in number."""
    parts = [line]
    for number, more in rest:  # noqa: B007, the last one is the answer
        parts.append(more)
        if more.count('"') % 2:
            break
    return number, "\n".join(parts)


def _cell(line: str, at: int) -> tuple[str, int]:
    """The cell that begins at a place, and where it ends."""
    if found := _QUOTED.match(line, at):
        return found[1].replace('""', '"') + found[2], found.end()
    if line.startswith('"', at):
        return line[at + 1 :].replace('""', '"'), len(line)
    bare = _BARE.match(line, at)
    return (bare[0], bare.end()) if bare else ("", at)
