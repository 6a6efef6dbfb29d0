"""The classes of a file that lists none: in the order in which they are met."""

from __future__ import annotations

from collections.abc import Iterable

from formats.dataset import Label

__all__ = ["Classes"]


class Classes:
    """Numbers for names: first those that are known, then new ones as they come."""

    def __init__(self, known: Iterable[Label] = ()) -> None:
        self.labels = list(known)
        self.place = {label.name: k for k, label in enumerate(self.labels)}

    def number(self, name: str) -> int:
        """The number of a name."""
        if name not in self.place:
            self.place[name] = len(self.labels)
            self.labels.append(Label(name))
        return self.place[name]
