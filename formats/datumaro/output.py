"""One file of Datumaro that is being written, item by item."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

from formats import files, json_text
from formats.dataset import Dataset
from formats.datumaro import categories
from formats.datumaro.categories import KEY
from formats.tracks import filling

__all__ = ["LOST", "Output"]

VERSION, IMAGES = "1.0", 2
"""The version of the format, and datumaro's number for pictures."""
OWN = frozenset({KEY, "splits", "videos", "infos", filling.KEY})
"""Keys of `Dataset.extra` that are no keys of a file, or that are written for themselves."""
LOST = frozenset({"splits", "videos"})
LISTED = ("dm_format_version", "media_type", "infos", "categories", "items")


class Output:
    """A context: the file is complete when the block ends without an error.

    `ids` and `paths` are those of the items that it has.
    """

    def __init__(self, path: Path, dataset: Dataset) -> None:
        self.stream = files.create(path)
        self.ids: set[str] = set()
        self.paths: set[str] = set()
        infos = dataset.extra.get("infos")
        head: dict[str, Any] = {"dm_format_version": VERSION, "media_type": IMAGES}
        head["infos"] = infos if isinstance(infos, dict) else {}
        kept = {k: v for k, v in dataset.extra.items() if k not in OWN and k not in LISTED}
        head |= {**kept, "categories": categories.written(dataset.labels, dataset.extra.get(KEY))}
        self.stream.write(json_text.dumps(head)[:-1] + b',"items":[')

    def add(self, item: dict[str, Any]) -> None:
        """Write one item."""
        lead = b",\n" if len(self.ids) > 1 else b"\n"
        self.stream.write(lead + json_text.dumps(item, where=str(item["id"])))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        with self.stream:
            if kind is None:
                self.stream.write(b"\n]}\n")
