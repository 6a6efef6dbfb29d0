"""CVAT's XML files of pictures: which split a file is of, and a claim on them."""

from __future__ import annotations

import re
from pathlib import Path

from formats import splits
from formats.cvat import layout
from formats.cvat.layout import Source
from formats.cvat.task import Task
from formats.errors import FormatError
from formats.format import Match

__all__ = ["DEFAULT", "sniff", "split"]

DEFAULT = "default"
"""CVAT's and datumaro's word for no subset."""
_TRACK = re.compile(rb"<track\s+[^>]*\blabel=")
_MODE = re.compile(rb"<mode>\s*annotation\s*</mode>")


def split(stated: str, task: Task, source: Source) -> str:
    """The split of a picture: the subset stated for it or its task, else that of its file.

    datumaro writes a file for each subset, whose name its task has too.
    """
    name = stated or task.split
    stem = Path(source.member or source.path).stem
    if not name and (splits.known(stem) or (task.name == stem and not task.id)):
        name = stem
    return "" if name == DEFAULT else name


def sniff(path: Path) -> Match | None:
    """A claim on CVAT's XML of pictures: one with images, or of a task that annotates some."""
    if not path.is_dir() and path.suffix.lower() not in (".xml", ".zip"):
        return None
    try:
        sources = layout.found(path)
        with sources[0].open() as stream:
            head = stream.read(layout.HEAD)
    except FormatError:
        return None
    of_pictures = layout.IMAGE.search(head) or (_MODE.search(head) and not _TRACK.search(head))
    if not layout.ROOT.search(head) or not of_pictures:
        return None
    name = "CVAT for images" + ("" if len(sources) == 1 else f", {len(sources)} files")
    return Match(name, 0.95 if len(sources) == 1 else 0.9)
