"""What is wrong with a clip, told instead of raised: frames that are missing or damaged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

__all__ = ["Fault", "Faults"]


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault of the frames `first` to `last` (both included); -1: of the whole clip."""

    first: int
    last: int
    what: str

    def __str__(self) -> str:
        if self.first < 0:
            return self.what
        if self.first == self.last:
            return f"frame {self.first}: {self.what}"
        return f"frames {self.first} to {self.last}: {self.what}"


class Faults:
    """Faults as they are found; neighbouring frames with the same one share a line."""

    def __init__(self) -> None:
        self._frames: dict[str, set[int]] = {}

    def clip(self, what: str) -> None:
        """A fault of the whole clip."""
        self._frames.setdefault(what, set()).add(-1)

    def frames(self, indices: Iterable[int], what: str) -> None:
        """A fault of some frames; none: no fault."""
        found = set(indices)
        if found:
            self._frames.setdefault(what, set()).update(found)

    def lines(self) -> list[Fault]:
        """The faults in order of their first frame."""
        return sorted(
            Fault(first, last, what)
            for what, frames in self._frames.items()
            for first, last in _runs(sorted(frames))
        )


def _runs(frames: list[int]) -> Iterator[tuple[int, int]]:
    """(first, last) of each run of consecutive numbers; -1 stands alone."""
    start = 0
    for i, frame in enumerate(frames):
        if i + 1 == len(frames) or frames[i + 1] != frame + 1 or frame < 0:
            yield frames[start], frame
            start = i + 1
