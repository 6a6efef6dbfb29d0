"""Whether a path looks like Pascal VOC."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

from formats import files
from formats.format import Match
from formats.voc.lists import MAIN
from formats.voc.tree import ANNOTATIONS, CLASSES, DEEPEST, PICTURES, SETS

__all__ = ["sniff"]

HEAD = 1 << 12
MOST = 2000
"""Files that are looked through for an XML."""
_ROOT = re.compile(
    rb"^(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<annotation[\s>]", re.S
)


def sniff(path: Path) -> Match | None:
    """A claim on an XML of one picture, on VOC's layout, or on XML files beside pictures."""
    if path.is_file():
        fits = path.suffix.lower() == ".xml" and _is_voc(path)
        return Match("an XML of one picture", 0.9) if fits else None
    if not path.is_dir():
        return None
    for base in (path, *sorted(path.glob("VOC*")), *sorted(path.glob("VOCdevkit/VOC*"))):
        if _any(base / ANNOTATIONS) or (_lists(base) and (base / ANNOTATIONS).is_dir()):
            return Match(f"{ANNOTATIONS} of XML files", 0.95)
        if (base / CLASSES).is_dir() and _lists(base):
            return Match(f"{CLASSES} and lists", 0.9)
        if (base / PICTURES).is_dir() and (base / SETS / MAIN).is_dir() and _lists(base):
            return Match("lists of pictures and of classes", 0.9)
    return Match("XML files of one picture each", 0.9) if _any(path) else None


def _lists(base: Path) -> bool:
    return any((base / SETS).glob("*/*.txt"))


def _any(folder: Path) -> bool:
    """Whether the first XML file below a folder is one of VOC."""
    names = (n for n in islice(files.below(folder, DEEPEST), MOST) if n.lower().endswith(".xml"))
    first = next(names, None) if folder.is_dir() else None
    return first is not None and _is_voc(folder / first)


def _is_voc(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return _ROOT.search(stream.read(HEAD)) is not None
    except OSError:
        return False
