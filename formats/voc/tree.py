"""The XML files and pictures of a set, paired by their path without its ending."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from formats import files, splits
from formats.errors import FormatError
from formats.namesakes import stem
from formats.pictures import is_picture

__all__ = ["ANNOTATIONS", "CLASSES", "DEEPEST", "OBJECTS", "PICTURES", "SETS", "Tree", "of"]

ANNOTATIONS, SETS = "Annotations", "ImageSets"
PICTURES, CLASSES, OBJECTS = "JPEGImages", "SegmentationClass", "SegmentationObject"
PLACES = (PICTURES, "images", "Images")
"""Folders of pictures beside ``Annotations``."""
ASIDE = frozenset({"annotations", "images", "jpegimages", "labels", "xmls", "xml", "imgs", "img"})
"""Folders, in lower case, that say what files are and not which picture they belong to."""
DEEPEST = 6


@dataclass(slots=True)
class Tree:
    """`xml` and `pictures`: key -> path below `xml_root` and `root`.

    The key is the path without its ending; of files beside each other also without ``images``.
    """

    base: Path
    root: Path
    xml_root: Path
    xml: dict[str, str] = field(default_factory=dict)
    pictures: dict[str, str] = field(default_factory=dict)
    twins: dict[str, list[str]] = field(default_factory=dict)
    """Pictures of one key: all of them, where there are several."""

    def match(self) -> dict[str, str]:
        """The key of the picture of each XML file that has one: its own, else its bare name's."""
        bare: dict[str, str | None] = {}
        for key in self.pictures:
            name = key.rpartition("/")[2]
            bare[name] = None if name in bare else key
        found = {}
        for key in self.xml:
            own = key if key in self.pictures else bare.get(key.rpartition("/")[2])
            if own is not None and (own == key or own not in self.xml):
                found[key] = own
        return found


def of(path: Path) -> Tree:
    """The tree of VOC's layout, of a folder with XML files beside pictures, or of one XML."""
    if path.is_file():
        return _lone(path)
    base = _base(path)
    if base is None:
        tree = Tree(path, path, path, _xml(path, _key), *_pictures(path, _key))
    else:
        places = [base / name for name in PLACES if (base / name).is_dir()]
        root, folder = (places or [base])[0], base / ANNOTATIONS
        tree = Tree(base, root, folder, _xml(folder, stem), *_pictures(root, stem))
    if not tree.xml and not (tree.base / CLASSES).is_dir() and not (tree.base / SETS).is_dir():
        raise FormatError("no XML file of VOC in the folder", where=path)
    return tree


def _base(path: Path) -> Path | None:
    """The folder that has ``Annotations``: this one, the one above, or a year of VOCdevkit."""
    if path.name == ANNOTATIONS and path.is_dir():
        return path.resolve().parent if path.parent == Path() else path.parent
    if _has(path):
        return path
    inner = [p for folder in (path, path / "VOCdevkit") for p in sorted(folder.glob("VOC*"))]
    years = [p for p in inner if _has(p)]
    if len(years) > 1:
        found = ", ".join(p.name for p in years)
        raise FormatError(f"several sets ({found})", where=path, hint="name one of them")
    return years[0] if years else _unwrapped(path)


def _unwrapped(path: Path) -> Path | None:
    """The only folder in a folder, where it has lists and is no split: a set in a folder of it."""
    inner = [p for p in path.iterdir() if p.is_dir()] if path.is_dir() else []
    lone = len(inner) == 1 and _has(inner[0]) and not splits.known(inner[0].name)
    return inner[0] if lone else None


def _has(path: Path) -> bool:
    """Whether a folder has VOC's folders; one of classification has lists and pictures alone."""
    lists = any((path / SETS).glob("*/*.txt")) and (path / PICTURES).is_dir()
    return (path / ANNOTATIONS).is_dir() or (path / CLASSES).is_dir() or lists


def _lone(path: Path) -> Tree:
    """One XML file, with the picture of its name beside it or in the folder of pictures."""
    inside = path.parent.name == ANNOTATIONS
    base = path.parent.parent if inside else path.parent
    root = next((base / n for n in PLACES if inside and (base / n).is_dir()), base)
    named = [p.name for p in sorted(root.iterdir()) if p.stem == path.stem and is_picture(p)]
    pictures = {path.stem: named[0]} if named else {}
    twins = {path.stem: named} if len(named) > 1 else {}
    return Tree(base, root, path.parent, {path.stem: path.name}, pictures, twins)


def _xml(root: Path, key: Callable[[str], str]) -> dict[str, str]:
    """The XML files by their key; FormatError where two have one."""
    found: dict[str, str] = {}
    for name in files.below(root, DEEPEST):
        if name.lower().endswith(".xml"):
            if key(name) in found:
                what = f"{found[key(name)]} and {name} are both of one picture"
                raise FormatError(what, where=root)
            found[key(name)] = name
    return found


def _pictures(root: Path, key: Callable[[str], str]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """The pictures by their key, of two the first by name; all of a key that several have.

    Label maps are none.
    """
    found: dict[str, list[str]] = {}
    for name in files.below(root, DEEPEST):
        if is_picture(name) and name.split("/", 1)[0] not in (CLASSES, OBJECTS):
            found.setdefault(key(name), []).append(name)
    twins = {key: names for key, names in found.items() if len(names) > 1}
    return {key: names[0] for key, names in found.items()}, twins


def _key(name: str) -> str:
    """A path without its ending, and without folders that say only what lies in them."""
    *folders, last = stem(name).split("/")
    return "/".join([*(f for f in folders if f.lower() not in ASIDE), last])
