"""What was wrong while reading: told by file and line, counted, and fatal only when strict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from formats.errors import FormatError
from formats.losses import Losses
from formats.yolo.rows import Rows

__all__ = ["Problems"]


@dataclass(slots=True)
class Problems:
    """Counts of what reading left out or finds odd; `strict` makes leaving out an error."""

    strict: bool = False
    losses: Losses = field(default_factory=Losses)

    def left_out(self, what: str, place: object, detail: str, count: int = 1) -> None:
        """`count` objects or pictures are not read; FormatError when strict."""
        if self.strict:
            raise FormatError(detail, where=place)
        self.losses.add(f"{what} left out", count, f"{place}: {detail}")

    def odd(self, what: str, count: int, place: object) -> None:
        """Something is read as something else, or not used."""
        self.losses.add(what, count, place)

    def kept(self, what: str, count: int, place: object) -> None:
        """Something is kept as it stands that other tools refuse."""
        self.losses.warn(what, count, place)

    def drop(
        self,
        rows: Rows,
        bad: NDArray[np.bool_],
        names: Sequence[str],
        detail: Callable[[int], str],
    ) -> Rows:
        """The rows without the `bad` ones, of which the first is described by `detail(row)`."""
        if not bad.any():
            return rows
        first = int(np.flatnonzero(bad)[0])
        place = f"{names[int(rows.files[first])]}:{int(rows.numbers[first])}"
        self.left_out("line", place, detail(first), int(bad.sum()))
        return rows.keep(~bad)
