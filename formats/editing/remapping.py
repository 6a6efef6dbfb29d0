"""Classes renamed, joined and left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from formats.changing import Told, edited
from formats.dataset import Chunk, Dataset, Label
from formats.editing import picking
from formats.editing.naming import of_name
from formats.errors import FormatError

__all__ = ["Rest", "remapped"]

Rest = Literal["keep", "drop"]
Ints = NDArray[np.int32]


def remapped(dataset: Dataset, names: Mapping[str, str | None], rest: Rest = "keep") -> Dataset:
    """The data set with its classes under new names; `names` has None for one that goes.

    Classes of one new name become one class, in the place of the first of them. Classes that are
    not named stay as they are, or go. UnknownName for a class that there is none of.
    """
    told = _told(dataset.labels, names)
    wanted = [
        told.get(k, label.name if rest == "keep" else None)
        for k, label in enumerate(dataset.labels)
    ]
    groups = _groups(dataset.labels, wanted)
    place = np.full(len(wanted), -1, dtype=np.int32)
    for new, members in enumerate(groups.values()):
        place[members] = new
    labels = tuple(_joined(dataset.labels, key[0], members) for key, members in groups.items())
    job = _Remap(place, [label.name for label in dataset.labels], wanted)
    return edited(dataset, job.chunk, labels=labels)


def _told(labels: Sequence[Label], names: Mapping[str, str | None]) -> dict[int, str | None]:
    """The new name of every class that is named."""
    found: dict[int, str | None] = {}
    for name, other in names.items():
        for k in of_name(name, labels):
            if k in found and found[k] != other:
                raise FormatError(f"{labels[k].name!r} is given two names, {name!r} is the second")
            found[k] = other
    return found


def _groups(
    labels: Sequence[Label], wanted: Sequence[str | None]
) -> dict[tuple[str, int], list[int]]:
    """The old classes of each new one, by its name, in the order of their first.

    Classes of one name that nobody asked to join stay apart: the number tells them.
    """
    groups: dict[tuple[str, int], list[int]] = {}
    for k, name in enumerate(wanted):
        if name is None:
            continue
        number = 0
        if name == labels[k].name:
            number = sum(label.name == name for label in labels[:k])
        groups.setdefault((name, number), []).append(k)
    return groups


def _joined(labels: Sequence[Label], name: str, members: Sequence[int]) -> Label:
    """The class that some become: the one that had the name already, else the first."""
    found = [labels[k] for k in members]
    first = next((label for label in found if label.name == name), found[0])
    skeleton = next((label for label in found if label.keypoints), first)
    if any(label.keypoints not in ((), skeleton.keypoints) for label in found):
        names = " and ".join(repr(label.name) for label in found if label.keypoints)
        raise FormatError(f"{names} have other keypoints and cannot be one class {name!r}")
    return replace(
        first,
        name=name,
        keypoints=skeleton.keypoints,
        bones=skeleton.bones,
        mirror=skeleton.mirror,
    )


@dataclass(frozen=True, slots=True)
class _Remap:
    """`place` (L,) has the new index of every old class, -1 for one that goes."""

    place: Ints
    names: list[str]
    wanted: list[str | None]

    def chunk(self, chunk: Chunk, told: Told) -> Chunk:
        """A chunk over the new classes."""
        old = chunk.annotations.labels
        for k, count in enumerate(np.bincount(old, minlength=len(self.names)).tolist()):
            told[self._words(k)] += count if self.wanted[k] != self.names[k] else 0
        found = replace(chunk, annotations=chunk.annotations.with_columns(labels=self.place[old]))
        return picking.rows(found, self.place[old] >= 0)

    def _words(self, k: int) -> str:
        if self.wanted[k] is None:
            return f"object of {self.names[k]!r} left out"
        return f"object of {self.names[k]!r}, now of {self.wanted[k]!r}"
