"""A data set as CVAT's XML for images: one file, and the pictures beside it where wanted."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copyfileobj

from formats import archives, files, pictures, rehearsal, staging
from formats.annotations import Annotation
from formats.columns import Kind
from formats.cvat import attributes, elements, makers, output, text
from formats.cvat.images import fitting, heads, survey
from formats.cvat.images.fitting import HOLDS
from formats.cvat.images.options import CvatOptions
from formats.cvat.images.survey import Survey
from formats.cvat.layout import NAME
from formats.dataset import Chunk, Dataset, Item
from formats.losses import Losses
from formats.putting import Putter
from formats.sizing import Sizing
from formats.tracks import filling, stills

__all__ = ["HOLDS", "write"]

HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n'
IMAGES = "images"
SAID = frozenset({"type", "color", "svg", "point_colors"})
"""Keys of a class that its element has."""


def write(dataset: Dataset, path: Path, options: CvatOptions) -> Losses:
    """Write an ``.xml`` file, a ``.zip`` with one, or a folder with one."""
    dataset = stills.of_frames(dataset)
    ending = path.suffix.lower()
    lone = ending in (".xml", ".zip")
    with staging.opened(dataset, path, options, lone=lone) as (place, losses):
        writer = _Writer(dataset, survey.of(dataset, options.confidence), options, losses)
        if ending == ".zip":
            _zip(place, writer)
        else:
            output.put(place if lone else place / NAME, writer.lines())
            _pictures(place, writer, lone)
        _count_whole(dataset, losses)
    return losses


def _count_whole(dataset: Dataset, losses: Losses) -> None:
    """Count what is said of the classes and of the whole that CVAT has no place for."""
    labels = dataset.labels
    keyed = [label.name for label in labels if label.extra.keys() - SAID]
    losses.add("class with unknown keys", len(keyed), "".join(keyed[:1]))
    odd = [label.name for label in labels if any(map(_is_odd, label.attributes.values()))]
    losses.add("class with attributes", len(odd), "".join(odd[:1]))
    further = [key for key in dataset.extra if key not in (heads.KEY, filling.KEY)]
    losses.add("key of the whole data set", len(further), min(further, default=""))


def _is_odd(spec: object) -> bool:
    """Whether something is said of an attribute that is no declaration of CVAT's."""
    return bool(spec) and not attributes.declares(spec)


def _pictures(folder: Path, writer: _Writer, lone: bool) -> None:
    if writer.options.images == "none":
        return
    if lone:
        writer.losses.note("an .xml file takes no pictures: a folder or a .zip does")
        return
    putter = Putter(writer.dataset.root, folder, writer.options.images)
    for place, item in writer.places.items():
        putter.put(item, place)
    putter.report(writer.losses)


def _zip(path: Path, writer: _Writer) -> None:
    """A ``.zip`` as CVAT exports it, the same bytes at any time."""
    with zipfile.ZipFile(path, "w") as archive:
        output.pack(archive, writer.lines())
        if writer.options.images != "none":
            _zip_pictures(archive, writer)


def _zip_pictures(archive: zipfile.ZipFile, writer: _Writer) -> None:
    missing = []
    for place, item in writer.places.items():
        root = writer.dataset.root
        found = pictures.locate(root, item)
        if found is None:
            missing.append(item.path)
        elif not rehearsal.is_running():
            with found.open("rb") as source, archive.open(archives.entry(place), "w") as target:
                copyfileobj(source, target)
    if missing:
        told = f"{len(missing)} of {len(writer.places)} pictures, such as {missing[0]}"
        writer.losses.note(f"not found and not put in their places: {told}")


@dataclass(slots=True)
class _Writer:
    """Writes the pictures of one file; `places` are those that they have below its folder."""

    dataset: Dataset
    survey: Survey
    options: CvatOptions
    losses: Losses
    places: dict[str, Item] = field(default_factory=dict)
    count: int = 0

    def lines(self) -> Iterator[str]:
        """The text of the file, picture by picture."""
        sizing = Sizing(self.options.sizes, self.dataset.root)
        yield HEAD + survey.head(self.dataset, self.survey)
        for chunk in self.dataset.chunks():
            yield from self._chunk(chunk, sizing)
        yield "</annotations>\n"

    def _chunk(self, chunk: Chunk, sizing: Sizing) -> Iterator[str]:
        labels = self.dataset.labels
        free, where = self.survey.groups, chunk.paths()
        table = fitting.fitted(chunk.annotations, labels, self.options, free, self.losses, where)
        attributes.count(table, self.survey.specs, self.losses, "")
        makers.count(table, self.dataset.sources, self.losses, "")
        inside: dict[int, list[str]] = {}
        for row in table.rows():
            inside.setdefault(row.image, []).append(self._shape(row))
        for k, (item, looked) in enumerate(zip(chunk.items, chunk.looked, strict=True)):
            self._count(item, bool(looked))
            head = f"  {text.tag('image', self._told(item, sizing))}\n"
            yield head + "".join(inside.get(k, ())) + "  </image>\n"

    def _told(self, item: Item, sizing: Sizing) -> dict[str, str]:
        """The attributes of an ``<image>``, in CVAT's order."""
        number = item.id if self.survey.numbered else self.count
        self.count += 1
        told = {"id": str(number), "name": files.safe(item.path, item.path)}
        subset = self.survey.subset(item)
        if subset:
            told |= {"subset": subset, "task_id": str(self.survey.task(item))}
        self.places.setdefault("/".join(filter(None, (IMAGES, subset, item.path))), item)
        size = sizing.of(item)
        return told | ({"width": str(size[0]), "height": str(size[1])} if size else {})

    def _shape(self, row: Annotation) -> str:
        """One element of a picture."""
        label = self.dataset.labels[row.label]
        row = elements.scored(row) if self.options.confidence else row
        head, tail = {"label": label.name}, {}
        if word := makers.word(row.source, row.score, self.dataset.sources):
            head["source"] = word
        if row.kind != Kind.TAG:
            head["occluded"] = elements.occluded(row)
            tail["z_order"] = elements.depth(row)
        if row.group > 0:
            tail["group_id"] = str(row.group)
        return elements.element(row, label.keypoints, head, tail)

    def _count(self, item: Item, looked: bool) -> None:
        """Count what a picture has that CVAT has no place for."""
        losses = self.losses
        losses.add("picture not looked at (written without objects)", not looked, item.path)
        losses.add("frame of a clip, written as a picture", item.frame is not None, item.path)
        further = item.extra.keys() - {survey.TASK}
        losses.add("picture with unknown keys", bool(further), item.path)
