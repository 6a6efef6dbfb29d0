"""The claim on a file: its first line tells the classes and the task."""

from __future__ import annotations

from pathlib import Path

from formats import files
from formats.errors import FormatError
from formats.format import Match
from formats.ultralytics_ndjson import header
from formats.ultralytics_ndjson.layout import SUFFIX, files_in

__all__ = ["sniff"]

HEAD, LONGEST = 1 << 16, 1 << 24
"""Bytes in which the first line says that it is one of a data set, and of the longest such line."""


def sniff(task: str, path: Path) -> Match | None:
    """A claim on a file of this task, or on a folder with one such file."""
    if path.is_file() and path.suffix.lower() not in (SUFFIX, ".jsonl", ".json", ".txt"):
        return None
    found = files_in(path)
    if len(found) != 1 or not found[0].is_file():
        return None
    with found[0].open("rb") as stream:
        line = stream.readline(HEAD)
        if b'"dataset"' not in line:
            return None
        line = (line + stream.readline(LONGEST) if line[-1:] != b"\n" else line).removeprefix(
            files.BOM
        )
    try:
        told = header.decode(line, str(path))
    except FormatError:
        return None
    return Match(f"one line per picture, task {task}", 1.0) if told.task == task else None
