"""Pictures that would share one place, ``a.jpg`` and ``a.png``: an error, or a new name."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import orjson

from formats import files
from formats.counting import counted
from formats.errors import FormatError
from formats.losses import Losses
from formats.options import Collision

__all__ = ["FILE", "Namesakes", "stem", "tidy"]

FILE = "renamed.json"
ANNOTATORS = "one answer of several annotators: prelabel consensus; "


def stem(path: str) -> str:
    """A path without its last ending: ``a/15.v2.final.jpg`` is ``a/15.v2.final``."""
    name = path.rpartition("/")[2]
    head = name.rpartition(".")[0] or name
    return path[: len(path) - len(name) + len(head)]


def tidy(path: str) -> str:
    """The path of a picture below the folder of the set, without ``.`` and doubled ``/``.

    ``\\``, which other systems write between folders, becomes ``/``. FormatError where the path
    leaves the folder.
    """
    if files.is_plain(path):
        return path
    return posixpath.normpath(files.safe(path).replace("\\", "/"))


@dataclass(slots=True)
class Namesakes:
    """Gives places out, each once. `renamed` maps a new place to the path that it was given for.

    Pictures share a place where their `key` is one: the file of the labels, as a rule. `what` is
    what messages call it.
    """

    on_collision: Collision
    key: Callable[[str], str] = stem
    what: str = "the label file "
    taken: dict[str, str] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)

    def place(self, place: str, path: str, split: str = "") -> str:
        """The place for a picture of some path, or of that path in some split: `place`, if free."""
        return self.keyed(place, path, split)[0]

    def keyed(self, place: str, path: str, split: str = "") -> tuple[str, str]:
        """The same and its key."""
        said = f"{path} of {split}" if split else path
        key = self.key(place)
        if key in self.taken:
            place = self._free(place, said)
            key = self.key(place)
            self.renamed[place] = path
        self.taken[key] = said
        return place, key

    def _free(self, place: str, said: str) -> str:
        """``a/1.jpg`` as ``a/1-2.jpg``, or with the next number that is free."""
        key, start = self.key(place), stem(place)
        if self.on_collision == "error":
            twice = ANNOTATORS if self.taken[key] == said else ""
            raise FormatError(
                f"{self.taken[key]} and {said} both map to {self.what}{key}",
                hint=f"{twice}on_collision=rename gives the later one a new name",
            )
        tries = (f"{start}-{n}{place[len(start) :]}" for n in count(2))
        return next(name for name in tries if self.key(name) not in self.taken)

    def write(self, folder: Path, losses: Losses, name: str = FILE) -> None:
        """The map of new names below a folder, and a note on it, where there are any."""
        if not self.renamed:
            return
        files.put(folder / name, orjson.dumps(self.renamed, option=orjson.OPT_INDENT_2) + b"\n")
        losses.note(counted(len(self.renamed), f"picture with a new name, see {name}"))
