"""`Dataset`: labels, items and where they came from; items are lazy and can be walked twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.columns import nothing
from formats.losses import Losses

__all__ = ["Chunk", "Dataset", "Item", "Label", "Media", "Source"]

CHUNK_ITEMS = 2000


@dataclass(frozen=True, slots=True)
class Label:
    """A class: its name, its id in the source, and its skeleton where it has keypoints.

    `bones` are pairs of 0-based keypoint indices; `mirror[k]` is keypoint k of the mirrored
    picture.
    """

    name: str
    id: int | None = None
    supercategory: str = ""
    keypoints: tuple[str, ...] = ()
    bones: tuple[tuple[int, int], ...] = ()
    mirror: tuple[int, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=nothing)
    extra: Mapping[str, Any] = field(default_factory=nothing)


@dataclass(frozen=True, slots=True)
class Source:
    """Who made a row: a model, a person, the truth, or a consensus."""

    kind: Literal["model", "person", "truth", "consensus"]
    name: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class Media:
    """A clip: its file, frame size in pixels, number of frames, frames per second.

    `times` are presentation times in seconds where the rate varies; `first_number` is the number
    that the source gives to the first frame.
    """

    path: str
    size: tuple[int, int]
    frames: int
    rate: float
    times: tuple[float, ...] = ()
    first_number: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One picture or frame as one annotator saw it.

    `path` is relative to `Dataset.root`, with ``/``. `size` = (width, height) in pixels as
    displayed (EXIF orientation applied), None where unknown. `annotations` None = nobody looked;
    an empty table = looked, nothing there. `file` is where the picture lies, where it would not be
    found by its path (after a merge, or in another split); no format writes it.
    """

    path: str
    size: tuple[int, int] | None = None
    annotations: Annotations | None = None
    id: int | None = None
    annotator: str = ""
    split: str = ""
    media: int | None = None
    frame: int | None = None
    time: float | None = None
    status: str = ""
    extra: Mapping[str, Any] = field(default_factory=nothing)
    file: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Up to a few thousand items and the ONE table of all their rows.

    `annotations.images` holds the position of the item in the chunk. Items carry no table of
    their own; `looked` (M,) tells which were looked at. Rows are sorted by item.
    """

    items: Sequence[Item]
    annotations: Annotations
    looked: NDArray[np.bool_]

    def sizes(self) -> NDArray[np.float64]:
        """(M, 2) width and height in pixels, NaN where unknown."""
        nothing = (np.nan, np.nan)
        sizes = [nothing if item.size is None else item.size for item in self.items]
        return np.array(sizes, dtype=np.float64).reshape(-1, 2)

    def paths(self) -> list[str]:
        """The paths of the items."""
        return [item.path for item in self.items]

    def walk(self) -> Iterator[Item]:
        """The items with their own tables: views of the rows of the chunk."""
        bounds = np.searchsorted(self.annotations.images, np.arange(len(self.items) + 1))
        for i, item in enumerate(self.items):
            if not self.looked[i]:
                yield item
                continue
            rows = self.annotations[int(bounds[i]) : int(bounds[i + 1])]
            images = np.zeros(len(rows), dtype=np.int32)
            yield replace(item, annotations=rows.with_columns(images=images))

    @staticmethod
    def of(items: Sequence[Item]) -> Chunk:
        """The chunk of some items that hold their own tables."""
        tables = [item.annotations for item in items if item.annotations is not None]
        looked = np.array([item.annotations is not None for item in items], dtype=bool)
        lengths = np.array([len(table) for table in tables], dtype=np.int64)
        images = np.repeat(np.flatnonzero(looked), lengths).astype(np.int32)
        bare = [replace(item, annotations=None) for item in items]
        return Chunk(bare, Annotations.concat(tables).with_columns(images=images), looked)


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Labels and items. `chunks` is called for every walk, so that a dataset can be walked twice.

    `extra` holds what belongs to the whole (COCO's info and licences); `root` is the folder that
    item paths are relative to, "" where unknown.
    """

    labels: tuple[Label, ...]
    chunks: Callable[[], Iterator[Chunk]]
    sources: tuple[Source, ...] = ()
    media: tuple[Media, ...] = ()
    root: str = ""
    extra: Mapping[str, Any] = field(default_factory=nothing)
    losses: Losses = field(default_factory=Losses)
    """What reading had to leave out or found odd; complete after the first walk."""
    expected: int = 0
    """About how many items a walk has, for displays; 0 where nobody knows."""
    task: str = ""
    """What COCO's files of these annotations are called: ``instances``, ``person_keypoints``."""

    @classmethod
    def of(cls, labels: Iterable[Label], items: Sequence[Item], **rest: Any) -> Dataset:
        """A dataset over items that are in memory."""
        return cls(tuple(labels), lambda: chunked(items), **rest)

    @property
    def items(self) -> Iterator[Item]:
        """A new walk over the items, each with its own table."""
        return (item for chunk in self.chunks() for item in chunk.walk())

    def by_image(self) -> dict[str, list[Item]]:
        """The items of each path: one per annotator."""
        groups: dict[str, list[Item]] = {}
        for item in self.items:
            groups.setdefault(item.path, []).append(item)
        return groups


def chunked(items: Iterable[Item], size: int = CHUNK_ITEMS) -> Iterator[Chunk]:
    """Items in chunks of up to `size`."""
    batch: list[Item] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield Chunk.of(batch)
            batch = []
    if batch:
        yield Chunk.of(batch)
