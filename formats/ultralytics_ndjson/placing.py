"""What a picture is called in the file, and where it lies beside it."""

from __future__ import annotations

from dataclasses import dataclass, field

from formats import splits
from formats.dataset import Item
from formats.losses import Losses
from formats.namesakes import Namesakes, tidy
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
    names: dict[str, Namesakes] = field(default_factory=dict)

    def name(self, item: Item, split: str) -> str:
        """The name of an item's picture."""
        path = tidy(item.path.replace("\\", "/"))
        name = self._bare(path, split) if self.folder else path
        if split not in self.names:
            self.names[split] = Namesakes(self.on_collision, str, "the picture ")
        return self.names[split].place(name, item.path)

    def _bare(self, path: str, split: str) -> str:
        folder, _, name = path.rpartition("/")
        known = folder in ("", "images", split, f"images/{split}", f"{split}/images")
        self.losses.add("folder of a picture", not known, path)
        return name
