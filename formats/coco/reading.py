"""COCO files as one data set: parsed once, tables made chunk by chunk on every walk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Raw
from numpy.typing import NDArray

from formats import files, json_file, json_places, json_scan
from formats.coco import categories, layout, parsing, videos
from formats.coco.annotated import NOTHING, Annotated
from formats.coco.columns import SHORT, Set, table
from formats.coco.images import Pictures
from formats.coco.options import CocoOptions
from formats.coco.parsing import Objects
from formats.dataset import CHUNK_ITEMS, Chunk, Dataset, Label, Media
from formats.errors import FormatError
from formats.json_places import Entries, Held, Placed
from formats.losses import Losses

__all__ = ["Part", "dataset", "part", "read"]

LISTS = ("images", "annotations", "categories")
LEAN_ITEMS = 400
"""Images of a chunk where memory is scarce."""


@dataclass(slots=True)
class Part:
    """One parsed file: its own categories, images and annotations, and its other keys."""

    file: layout.File
    labels: list[Label]
    pictures: Pictures
    objects: Objects | Annotated
    header: dict[str, Any]
    classes: dict[int, int] = field(default_factory=dict)
    """Category id -> index into the labels of the whole data set."""
    looked: bool = True
    """False for a file without a list of annotations, such as COCO's image_info_test2017.json."""


def read(path: Path, options: CocoOptions) -> Dataset:
    """The data set of a COCO file, or of a folder of them: one split each."""
    losses = Losses()
    found = layout.found(path, options)
    parts = [part(file, options, losses) for file in found]
    if others := layout.passed_over(path, found):
        losses.note(f"not read, unless they are named: {', '.join(others)}")
    return dataset(parts, losses, options.low_memory)


def part(
    file: layout.File, options: CocoOptions, losses: Losses, need_objects: bool = True
) -> Part:
    """One file, its annotations left to be decoded; without them where they are not needed."""
    found, objects = _scanned(file.path, options, losses) or _held(file.path, losses)
    header = {
        k: json_file.decoded(v, Any, str(file.path))
        for k, v in found.items()
        if k not in LISTS and isinstance(v, bytes | Raw)
    }
    looked = "annotations" in found or "images" not in found
    if not looked:
        found = {"annotations": Raw(b"[]"), "categories": Raw(b"[]"), **found}
    images, annotations = (_entries(found, file.path, key) for key in LISTS[:2])
    return Part(
        file,
        _labels(found, file.path),
        Pictures(images, file, options, losses),
        objects.of(annotations) if need_objects else Objects(),
        header,
        looked=looked,
    )


def _labels(found: Mapping[str, Any], path: Path) -> list[Label]:
    """The categories; FormatError for none, with what a file of captions is."""
    if "categories" not in found and path.name.startswith("captions"):
        raise FormatError("captions, expected objects of categories", where=path)
    return labels_of(_raw(found.get("categories")), path)


def _scanned(
    path: Path, options: CocoOptions, losses: Losses
) -> tuple[Mapping[str, Any], Annotated] | None:
    """The keys of a file whose lists stay where they are; None where that cannot be done."""
    objects = Annotated(path, losses)
    lists: dict[str, tuple[json_scan.Decoder, json_scan.Seen]] = {
        "images": (json_scan.MEMBERS, lambda _: None),
        "annotations": (objects.decoder, objects.seen),
    }
    try:
        with parsing.paused():
            return json_scan.scan(json_places.opened(path, options.low_memory), lists), objects
    except json_scan.Unclear:
        return None


def _held(path: Path, losses: Losses) -> tuple[Mapping[str, Any], Annotated]:
    """The keys of a file that is in memory as a whole."""
    found = json_file.document(path, losses)
    if not isinstance(found, dict):
        raise FormatError(
            "a list, expected an object with images, annotations and categories",
            where=path,
            hint="a list of results is --from coco-results with -o categories=FILE",
        )
    return found, Annotated(path, losses)


def _entries(found: Mapping[str, Any], path: Path, key: str) -> Entries:
    """The members of one of the lists; FormatError where it is none."""
    value = found.get(key)
    return value if isinstance(value, Placed) else Held(json_file.entries(_raw(value), path, key))


def _raw(value: Raw | bytes | None) -> Raw | None:
    return Raw(value) if isinstance(value, bytes) else value


def labels_of(raw: Raw | None, path: Path) -> list[Label]:
    """The categories of a file as labels, in file order; an id that occurs twice is an error."""
    labels: list[Label] = []
    for k, entry in enumerate(json_file.entries(raw, path, "categories")):
        where = files.pointer(path, "categories", k)
        found = categories.label(json_file.decoded(entry, dict[str, Any], where), where)
        if found in labels:  # the same once more
            continue
        if any(found.id == other.id for other in labels):
            raise FormatError(f"the category id {found.id} occurs twice", where=where)
        labels.append(found)
    return labels


def dataset(parts: Sequence[Part], losses: Losses, lean: bool = False) -> Dataset:
    """The data set of some parsed files; `lean`: in smaller chunks."""
    labels = categories.merged([part.labels for part in parts], losses)
    place = {key: k for k, (key, _) in enumerate(categories.keyed(labels))}
    for part in parts:
        part.classes = {int(e.id or 0): place[key] for key, e in categories.keyed(part.labels)}
    media, listed = _videos(parts, losses)
    walks = [_Walk(part, losses, lean) for part in parts]
    return Dataset(
        labels,
        lambda: chain.from_iterable(walk.chunks() for walk in walks),
        media=media,
        root=str(parts[0].file.root),
        extra={**_header(parts), **({videos.KEY: listed} if listed else {})},
        losses=losses,
        expected=sum(len(part.pictures) for part in parts),
        task=_task(parts),
    )


def _task(parts: Sequence[Part]) -> str:
    """What all the files are called before their splits; "" where they differ."""
    first, *others = {layout.task_of(part.file.path) for part in parts}
    return "" if others else first


def _videos(
    parts: Sequence[Part], losses: Losses
) -> tuple[tuple[Media, ...], list[dict[str, Any]]]:
    """The clips of all files, and their entries as they stand."""
    media: list[Media] = []
    listed: list[dict[str, Any]] = []
    for part in parts:
        if videos.KEY in part.header:
            found = videos.of_header(part.header, part.pictures.told(), losses)
            found.first = len(media)
            part.pictures.videos = found
            media += found.media
            listed += found.entries
    return tuple(media), listed


def _header(parts: Sequence[Part]) -> Mapping[str, Any]:
    """Info, licences and unknown keys: those that all files share, the rest by split."""
    first = parts[0].header
    shared = {k: v for k, v in first.items() if all(p.header.get(k) == v for p in parts)}
    own = {
        part.file.split: {k: v for k, v in part.header.items() if k not in shared} for part in parts
    }
    by_split = {split: header for split, header in own.items() if header}
    return {**shared, **({"splits": by_split} if by_split else {})}


class _Walk:
    """The chunks of one file. Annotations are put in the order of their images once, here."""

    def __init__(self, part: Part, losses: Losses, lean: bool) -> None:
        self.part, self.losses = part, losses
        self.size = LEAN_ITEMS if lean else CHUNK_ITEMS
        images, labels = part.objects.belonging(part.pictures.place, part.classes)
        part.pictures.place.clear()  # asked for once; where many images are, this is much
        self._count("image_id", images == NOTHING)
        self._count("category_id", (images >= 0) & (labels < 0))
        usable = np.flatnonzero((images >= 0) & (labels >= 0))
        self.order = usable[np.argsort(images[usable], kind="stable")].astype(np.int32)
        self.images, self.labels = images[self.order], labels[self.order]
        self.told: set[int] = set()

    def _count(self, key: str, wrong: NDArray[np.bool_]) -> None:
        """Annotations that point to nothing cannot be kept."""
        if wrong.any():
            row = int(np.argmax(wrong))
            where = self.part.objects.where(row)
            some, _ = self.part.objects.some(np.array([row], np.int32), Losses())
            value = getattr(some[0], key)
            what = f"annotation whose {key} is not in the file"
            self.losses.add(what, int(wrong.sum()), f"{where}/{key} = {value}")

    def chunks(self) -> Iterator[Chunk]:
        """Chunks of up to 2,000 images, in the order of the file."""
        total = len(self.part.pictures)
        for start in range(0, total, self.size):
            stop = min(start + self.size, total)
            first, last = np.searchsorted(self.images, [start, stop])
            with parsing.paused():
                items = self.part.pictures.items(start, stop)
                rows = table(self._set(slice(first, last), start))
            yield Chunk(items, rows, np.full(len(items), self.part.looked))

    def _set(self, span: slice, start: int) -> Set:
        order, first = self.order[span].astype(np.int64), start not in self.told
        self.told.add(start)
        rows, further = self.part.objects.some(order, self.losses if first else Losses())
        return Set(
            rows,
            (self.images[span] - start).astype(np.int32),
            self.labels[span],
            further,
            _Odd(self, order.tolist()) if first else [],
            bool(self.part.pictures.videos.media),
        )


class _Odd(list[tuple[int, str]]):
    """Takes what a chunk cannot use and notes its place in the file."""

    def __init__(self, walk: _Walk, order: list[int]) -> None:
        self.walk, self.rows = walk, order

    def append(self, found: tuple[int, str]) -> None:
        """Note one row."""
        row, what = found
        where = self.walk.part.objects.where(self.rows[row])
        if what == SHORT:
            self.walk.losses.add(what, example=where)
        else:
            self.walk.losses.warn(f"{what}; carried as it stands", example=where)
