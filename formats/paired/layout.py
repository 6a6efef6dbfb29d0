"""The pictures of a set in their order, each with its label file and its split."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from glob import escape
from pathlib import Path

from formats import class_list, files, size_list, splits
from formats.errors import FormatError
from formats.format import Match
from formats.losses import Losses
from formats.paired import tree as trees
from formats.paired.rule import Rule
from formats.paired.tree import Tree
from formats.pictures import is_picture

__all__ = ["DEFAULT", "Entry", "Layout", "found", "sniff", "split_of"]

DEFAULT = "default"
"""The folder or list of pictures that are in no split."""
ENDING = ".png"
GUESSED = "label file without a picture, which is taken for a .png"
SURE, NAMED, LIKELY = 0.9, 0.8, 0.7


@dataclass(frozen=True, slots=True)
class Entry:
    """A picture and its label file, "" where nobody looked, both relative to the root."""

    path: str
    labels: str
    split: str


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a set lies, and its pictures."""

    root: Path
    entries: list[Entry]


def found(path: Path, rule: Rule, losses: Losses) -> Layout:
    """The layout of a folder, of its folder of label files, or of one label file."""
    if path.is_file():
        return _lone(path, rule)
    root, tree = _tree(path, rule)
    if not tree.texts and not (root / rule.labels).is_dir():
        raise FormatError(f"no label files in a folder {rule.labels}", where=path)
    pairs = _pairs(tree, rule, losses)
    order = {name: k for k, name in enumerate(_listed(root))}
    names = sorted(pairs, key=lambda name: (order.get(name, len(order)), name))
    told = _told(root, rule)
    spelled = [_split(name, rule, told) for name in names]
    own = (rule.folder("train"), rule.folder("test"))
    splits.tell((name for name in spelled if name not in own), losses)
    entries = [Entry(n, pairs[n], splits.canonical(s)) for n, s in zip(names, spelled, strict=True)]
    return Layout(root, entries)


def _tree(path: Path, rule: Rule) -> tuple[Path, Tree]:
    """The root of a folder and its files; a folder of label files has no others than its own."""
    own = path.resolve().name
    if not rule.label_folders.fullmatch(own):
        root = _unwrapped(path, rule)
        return root, Tree.of(root, rule)
    tree = Tree.of(path.parent, rule)
    tree.texts = [text for text in tree.texts if text.startswith(f"{own}/")]
    return path.parent, tree


def _unwrapped(path: Path, rule: Rule) -> Path:
    """The only folder in a folder, where it has the maps and lists that stand beside a set."""
    names = [name for name in (rule.lists, class_list.FILE, size_list.FILE) if name]
    inner = [folder for folder in path.iterdir() if folder.is_dir()]
    beside = any((path / name).exists() for name in names)
    if beside or len(inner) != 1 or not any((inner[0] / name).exists() for name in names):
        return path
    return inner[0]


def _lone(path: Path, rule: Rule) -> Layout:
    """A label file with the picture that belongs to it, where there is one."""
    root = path.parent
    while root != root.parent and rule.label_folders.fullmatch(root.resolve().name):
        root = root.parent
    text = path.relative_to(root).as_posix()
    inner = sorted(rule.picture_folders) if root != path.parent else ["."]
    near = (p for name in inner for p in sorted(root.glob(f"{name}/{escape(path.stem)}.*")))
    pictures = [p.relative_to(root).as_posix() for p in near if is_picture(p)]
    return Layout(root, [Entry(pictures[0] if pictures else f"{path.stem}{ENDING}", text, "")])


def _pairs(tree: Tree, rule: Rule, losses: Losses) -> dict[str, str]:
    """The label file of each picture, "" for none; FormatError where one has two."""
    listed = _listed(tree.root)
    texts = set(tree.texts)
    pairs = {name: label for name in listed if (label := trees.label_file(name, rule)) in texts}
    taken = set(pairs.values())
    rest = Tree(tree.root, [text for text in tree.texts if text not in taken], tree.pictures)
    matched = trees.matches(rest, rule)
    for text in rest.texts:
        picture = matched.get(text)
        if picture is None:
            picture = _guessed(text, rule)
            losses.warn(GUESSED, example=f"{tree.root}/{text}")
        if picture in pairs:
            what = f"{pairs[picture]} and {text} are both label files of {picture}"
            raise FormatError(what, where=tree.root, hint="name one folder of label files")
        pairs[picture] = text
    return dict.fromkeys([*listed, *tree.pictures], "") | pairs


def _guessed(text: str, rule: Rule) -> str:
    base, rest = trees.key(text, rule, labels=True)
    return "/".join(part for part in (base, rule.pictures, rest) if part) + ENDING


def _listed(root: Path) -> list[str]:
    """The pictures of ``sizes.csv``, in their order."""
    file = root / size_list.FILE
    if not file.is_file():
        return []
    rows = csv.reader(line for _, line in files.lines(file) if line.strip())
    return [files.safe(row[0], file) for row in rows if row]


def _told(root: Path, rule: Rule) -> dict[tuple[str, str], str] | None:
    """The split of (folder, id) as lists of splits spell it; None where there are no lists."""
    lists = root / rule.lists
    if not rule.lists or not lists.is_dir():
        return None
    told: dict[tuple[str, str], str] = {}
    ordered = sorted(lists.glob("*.txt"), key=lambda file: (not _exact(file.stem), file.name))
    for file in ordered:
        split = "" if file.stem == DEFAULT else file.stem
        for _, line in files.lines(file):
            if line.strip():
                folder = rule.folder(splits.canonical(split))
                told.setdefault((folder, line.strip()), split)
    return told


def _exact(name: str) -> bool:
    return name in ("train", "val", "test")


def _split(path: str, rule: Rule, told: dict[tuple[str, str], str] | None) -> str:
    if told is None:
        return _spelled(path, rule)
    base, rest = trees.key(path, rule, labels=False)
    folders = (base, rule.folder(""), rule.folder("test"))
    return next((told[f, rest] for f in folders if (f, rest) in told), "")


def split_of(path: str, rule: Rule) -> str:
    """The split that the folders of a picture's path tell.

    Of ``SPLIT/images/...`` that is the first folder, unless it has no usual name and the third
    one does (``set/images/train``); else the first folder with a usual name.
    """
    return splits.canonical(_spelled(path, rule))


def _spelled(path: str, rule: Rule) -> str:
    folders = path.split("/")[:-1]
    if len(folders) < 2 or folders[1] not in rule.picture_folders:
        return next((name for name in folders if splits.known(name)), "")
    if folders[0] == DEFAULT:
        return ""
    return next((name for name in (folders[0], *folders[2:3]) if splits.known(name)), folders[0])


def sniff(path: Path, rule: Rule) -> Match | None:
    """A claim on a folder whose label files look as they should, or on one such file."""
    if path.is_file():
        fits = path.suffix.lower() == ".txt" and trees.claimed(path, rule)
        return Match("a label file", LIKELY) if fits else None
    try:
        root, tree = _tree(path, rule)
    except OSError:
        return None
    stride = max(1, len(tree.texts) // trees.SAMPLE)
    texts = [root / text for text in tree.texts[::stride]]
    filled = [text for text in texts if text.stat().st_size]
    if filled:
        fits = any(trees.claimed(text, rule) for text in filled)
        return Match(f"{rule.labels} files", SURE) if fits else None
    named = any(rule.labels in text.split("/")[:-1] for text in tree.texts)
    named = named or (root / rule.labels).is_dir()
    return Match(f"empty {rule.labels} files", NAMED) if named else None
