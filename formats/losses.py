"""What a target format could not hold: the loss report of `convert` and of every writer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["Loss", "Losses"]


@dataclass(slots=True)
class Loss:
    """`what` was left out, changed or moved aside `count` times; `example` is the first place."""

    what: str
    count: int
    example: str = ""

    def __str__(self) -> str:
        return f"{self.count} x {self.what}" + (f" (first: {self.example})" if self.example else "")


@dataclass(slots=True)
class Losses:
    """Counts by kind of loss, in the order of their first occurrence. Falsy when nothing is lost.

    `notes` are facts that lose nothing: a map file that was written, ids that were kept.
    """

    by_kind: dict[str, Loss] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, what: str, count: int = 1, example: object = "") -> None:
        """Count `what`; nothing happens for a count of 0."""
        if count <= 0:
            return
        loss = self.by_kind.setdefault(what, Loss(what, 0, str(example)))
        loss.count += int(count)

    def note(self, text: str) -> None:
        """Tell a fact once."""
        if text not in self.notes:
            self.notes.append(text)

    def merge(self, other: Losses) -> None:
        """Add another report to this one."""
        for loss in other:
            self.add(loss.what, loss.count, loss.example)
        for text in other.notes:
            self.note(text)

    def __iter__(self) -> Iterator[Loss]:
        return iter(self.by_kind.values())

    def __bool__(self) -> bool:
        return bool(self.by_kind)
