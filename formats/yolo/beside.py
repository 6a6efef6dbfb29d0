"""The files beside the labels: lists, data.yaml, sizes, scores, the maps of classes and names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from formats import files, size_list
from formats.dataset import Item, Label
from formats.errors import FormatError
from formats.losses import Losses
from formats.namesakes import Namesakes
from formats.yolo import darknet, sidecar, yaml_file
from formats.yolo import labels as classes
from formats.yolo.options import Tree
from formats.yolo.paths import is_picture

__all__ = ["Beside"]

NO_SPLIT = "images"


class Beside:
    """Collects what stands beside the label files, and writes it at the end."""

    def __init__(self, folder: Path, tree: Tree = "ultralytics") -> None:
        self.folder, self.tree = folder, tree
        self.lists: dict[str, bytearray] = {}
        self.rows = bytearray()
        self.unread: list[str] = []
        self._scores: BinaryIO | None = None

    def picture(self, place: str, item: Item) -> None:
        """List a picture in its split, whether it has labels or not."""
        lead, split = (
            ("", darknet.key(item.split)) if self.tree == "darknet" else ("./", item.split)
        )
        self.lists.setdefault(split, bytearray()).extend(f"{lead}{place}\n".encode())
        if not is_picture(place):
            self.unread.append(f"{lead}{place}")
        if item.size is not None:
            self.rows += size_list.row(place, item.size).encode()

    def scores(self, line: bytes) -> None:
        """Add the scores and tracks of one label file."""
        if not line:
            return
        if self._scores is None:
            self._scores = files.create(self.folder / sidecar.FILE)
        self._scores.write(line)

    def finish(
        self,
        task: str,
        labels: Sequence[Label],
        further: Mapping[str, Any],
        places: Namesakes,
        losses: Losses,
    ) -> None:
        """Write all of it; a set without a `task` has no data.yaml, where `further` keys go."""
        if self._scores is not None:
            self._scores.close()
            losses.note(f"scores and tracks stand in {sidecar.FILE}")
        what = "picture of an ending that ultralytics does not load"
        losses.add(what, len(self.unread), "".join(self.unread[:1]))
        if not self.lists:
            self.lists[darknet.key("") if self.tree == "darknet" else ""] = bytearray()
        names = {split: self._list(split, lines, places) for split, lines in self.lists.items()}
        if self.tree == "darknet":
            self._write(darknet.NAMES, darknet.names(labels, losses))
            self._write(darknet.FILE, darknet.text(len(labels), names))
        elif task:
            document = yaml_file.text(task, labels, names, further)
            self._write("data.yaml", document.encode())
        self._write(size_list.FILE, bytes(self.rows))
        self._write(classes.FILE, classes.written(labels))
        places.write(self.folder, losses)

    def _list(self, split: str, lines: bytearray, places: Namesakes) -> str:
        name = files.safe(f"{split or NO_SPLIT}.txt", "split")
        if "/" in name or name in places.taken:
            raise FormatError(f"the list {name} of the split {split!r} has no place of its own")
        self._write(name, bytes(lines))
        return name

    def _write(self, name: str, data: bytes) -> None:
        files.put(self.folder / name, data)
