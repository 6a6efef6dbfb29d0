"""The pictures of a folder of label files: where they lie, and in which order they come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from formats import files
from formats.labelme.layout import Tree
from formats.labelme.placing import resolved
from formats.losses import Losses

__all__ = ["ORDER", "Entry", "entries"]

ORDER = "images.txt"
"""The pictures in their order, one a line, where it is not that of their names."""
ABSOLUTE = "absolute path of a picture, of which the name is taken"
OUTSIDE = "path of a picture that leaves all folders, of which the name is taken"
TWICE = "picture that another label file names, too"
UNNAMED = "label file that names no picture"


@dataclass(frozen=True, slots=True)
class Entry:
    """A picture, relative to the root of the set, and its label file; None where it has none."""

    picture: str
    labels: Path | None


def entries(
    tree: Tree, found: Iterable[tuple[str, str]], losses: Losses
) -> tuple[Path, list[Entry]]:
    """The root that all pictures lie below, and the pictures in their order.

    `found` are label files with the picture that each states. Label files may lie in a folder
    beside that of the pictures (``../images/1.jpg``): the root is then the folder above. Pictures
    below the folder that no label file names come without one.
    """
    named: dict[str, str] = {}
    for name, image in found:
        picture = _place(tree, name, image, losses)
        if picture:
            named[name] = picture
    up = max((path.split("/").count("..") for path in named.values()), default=0)
    root = tree.root.resolve().parents[up - 1] if up else tree.root
    lead = tree.root.resolve().relative_to(root).as_posix() + "/" if up else ""
    made = [Entry(_below(lead, path), tree.root / name) for name, path in named.items()]
    seen = {entry.picture for entry in made}
    losses.warn(TWICE, len(made) - len(seen))
    made += [Entry(lead + name, None) for name in tree.pictures if lead + name not in seen]
    return root, _ordered(made, tree.root)


def _place(tree: Tree, name: str, image: str, losses: Losses) -> str:
    """The picture of a label file, relative to the folder of the set, "" for none.

    One that is not where it is said to be may lie beside its label file.
    """
    folder = name.rpartition("/")[0]
    where = tree.root / name
    bare = image.replace("\\", "/").rpartition("/")[2]
    if not bare or bare in (".", "..") or "\0" in image:
        losses.add(UNNAMED, example=where)
        return ""
    picture, absolute = resolved(image, folder)
    losses.warn(ABSOLUTE, int(absolute), where)
    beside = resolved(bare, folder)[0]
    if picture.count("../") > len(tree.root.resolve().parents) - 1:
        losses.warn(OUTSIDE, example=where)
        return beside
    if picture == beside or files.is_file(tree.root / picture):
        return picture
    return beside if files.is_file(tree.root / beside) else picture


def _below(lead: str, path: str) -> str:
    """A path relative to the folder of the set, which is at `lead`, relative to the root."""
    folders = lead.split("/")[:-1]
    while path.startswith("../"):
        path, folders = path[3:], folders[:-1]
    return "/".join([*folders, path])


def _ordered(made: list[Entry], folder: Path) -> list[Entry]:
    """By the list of pictures, where the folder has one; what it lacks comes after, by name."""
    made = sorted(made, key=lambda entry: entry.picture)
    listed = folder / ORDER
    if not listed.is_file():
        return made
    rank = {line: number for number, line in files.lines(listed)}
    return sorted(made, key=lambda entry: rank.get(entry.picture, len(rank) + 1))
