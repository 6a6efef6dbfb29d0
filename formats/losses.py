"""What a target format could not hold: the loss report of `convert` and of every writer."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from formats.counting import counted, plural
from formats.errors import FormatError

__all__ = ["Loss", "Losses"]

_LITERAL = re.compile(r"\[")
"""What `fnmatchcase` would take for a set of characters."""


@dataclass(slots=True)
class Loss:
    """`what` was left out, changed or moved aside `count` times; `example` is the first place.

    `what` is a noun in the singular, with what follows it: ``polygon with holes``.
    """

    what: str
    count: int
    example: str = ""

    def named(self, kind: str) -> bool:
        """Whether `kind` is what was lost, in singular or plural; ``*`` stands for any text."""
        names = (self.what.lower(), plural(self.what).lower())
        return any(fnmatchcase(name, _LITERAL.sub("[[]", kind.strip().lower())) for name in names)

    def __str__(self) -> str:
        words = counted(self.count, self.what)
        return f"{words} (first: {self.example})" if self.example else words


@dataclass(slots=True)
class Losses:
    """Counts by kind of loss, in the order of their first occurrence. Falsy when nothing is lost.

    `notes` are facts that lose nothing: a map file that was written, ids that were kept.
    `warnings` count what is kept but looks wrong: a size that is not the picture's.
    """

    by_kind: dict[str, Loss] = field(default_factory=dict)
    warnings: dict[str, Loss] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    merged: list[Losses] = field(default_factory=list, repr=False, compare=False)
    under: Losses | None = field(default=None, repr=False, compare=False)
    """A report that is merged wherever this one is, before it."""

    def add(self, what: str, count: int = 1, example: object = "") -> None:
        """Count `what`; nothing happens for a count of 0."""
        _count(self.by_kind, what, count, example)

    def warn(self, what: str, count: int = 1, example: object = "") -> None:
        """Count something that is kept as it stands but looks wrong."""
        _count(self.warnings, what, count, example)

    def note(self, text: str) -> None:
        """Tell a fact once."""
        if text not in self.notes:
            self.notes.append(text)

    def note_counts(self, counts: Mapping[str, int]) -> None:
        """Tell how often what was done, by a noun in the singular with what follows it."""
        for what, count in counts.items():
            if count:
                self.note(counted(count, what))

    def merge(self, other: Losses) -> None:
        """Add another report to this one; the same report a second time adds nothing."""
        if any(other is known for known in self.merged):
            return
        self.merged.append(other)
        if other.under is not None:
            self.merge(other.under)
        for loss in other:
            self.add(loss.what, loss.count, loss.example)
        for odd in other.warnings.values():
            self.warn(odd.what, odd.count, odd.example)
        for text in other.notes:
            self.note(text)

    def __iter__(self) -> Iterator[Loss]:
        return iter(self.by_kind.values())

    def __bool__(self) -> bool:
        return bool(self.by_kind)

    def refuse(self, where: object, allow: Iterable[str] = ()) -> None:
        """FormatError that tells every loss that `allow` does not name (``--strict``).

        Nothing happens when there is none. `allow` are kinds, see `Loss.named`.
        """
        allow = tuple(allow)
        refused = [loss for loss in self if not any(map(loss.named, allow))]
        if refused:
            what = "; ".join(map(str, refused))
            flags = " ".join(f"--allow {shlex.quote(loss.what)}" for loss in refused)
            raise FormatError(what, where=where, hint=f"--strict refuses these, but with {flags}")


def _count(kinds: dict[str, Loss], what: str, count: int, example: object) -> None:
    if count > 0:
        kinds.setdefault(what, Loss(what, 0, str(example))).count += int(count)
