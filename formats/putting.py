"""Pictures put in their places: linked or copied."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from formats import pictures, rehearsal, unpacking
from formats.dataset import Item
from formats.losses import Losses
from formats.options import Images

__all__ = ["Putter"]


class Putter:
    """Links or copies the pictures of a set from `root`, the folder of their data set.

    Those of an archive are copied always, because what was unpacked does not stay.
    Links are relative: the set and its pictures may move together. `folder` may be a staging one,
    because the finished one stands beside it.
    """

    def __init__(self, root: str, folder: Path, images: Images) -> None:
        self.finder, self.folder, self.images = pictures.Finder(root), folder, images
        self.missing: list[str] = []
        self.total = 0
        self._made: set[Path] = set()

    def put(self, item: Item, place: str) -> bool:
        """Put one picture at `place`; one that is not found is counted. Whether it lies there."""
        if self.images == "none":
            return False
        self.total += 1
        file = self.finder.find(item)
        if not file:
            self.missing.append(item.path)
            return False
        source = Path(file)
        if rehearsal.is_running():
            return True
        target = self.folder / place
        self._make(target.parent)
        if self.images == "link" and not unpacking.is_temporary(source):
            target.symlink_to(os.path.relpath(source.resolve(), target.parent.resolve()))
        else:
            shutil.copyfile(source, target)
        return True

    def _make(self, folder: Path) -> None:
        if folder not in self._made:
            folder.mkdir(parents=True, exist_ok=True)
            self._made.add(folder)

    def report(self, losses: Losses) -> None:
        """Tell what is left to do before a trainer finds all pictures."""
        if self.images == "none":
            losses.note("pictures are not part of the set: images=link or images=copy puts them in")
        elif self.missing:
            example = f"{len(self.missing)} of {self.total} pictures, such as {self.missing[0]}"
            losses.note(f"not found and not put in their places: {example}")
