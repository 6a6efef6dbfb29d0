"""What a picture is called in the file, and where it lies beside it."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from itertools import count

from formats import files, splits
from formats.dataset import Item
from formats.errors import FormatError
from formats.losses import Losses
from formats.options import Collision

__all__ = ["SPLITS", "Places", "split_of"]

SPLITS = ("train", "val", "test")


def split_of(item: Item, losses: Losses) -> str:
    """One of the three splits that ultralytics knows; any other counts as training."""
    told = bool(item.split) and item.split not in SPLITS
    losses.add("split other than train, val and test", told, item.split)
    losses.add("picture without a split, written as train", not item.split, item.path)
    found = splits.canonical(item.split)
    return found if found in SPLITS else SPLITS[0]


@dataclass(slots=True)
class Places:
    """Gives names out, each once in its split.

    A set with a `folder` of pictures has them at ``images/<split>/<name>``, where ultralytics
    allows no sub-folder; a lone file names the paths as they stand.
    """

    folder: bool
    on_collision: Collision
    losses: Losses
    taken: dict[tuple[str, str], str] = field(default_factory=dict)

    def name(self, item: Item, split: str) -> str:
        """The name of an item's picture."""
        path = posixpath.normpath(files.safe(item.path).replace("\\", "/"))
        name = self._bare(path, split) if self.folder else path
        if (split, name) in self.taken:
            name = self._other(name, item, split)
        self.taken[split, name] = item.path
        return name

    def _bare(self, path: str, split: str) -> str:
        folder, _, name = path.rpartition("/")
        known = folder in ("", "images", split, f"images/{split}", f"{split}/images")
        self.losses.add("folder of a picture", not known, path)
        return name

    def _other(self, name: str, item: Item, split: str) -> str:
        first = self.taken[split, name]
        if self.on_collision == "error":
            raise FormatError(
                f"{first} and {item.path} both map to the picture {name} of {split}",
                hint="on_collision=rename gives the later one a new name",
            )
        stem, dot, ending = name.rpartition(".")
        tries = (f"{stem}-{n}{dot}{ending}" for n in count(2))
        return next(found for found in tries if (split, found) not in self.taken)
