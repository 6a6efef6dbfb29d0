"""Pictures that would share one label file, ``a.jpg`` and ``a.png``: an error, or a new name."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from itertools import count

from formats import files
from formats.errors import FormatError
from formats.options import Collision

__all__ = ["Namesakes", "stem"]


def stem(path: str) -> str:
    """A path without its last ending: ``a/15.v2.final.jpg`` is ``a/15.v2.final``."""
    folder, name = posixpath.split(path)
    head, _, _ = name.rpartition(".")
    return posixpath.join(folder, head or name)


@dataclass(slots=True)
class Namesakes:
    """Gives each picture a path whose stem is its own. `renamed`: new path -> the one it had."""

    on_collision: Collision
    taken: dict[str, str] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)

    def place(self, path: str, split: str = "") -> str:
        """The path of a picture below the folder of the set, without ``.`` and doubled ``/``."""
        place = posixpath.normpath(files.safe(path))
        said = f"{path} of {split}" if split else path
        if stem(place) in self.taken:
            place = self._renamed(path, said, place)
        self.taken[stem(place)] = said
        return place

    def _renamed(self, path: str, said: str, place: str) -> str:
        if self.on_collision == "error":
            raise FormatError(
                f"{self.taken[stem(place)]} and {said} both map to the label file {stem(place)}",
                hint="--on-collision rename gives the later one a new name",
            )
        ending = place[len(stem(place)) :]
        tries = (f"{stem(place)}-{n}{ending}" for n in count(2))
        free = next(name for name in tries if stem(name) not in self.taken)
        self.renamed[free] = path
        return free
