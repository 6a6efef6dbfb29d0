"""CSV files that are begun when their first line is written."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

__all__ = ["Sheets"]


class Sheets:
    """The files of a folder by their names; all are closed at the end of the block."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._writers: dict[str, Any] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Sheets:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def row(self, name: str, columns: Sequence[str], told: Mapping[str, Any]) -> None:
        """A line of what is told by column; the first line of a file names the columns."""
        if name not in self._writers:
            self.open(name).writerow(columns)
        self._writers[name].writerow([told.get(column, "") for column in columns])

    def line(self, name: str, cells: Sequence[str]) -> None:
        """A line of a file that is open."""
        self._writers[name].writerow(cells)

    def open(self, name: str) -> Any:
        """Begin a file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / name
        stream = self._stack.enter_context(path.open("w", encoding="utf-8", newline=""))
        self._writers[name] = csv.writer(stream, lineterminator="\n")
        return self._writers[name]
