"""Which files of a folder are label files and which are pictures, and which belong together."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from formats import files
from formats.errors import FormatError
from formats.numerals import is_number
from formats.paired.rule import Rule
from formats.pictures import is_picture

__all__ = ["SAMPLE", "Tree", "claimed", "key", "label_file", "matches"]

DEEPEST = 6
SAMPLE = 50
SKIPPED = frozenset({"readme.txt", "classes.txt", "requirements.txt"})
Key = tuple[str, str]
"""The folder above that of labels or pictures, and the path below without its ending."""


@dataclass(slots=True)
class Tree:
    """The label files and pictures of a set, relative to its root, with ``/``, sorted."""

    root: Path
    texts: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, root: Path, rule: Rule) -> Tree:
        """Those in folders that are named as the rule says, else all that lie there."""
        tree = cls(root)
        for name in files.below(root, DEEPEST):
            if name.endswith(".txt") and PurePosixPath(name).name.lower() not in SKIPPED:
                tree.texts.append(name)
            elif is_picture(name):
                tree.pictures.append(name)
        named = [text for text in tree.texts if _within(text, rule, labels=True) is not None]
        if not named:
            tree.texts = tree._fitting(rule)
            return tree
        kept = [p for p in tree.pictures if _within(p, rule, labels=False) is not None]
        return cls(root, named, kept)

    def _fitting(self, rule: Rule) -> list[str]:
        """The text files that look as the rule says; none where none of a sample does."""
        stride = max(1, len(self.texts) // SAMPLE)
        if not any(claimed(self.root / text, rule) for text in self.texts[::stride]):
            return []
        return [text for text in self.texts if claimed(self.root / text, rule)]


def _within(name: str, rule: Rule, *, labels: bool) -> int | None:
    """The place of the last folder of a path that is one of labels, or of pictures."""
    folders = name.split("/")[:-1]
    for k in range(len(folders) - 1, -1, -1):
        if rule.label_folders.fullmatch(folders[k]) if labels else _pictured(folders[k], rule):
            return k
    return None


def _pictured(folder: str, rule: Rule) -> bool:
    return folder in rule.picture_folders


def key(name: str, rule: Rule, *, labels: bool) -> Key:
    """What a label file and its picture have in common."""
    k = _within(name, rule, labels=labels)
    parts = name.split("/")
    base, rest = ([], parts) if k is None else (parts[:k], parts[k + 1 :])
    while labels and base and rule.label_folders.fullmatch(base[-1]):
        base = base[:-1]
    path = "/".join(rest)
    if labels:
        path = path.replace("_original/", "/")
    return "/".join(base), path.rpartition(".")[0] or path


def label_file(picture: str, rule: Rule) -> str:
    """The label file of a picture: the last folder of pictures is changed to that of labels.

    Only the last ending goes: ``15.v2.final.png`` has ``15.v2.final.txt``.
    """
    parts = picture.split("/")
    k = _within(picture, rule, labels=False)
    if k is not None:
        parts[k] = rule.labels
    head, _, _ = parts[-1].rpartition(".")
    return "/".join([*parts[:-1], f"{head or parts[-1]}.txt"])


def matches(tree: Tree, rule: Rule) -> dict[str, str]:
    """The picture of each label file that has one: by its path, else by its bare name."""
    exact: dict[Key, str] = {}
    loose: dict[str, str | None] = {}
    for picture in tree.pictures:
        exact.setdefault(key(picture, rule, labels=False), picture)
        stem = PurePosixPath(picture).stem
        loose[stem] = None if stem in loose else picture
    found = {}
    for text in tree.texts:
        own = exact.get(key(text, rule, labels=True)) or loose.get(PurePosixPath(text).stem)
        if own is not None:
            found[text] = own
    return found


def claimed(path: Path, rule: Rule) -> bool:
    """Whether the first object of a text file can be read, and its class is a word.

    A head without objects is one of the format, too.
    """
    try:
        lines = [line for _, line in files.lines(path)]
    except FormatError:
        return False
    start, _ = rule.head(lines)
    first = next((line for line in lines[start:] if line.strip()), "")
    if start and not first:
        return True
    parsed = rule.parse(first)
    return parsed is not None and not is_number(parsed[0].split()[0])
