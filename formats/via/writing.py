"""A data set as a project of VIA, its annotations alone, or CSV."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats import carrying, files, json_text, marks, staging, unheld
from formats.annotations import Annotation, Annotations
from formats.columns import Kind
from formats.dataset import Chunk, Dataset, Item
from formats.errors import FormatError
from formats.losses import Losses
from formats.sizing import Sizing
from formats.tracks import stills
from formats.via import csv_text
from formats.via.choosing import OWN
from formats.via.document import ATTRIBUTES, HEADER, ORDER, PICTURES
from formats.via.drawing import shapes
from formats.via.layout import NAME
from formats.via.options import ViaOptions
from formats.via.reading import CLASS
from formats.via.regions import FLAGS, NUMBERS

__all__ = ["HOLDS", "KINDS", "write"]

HOLDS = {
    **dict.fromkeys(("images", "kinds", "labels", "scores", "rings", "tracks", "flags"), 0.0),
    **dict.fromkeys(("ids", "groups", "attributes", "extra"), 0.0),
    **dict.fromkeys(("boxes", "rotated"), 1e-9),
}
KINDS = frozenset({Kind.BOX, Kind.ROTATED, Kind.ELLIPSE, Kind.POLYGON, Kind.LINE})
TAGS = frozenset({"images", "kinds", "labels", "boxes"})
USUAL = "label"
VERSION = "2.0.10"
SETTINGS = "_via_settings"
UNKNOWN = -1
"""The size in bytes of a picture's file, which VIA takes for any."""


def write(dataset: Dataset, path: Path, options: ViaOptions) -> Losses:
    """Write a ``.json`` or ``.csv`` file, or a folder with a project in it."""
    dataset = stills.of_frames(dataset)
    ending = path.suffix.lower()
    lone = ending in (".json", ".csv")
    with staging.opened(dataset, path, options, lone=lone) as (place, losses):
        writer = _Writer(dataset, options, losses, csv=ending == ".csv")
        with files.create(place if lone else place / NAME) as stream:
            for part in writer.parts():
                stream.write(part)
    return losses


@dataclass(slots=True)
class _Writer:
    """The text of one file."""

    dataset: Dataset
    options: ViaOptions
    losses: Losses
    csv: bool
    keys: dict[str, str] = field(default_factory=dict)
    flagged: bool = False
    used: set[int] = field(default_factory=set)

    @property
    def attribute(self) -> str:
        """The region attribute that the class is written as."""
        told = self.dataset.extra.get(CLASS)
        return self.options.attribute or (told if isinstance(told, str) else USUAL)

    def parts(self) -> Iterator[bytes]:
        """The pieces of the file."""
        project = not self.csv and self.options.form == "project"
        if self.csv:
            yield ",".join(HEADER).encode() + b"\n"
            for _, entry in self._entries():
                yield csv_text.lines(entry)
            self._count_classes()
            self._count_whole(project)
            return
        yield b'{"' + PICTURES.encode() + b'":{' if project else b"{"
        for number, (key, entry) in enumerate(self._entries()):
            yield (
                (b",\n" if number else b"\n") + json_text.dumps(key) + b":" + json_text.dumps(entry)
            )
        yield b"\n}"
        if project:
            yield from self._project()
        else:
            self._count_classes()
        yield b"\n" if not project else b"}\n"
        self._count_whole(project)

    def _count_whole(self, project: bool) -> None:
        """Count the keys of the whole that have no place."""
        kept = {CLASS, SETTINGS, ATTRIBUTES} if project else {CLASS}
        keys = self.dataset.extra.keys() - kept - carrying.OWN
        self.losses.add(carrying.WHOLE, len(keys), min(keys, default=""))

    def _count_classes(self) -> None:
        """Count what only a project tells of the classes: their order, and those of no region."""
        names = [label.name for label in self.dataset.labels]
        unused = [name for k, name in enumerate(names) if k not in self.used]
        self.losses.add("class that no region is of", len(unused), "".join(unused[:1]))
        met = [names[k] for k in sorted(self.used)]
        odd = [a for a, b in zip(met, sorted(met), strict=True) if a != b]
        self.losses.add(
            "order of classes, which is read as that of names", bool(odd), "".join(odd[:1])
        )

    def _project(self) -> Iterator[bytes]:
        rest = {
            ATTRIBUTES: self._attributes(),
            "_via_data_format_version": VERSION,
            ORDER: list(self.keys),
            SETTINGS: self.dataset.extra.get(SETTINGS) or _settings(),
        }
        for key, value in rest.items():
            yield b",\n" + json_text.dumps(key) + b":" + json_text.dumps(value)

    def _attributes(self) -> dict[str, Any]:
        """The attributes that a project declares: the source's, the class, and flags."""
        known = self.dataset.extra.get(ATTRIBUTES)
        known = known if isinstance(known, dict) else {}
        region = dict(known["region"]) if isinstance(known.get("region"), dict) else {}
        names = [label.name for label in self.dataset.labels]
        region[self.attribute] = _spec("dropdown", names)
        if self.flagged:
            region["flags"] = _spec("checkbox", list(FLAGS))
        return {"region": region, "file": known.get("file") or {}}

    def _entries(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The key and entry of every picture."""
        sizing = Sizing(self.options.sizes, self.dataset.root, lenient=True)
        for chunk in self.dataset.chunks():
            chunk = self._cut(chunk)
            for item in chunk.walk():
                yield self._key(item), self._entry(sizing.sized(item))

    def _cut(self, chunk: Chunk) -> Chunk:
        """The chunk without crowd regions that are not wanted; what is not held is counted."""
        where = chunk.paths()
        table = marks.without_crowds(chunk.annotations, self.options, self.losses, where)
        tags = table.kinds == Kind.TAG
        rows = table[~tags] if tags.any() else table
        held = HOLDS.keys() - ({"extra"} if self.csv else set())
        lone = _lone_points(rows)
        unheld.report(rows[~lone], held, self.losses, where)
        unheld.report(rows[lone], {*held, "keypoints"}, self.losses, where)
        unheld.report(table[tags], TAGS, self.losses, where)
        unheld.hidden(rows, self.losses, where)
        unheld.boxes(rows, self.losses, where)
        self.used.update(np.unique(table.labels).tolist())
        self.flagged |= rows.flags is not None and bool(rows.flags.any())
        return replace(chunk, annotations=table)

    def _key(self, item: Item) -> str:
        size = _bytes(item)
        key = f"{files.safe(item.path)}{size}"
        if key in self.keys and (self.csv or self.options.on_collision == "error"):
            hint = "" if self.csv else "on_collision=rename keeps both"
            what = f"{self.keys[key]} and {item.path} are both called {key}"
            raise FormatError(what, hint=hint)
        number = 2
        while key in self.keys:
            key, number = f"{item.path}{size}-{number}", number + 1
        self.keys[key] = item.path
        return key

    def _entry(self, item: Item) -> dict[str, Any]:
        looked = item.annotations is not None
        what = "picture that nobody looked at (written as one without regions)"
        self.losses.add(what, int(not looked), item.path)
        table = item.annotations if item.annotations is not None else Annotations.empty()
        found = [region for row in table.rows() for region in self._regions(row, item)]
        regions: Any = found
        if self.options.form == "v1" and not self.csv:
            regions = {str(k): region for k, region in enumerate(found)}
        told = {"filename": item.path, "size": _bytes(item), "regions": regions}
        told["file_attributes"] = self._said(item, table)
        own = (*told, "file_size", "file_attributes")
        further = {k: v for k, v in item.extra.items() if k not in own}
        if self.csv:
            self.losses.add("picture with unknown keys", int(bool(further)), item.path)
            further = {}
        return {**further, **told}

    def _said(self, item: Item, table: Annotations) -> dict[str, Any]:
        """The attributes of a picture: the source's, its size, split and tags."""
        known = item.extra.get("file_attributes")
        told = dict(known) if isinstance(known, dict) else {}
        if item.size is not None:
            told["width"], told["height"] = item.size
        others = {"id": item.id, "split": item.split, "annotator": item.annotator}
        told |= {k: v for k, v in (others | {"status": item.status}).items() if v not in (None, "")}
        tags = [self.dataset.labels[k].name for k in table.labels[table.kinds == Kind.TAG]]
        if tags:
            told[self.attribute] = tags[0] if len(tags) == 1 else dict.fromkeys(tags, True)
        return told

    def _regions(self, row: Annotation, item: Item) -> Iterator[dict[str, Any]]:
        """The regions of a row: one, but for lines of parts and sets of points."""
        if row.kind == Kind.TAG or not unheld.sound(row, self.losses, item.path):
            return
        extra = {} if self.csv else dict(row.extra)
        for shape, more in shapes(row, self.dataset.labels[row.label], self.losses, item.path):
            said = self._attributes_of(row, item.path) | more
            yield {**extra, "shape_attributes": shape, "region_attributes": said}

    def _attributes_of(self, row: Annotation, where: str) -> dict[str, Any]:
        taken = {self.attribute, *OWN}
        told = {k: v for k, v in row.attributes.items() if k not in taken}
        what = "attribute that is called like one of ours"
        self.losses.add(what, len(row.attributes) - len(told), where)
        if row.score == row.score:
            told["score"] = row.score
        numbers = {"track_id": row.track, "id": row.id, "group_id": row.group}
        told |= {key: numbers[key] for key in NUMBERS if numbers[key] >= 0}
        if row.flags:
            told["flags"] = {name: True for name, flag in FLAGS.items() if row.flags & flag}
        return {self.attribute: self.dataset.labels[row.label].name, **told}


def _bytes(item: Item) -> int:
    """The size of a picture's file that the source states."""
    size = item.extra.get("file_size")
    return size if type(size) is int else UNKNOWN


def _lone_points(table: Annotations) -> NDArray[np.bool_]:
    """(N,) which rows are a point and no more."""
    if table.keypoints is None:
        return np.zeros(len(table), dtype=bool)
    placed = np.isfinite(table.keypoints[..., :2]).all(axis=2) & (table.keypoints[..., 2] != 0)
    lone = (table.kinds == Kind.POINTS) & (placed.sum(axis=1) == 1)
    return np.asarray(lone, dtype=bool)


def _spec(kind: str, names: list[str]) -> dict[str, Any]:
    options = {name: name for name in names}
    return {"type": kind, "description": "", "options": options, "default_options": {}}


def _settings() -> dict[str, Any]:
    """What VIA needs to open a project: no name, no folder."""
    return {"core": {"default_filepath": ""}, "project": {"name": ""}}
