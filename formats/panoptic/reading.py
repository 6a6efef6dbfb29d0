"""Panoptic files as one data set: parsed once, PNG files decoded chunk by chunk on every walk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import Raw

from formats import files, json_file
from formats.coco import categories, parsing, reading
from formats.coco.images import Pictures
from formats.coco.layout import File
from formats.coco.parsing import Objects
from formats.dataset import Chunk, Dataset, Label
from formats.errors import FormatError
from formats.losses import Losses
from formats.panoptic import layout
from formats.panoptic.options import PanopticOptions
from formats.panoptic.segments import Pixels, table
from formats.walks import Spans

__all__ = ["read"]

CHUNK_ITEMS = 200
"""Pictures of a chunk: fewer than elsewhere, because masks are large."""
LISTS = frozenset({"images", "annotations", "categories"})
KNOWN = frozenset({"image_id", "file_name", "segments_info"})


class _Entry(msgspec.Struct):
    """What a picture's annotation must tell."""

    image_id: int
    file_name: str = ""
    segments_info: Raw = Raw(b"[]")


@dataclass(slots=True)
class _Picture:
    """The annotation of a picture: its place in the file, its PNG and its segments."""

    where: str
    file_name: str
    segments: Objects


@dataclass(slots=True)
class _Part:
    """One parsed file; `annotated` by the position of the image."""

    file: File
    folder: Path
    labels: list[Label]
    pictures: Pictures
    header: dict[str, Any]
    annotated: dict[int, _Picture]
    classes: dict[int, int] = field(default_factory=dict)

    def unique(self) -> bool:
        """Whether no segment id occurs twice, so that they can be ids of annotations."""
        ids = [row.id for one in self.annotated.values() for row in one.segments.rows]
        return len(set(ids)) == len(ids)


def read(path: Path, options: PanopticOptions) -> Dataset:
    """The data set of a panoptic file, or of a folder of them: one split each."""
    losses = Losses()
    parts = [_part(file, options, losses) for file in layout.found(path, options)]
    labels = categories.merged([part.labels for part in parts], losses)
    place = {key: k for k, (key, _) in enumerate(categories.keyed(labels))}
    for part in parts:
        part.classes = {int(e.id or 0): place[key] for key, e in categories.keyed(part.labels)}
    walks = [_Walk(part, losses) for part in parts]
    return Dataset(
        labels,
        lambda: chain.from_iterable(walk.chunks() for walk in walks),
        root=str(parts[0].file.root),
        extra=_header(parts),
        losses=losses,
    )


def _header(parts: list[_Part]) -> dict[str, Any]:
    """Info, licences and unknown keys: those that all files share, the rest by split."""
    first = parts[0].header
    shared = {k: v for k, v in first.items() if all(p.header.get(k) == v for p in parts)}
    own = {p.file.split: {k: v for k, v in p.header.items() if k not in shared} for p in parts}
    by_split = {split: header for split, header in own.items() if header}
    return {**shared, **({"splits": by_split} if by_split else {})}


def _part(file: File, options: PanopticOptions, losses: Losses) -> _Part:
    found = json_file.document(file.path, losses)
    if not isinstance(found, dict):
        what = "a list, expected an object with images, annotations and categories"
        raise FormatError(what, where=file.path)
    images = json_file.entries(found.get("images"), file.path, "images")
    pictures = Pictures(images, file, options, losses)
    raws = json_file.entries(found.get("annotations"), file.path, "annotations")
    header = {
        k: json_file.decoded(v, Any, str(file.path)) for k, v in found.items() if k not in LISTS
    }
    return _Part(
        file,
        layout.segments(file.path, options),
        reading.labels_of(found.get("categories"), file.path),
        pictures,
        header,
        _annotated(raws, file.path, pictures, losses),
    )


def _annotated(
    raws: list[Raw], path: Path, pictures: Pictures, losses: Losses
) -> dict[int, _Picture]:
    """The annotations by the position of their image; what belongs to none is counted."""
    found: dict[int, _Picture] = {}
    for number, raw in enumerate(raws):
        where = files.pointer(path, "annotations", number)
        try:
            entry = msgspec.json.decode(raw, type=_Entry)
        except msgspec.ValidationError as error:
            losses.add("annotation that cannot be read", example=f"{where}: {error}")
            continue
        position = pictures.place.get(entry.image_id, -1)
        if position < 0:
            place = f"{where}/image_id = {entry.image_id}"
            losses.add("annotation whose image_id is not in the file", example=place)
        elif position in found:
            losses.add("second annotation of an image", example=where)
        else:
            _count_unknown(raw, losses, where)
            objects = _segments(entry, path, number, losses)
            found[position] = _Picture(where, entry.file_name, objects)
    return found


def _count_unknown(raw: Raw, losses: Losses, where: str) -> None:
    keys = msgspec.json.decode(raw, type=dict[str, Raw]).keys() - KNOWN
    losses.add(
        "unknown key of an image's annotation", len(keys), f"{where}/{min(keys, default='')}"
    )


def _segments(entry: _Entry, path: Path, number: int, losses: Losses) -> Objects:
    """The segments as COCO's objects, whose keys theirs are; an image id they have not."""
    where = files.pointer(path, "annotations", number, "segments_info")
    raws = json_file.decoded(entry.segments_info, list[Raw], where)
    texts = [_with_image(bytes(raw).strip()) for raw in raws]
    key = f"annotations {number} segments_info"
    return parsing.objects(Raw(b"[" + b",".join(texts) + b"]"), path, losses, key)


def _with_image(text: bytes) -> bytes:
    if not text.startswith(b"{"):
        return text
    rest = text[1:].lstrip()
    return b'{"image_id":0' + (b"" if rest == b"}" else b",") + rest


class _Walk:
    """The chunks of one file; what is odd is told on the first walk alone."""

    def __init__(self, part: _Part, losses: Losses) -> None:
        self.part, self.spans = part, Spans(losses, CHUNK_ITEMS)
        self.unique = part.unique()

    def chunks(self) -> Iterator[Chunk]:
        """Chunks in the order of the file's images."""
        part = self.part
        for span, losses in self.spans.over(len(part.pictures)):
            found = [part.annotated.get(k) for k in range(span.start, span.stop)]
            pixels = Pixels(part.folder, part.classes, self.unique, losses)
            for position, one in enumerate(found):
                if one is not None:
                    pixels.add(position, one.where, one.file_name, one.segments)
            items = part.pictures.items(span.start, span.stop)
            yield Chunk(items, table(pixels), _looked(found))


def _looked(found: list[_Picture | None]) -> Any:
    return np.array([one is not None for one in found], dtype=bool)
