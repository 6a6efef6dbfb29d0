"""COCO categories as labels, and labels as categories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from formats.dataset import Label
from formats.errors import FormatError
from formats.losses import Losses

__all__ = ["category", "label", "merged", "numbered", "whole"]


def label(entry: dict[str, Any], where: str) -> Label:
    """The label of one category; keys that it has no field for are kept in `extra`."""
    rest = dict(entry)
    number, name = whole(rest.pop("id", None)), rest.pop("name", None)
    if isinstance(name, int | float) and not isinstance(name, bool):
        name = str(name)  # digits as classes
    if isinstance(number, bool) or not isinstance(number, int):
        raise FormatError(f"the id is {number!r}, expected a whole number", where=where)
    if not isinstance(name, str):
        raise FormatError(f"the name is {name!r}, expected a text", where=where)
    keypoints = tuple(_popped(rest, "keypoints", list, str) or ())
    return Label(
        name,
        number,
        supercategory=_popped(rest, "supercategory", str) or "",
        keypoints=keypoints,
        bones=_bones(rest, len(keypoints)),
        mirror=tuple(_popped(rest, "mirror", list, int) or ()),
        attributes=_popped(rest, "attributes", dict) or {},
        extra=rest,
    )


def whole(value: Any) -> Any:
    """A number that is written as ``1.0`` or as a text, as a whole number; others as they are."""
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _popped(rest: dict[str, Any], key: str, kind: type, member: type | None = None) -> Any:
    """Take a non-empty value of the expected type out of `rest`; others stay there."""
    value: Any = rest.get(key)
    fits = type(value) is kind
    if not value or not fits:
        return None
    if member is not None and not all(type(v) is member for v in value):
        return None
    return rest.pop(key)


def _bones(rest: dict[str, Any], count: int) -> tuple[tuple[int, int], ...]:
    """The skeleton as 0-based pairs; COCO counts from 1.

    One that names other keypoints than the `count` there are stays in `rest` as it is.
    """
    pairs: list[Any] = _popped(rest, "skeleton", list, list) or []
    if not all(_is_bone(pair, count) for pair in pairs):
        rest["skeleton"] = pairs
        return ()
    return tuple((pair[0] - 1, pair[1] - 1) for pair in pairs)


def _is_bone(pair: list[Any], count: int) -> bool:
    return len(pair) == 2 and all(type(k) is int and 1 <= k <= count for k in pair)


def category(entry: Label, number: int) -> dict[str, Any]:
    """The category of a label under an id."""
    found: dict[str, Any] = {"id": number, "name": entry.name}
    if entry.supercategory:
        found["supercategory"] = entry.supercategory
    if entry.keypoints:
        found["keypoints"] = list(entry.keypoints)
    if entry.bones:
        found["skeleton"] = [[a + 1, b + 1] for a, b in entry.bones]
    if entry.mirror:
        found["mirror"] = list(entry.mirror)
    if entry.attributes:
        found["attributes"] = dict(entry.attributes)
    return {**entry.extra, **found}


def numbered(labels: Sequence[Label], losses: Losses) -> list[int]:
    """The category id of every label: its own, else the next free number from 1 (rule 3)."""
    own = Counter(entry.id for entry in labels)
    used = {number for number in own if number is not None}
    free = _free(used)
    ids: list[int] = []
    for entry in labels:
        taken = entry.id is None or entry.id in ids
        ids.append(next(free) if taken else int(entry.id or 0))
        if taken and entry.id is not None:
            losses.add("category id that another class has", example=entry.name)
    return ids


def _free(used: Iterable[int]) -> Iterator[int]:
    taken, number = set(used), 0
    while True:
        number += 1
        if number not in taken:
            yield number


def merged(lists: Sequence[Sequence[Label]], losses: Losses) -> tuple[Label, ...]:
    """One list for all splits, in the order of the first file that has a class (rule 2).

    Classes are the same where their names are; the second class of a name in one file is its own.
    A later file's id gives way where it is taken, and is that of a class that had none.
    """
    found: dict[tuple[str, int], Label] = {}
    for labels in lists:
        ids = {entry.id for entry in found.values()}
        for key, entry in keyed(labels):
            if key not in found:
                found[key] = replace(entry, id=None) if entry.id in ids else entry
            elif found[key].id is None and entry.id not in ids:
                found[key] = replace(found[key], id=entry.id)
            if entry.id not in (None, found[key].id):
                losses.note(f"category id {entry.id} of {entry.name!r} differs between the files")
    return tuple(found.values())


def keyed(labels: Iterable[Label]) -> Iterator[tuple[tuple[str, int], Label]]:
    """Each label with its name and how many of that name came before it."""
    seen: Counter[str] = Counter()
    for entry in labels:
        yield (entry.name, seen[entry.name]), entry
        seen[entry.name] += 1
