"""Darknet's layout: ``obj.data`` names the lists and the class names, labels lie beside pictures.

::

    obj.data                       classes = 2; train = train.txt; names = obj.names
    obj.names                      one class a line
    train.txt                      obj_train_data/1.jpg
    obj_train_data/1.jpg, 1.txt    lines of boxes

The paths that are written start at the set's folder, where Darknet is run; those that are read may
start further up (``data/obj_train_data/1.jpg``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from formats import files, splits
from formats.dataset import Label
from formats.errors import FormatError
from formats.losses import Losses
from formats.yolo.config import Config
from formats.yolo.names import from_file

__all__ = ["FILE", "NAMES", "key", "names", "place", "read", "text"]

FILE, NAMES = "obj.data", "obj.names"
KEYS = {"": "train", "val": "valid"}
"""What Darknet calls a split; one that it does not know keeps its name."""
KNOWN = ("train", "val", "test")


def read(path: Path) -> Config:
    """The configuration of an obj.data: ``key = value`` lines."""
    pairs = (line.partition("=") for _, line in files.lines(path) if "=" in line)
    found = {key.strip(): value.strip() for key, _, value in pairs}
    if "names" not in found:
        raise FormatError("no line `names = FILE`", where=path)
    listed = next((c for c in _places(path.parent, found["names"]) if files.is_file(c)), None)
    if listed is None:
        raise FormatError(f"the file of names {found['names']!r} is not there", where=path)
    stated = {splits.canonical(k): (v,) for k, v in found.items() if _is_list(k, v)}
    first = {name: stated.pop(name) for name in KNOWN if name in stated}
    return Config(path, (path.parent,), from_file(listed), {**first, **stated})


def _is_list(name: str, value: str) -> bool:
    """Whether a line of an obj.data names the pictures of a split; other splits are ``.txt``."""
    return bool(value) and (splits.known(name) or (name != "names" and value.endswith(".txt")))


def _places(folder: Path, name: str) -> list[Path]:
    """Where a path of an obj.data may lead: it is often stated from a folder further up."""
    parts = Path(name).parts
    return [folder.joinpath(*parts[k:]) for k in range(len(parts))]


def key(split: str) -> str:
    """What an obj.data calls a split; pictures without one are for training."""
    found = splits.canonical(split)
    return KEYS.get(found, found)


def place(path: str, split: str) -> str:
    """Where a picture goes: below the folder of its split, which its path does not repeat.

    ``images/val/a/1.jpg`` of the split val: ``obj_valid_data/a/1.jpg``.
    """
    folder, parts = f"obj_{key(split)}_data", path.split("/")
    if len(parts) > 1 and parts[0] == "images":
        parts = parts[1:]
    if len(parts) > 1 and (parts[0] == folder or (split and key(parts[0]) == key(split))):
        parts = parts[1:]
    return "/".join([folder, *parts])


def text(classes: int, lists: Mapping[str, str]) -> bytes:
    """An obj.data for `lists` (key -> list file)."""
    lines = {"classes": str(classes), **lists, "names": NAMES, "backup": "backup/"}
    return "".join(f"{name} = {value}\n" for name, value in lines.items()).encode()


def names(labels: Sequence[Label], losses: Losses) -> bytes:
    """An obj.names: one class a line; a name that no line keeps is counted."""
    lines = [" ".join(label.name.split("\n")).strip() or "_" for label in labels]
    for label, line in zip(labels, lines, strict=True):
        losses.add("class name that no line keeps", int(line != label.name), repr(label.name))
    return "".join(f"{line}\n" for line in lines).encode()
