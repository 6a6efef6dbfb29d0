"""CVAT's XML for video as a data set of clips with tracks of keyframes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from formats import sizes
from formats.cvat import layout, markup, task, tracks
from formats.cvat.gathering import Rows
from formats.cvat.layout import Source
from formats.cvat.markup import Node
from formats.cvat.options import CvatVideoOptions
from formats.cvat.task import Head, Task
from formats.cvat.vocabulary import Vocabulary
from formats.dataset import Dataset, Media
from formats.errors import FormatError
from formats.losses import Losses
from formats.tracks import clip, filling
from formats.tracks import options as clip_options

__all__ = ["RULE", "read"]

RULE = "cvat"


def read(path: Path, options: CvatVideoOptions) -> Dataset:
    """The data set of an XML file, of a ``.zip``, or of a folder of them: one clip per task."""
    losses = Losses()
    gathered = _Gathered(losses, options)
    for source in layout.found(path):
        gathered.add(source)
    clips = [part.clip(k) for k, part in enumerate(gathered.parts)]
    extra = {filling.KEY: RULE}
    known = gathered.known
    bare = Dataset.of(known.labels, [], sources=tuple(known.sources), extra=extra, losses=losses)
    return clip.dataset(clips, bare)


@dataclass
class _Gathered:
    """The classes, sources and clips of all files, as they are read."""

    losses: Losses
    options: CvatVideoOptions
    known: Vocabulary = field(default_factory=Vocabulary)
    parts: list[Rows] = field(default_factory=list)

    def add(self, source: Source) -> None:
        """Read one file."""
        known: Head | None = None
        first = len(self.parts)
        with source.open() as stream:
            for node in markup.elements(stream, source.name):
                if node.tag == "meta" and known is None:
                    known = task.head(node)
                    self._start(known, source)
                elif node.tag == "track":
                    known = known or self._headless(source)
                    self._track(node, known, first, source)
                elif node.tag == "image":
                    what = "a file of CVAT for images, expected one for video (with tracks)"
                    raise FormatError(what, where=f"{source.name}:{node.line}")
        if known is None:
            self._headless(source)

    def _headless(self, source: Source) -> Head:
        known = Head((Task(),), ())
        self._start(known, source)
        return known

    def _start(self, known: Head, source: Source) -> None:
        """A clip for every task; classes that are new join those that are known, by name."""
        for label in known.labels:
            self.known.add(label)
        given = sizes.load(self.options.sizes)
        for one in known.tasks or (Task(),):
            path = one.source or one.name or source.path.stem
            stated = clip_options.named(Media(path, one.size, 0, 0.0), self.options)
            size = stated.size if all(stated.size) else given.get(path) or (0, 0)
            self.parts.append(Rows(one, stated, size, self.losses))

    def _track(self, node: Node, known: Head, first: int, source: Source) -> None:
        where = f"{source.name}:{node.line}"
        name = node.attributes.get("label")
        if name is None:
            self.losses.add("track without a class", example=where)
            return
        number = task.task_of(known.tasks, node.attributes.get("task_id", ""))
        part = self.parts[first + number]
        label = self.known.index(name)
        own = next((one for one in known.labels if one.name == name), self.known.labels[label])
        found = tracks.rows(node, own, part.sized, self.losses, source.name)
        if not found:
            self.losses.add("track without a shape", example=where)
            return
        told: dict[str, Any] = {"labels": label, "groups": _int(node, "group_id", 0) or -1}
        if "source" in node.attributes:
            told["sources"] = self.known.source(node.attributes["source"])
        part.add(_int(node, "id", None), [{**row, **told} for row in found], where)


def _int(node: Node, name: str, otherwise: Any) -> Any:
    """A whole number of an attribute, also a negative one; `otherwise` where it is none.

    One of more than 18 digits is none: no column holds it.
    """
    try:
        found = int(node.attributes[name])
    except (KeyError, ValueError):
        return otherwise
    return found if abs(found) < 10**18 else otherwise
