"""The classes of several datasets as one list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from formats import labels
from formats.dataset import Label
from formats.errors import UnknownName

__all__ = ["joined"]

Places = list[NDArray[np.int32]]


def joined(
    lists: Sequence[Sequence[Label]], aliases: Mapping[str, str]
) -> tuple[tuple[Label, ...], Places, tuple[str, ...]]:
    """All classes in order of first mention, each list's place among them, and facts for the user.

    Names are one class where they are equal, or, with no equal one, differ in case or blanks only;
    `aliases` maps a name to another: UnknownName for a name that nobody has. A class that says what
    its keypoints are stands for those that do not.
    """
    _check(lists, aliases)
    found: list[Label] = []
    places: Places = []
    told: dict[str, None] = {}
    for own in lists:
        before = tuple(found)
        places.append(
            np.array([_place(label, aliases, before, found, told) for label in own], dtype=np.int32)
        )
    return tuple(found), places, tuple(told)


def _place(
    label: Label,
    aliases: Mapping[str, str],
    before: Sequence[Label],
    found: list[Label],
    told: dict[str, None],
) -> int:
    """The place of a class; added where none of other lists is it, nor one of its own name."""
    name = aliases.get(label.name, label.name)
    exact = [k for k, other in enumerate(found) if other.name == name]
    k = exact[0] if exact else labels.find(name, before)
    if k < 0:
        found.append(Label(name, label.id, label.supercategory, label.keypoints, label.bones))
        return len(found) - 1
    if found[k].name != label.name:
        told[f"class {label.name!r} is taken as {found[k].name!r}"] = None
    if label.keypoints and not found[k].keypoints:
        found[k] = Label(found[k].name, found[k].id, label.supercategory, label.keypoints)
    return k


def _check(lists: Sequence[Sequence[Label]], aliases: Mapping[str, str]) -> None:
    names = {label.name for own in lists for label in own}
    for name in aliases:
        if name not in names:
            hint = f"known: {', '.join(sorted(names))}"
            raise UnknownName(f"no class {name!r} in any of the datasets", hint=hint)
