"""`pick`: gold pictures of a dataset, by strata, at random."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.dataset import Chunk, Dataset
from formats.errors import FormatError
from prelabel.errors import SettingsError
from prelabel.evaluate.pairing import name_of

__all__ = ["EMPTY", "Pick", "Stratum", "pick"]

Ints = NDArray[np.int64]

EMPTY = ""
"""The stratum of pictures without an object."""


@dataclass(frozen=True, slots=True)
class Stratum:
    """Pictures whose rarest class is `name`: how many there are, and how many were picked."""

    name: str
    pictures: int
    picked: int


@dataclass(frozen=True, slots=True, eq=False)
class Pick:
    """Gold pictures: their `dataset`, with its truth, their names, and the strata."""

    dataset: Dataset
    names: tuple[str, ...]
    strata: tuple[Stratum, ...]

    def as_json(self) -> dict[str, Any]:
        """Names and strata."""
        strata = [
            {"rarest_class": s.name or None, "pictures": s.pictures, "picked": s.picked}
            for s in self.strata
        ]
        return {"pictures": list(self.names), "strata": strata}


def pick(dataset: Dataset, count: int, *, seed: int = 0) -> Pick:
    """Choose `count` pictures that were looked at, or all if there are fewer.

    A picture's stratum is its rarest class, by how many pictures have it. Strata get places in
    proportion to the square root of their size, one at least while there are enough: rare classes
    are checked more often than chance would, common ones still most. Within a stratum pictures are
    drawn at random; `seed` and the pictures decide, not their order. SettingsError for no picture
    wanted; FormatError where none was looked at, or where one is there several times.
    """
    if count < 1:
        raise SettingsError(f"is {count}, expected 1 or more", "count")
    seen = _seen(dataset)
    if not seen:
        raise FormatError("no picture was looked at: there is no truth to check against")
    strata = _strata(seen)
    names = [dataset.labels[k].name if k >= 0 else EMPTY for k in strata]
    rng = np.random.default_rng(seed)
    places = _places([len(members) for members in strata.values()], count, rng)
    chosen: set[str] = set()
    for members, wanted in zip(strata.values(), places, strict=True):
        chosen |= {members[k] for k in rng.permutation(len(members))[:wanted].tolist()}
    told = zip(names, strata.values(), places, strict=True)
    return Pick(
        _only(dataset, chosen),
        tuple(name for name in seen if name in chosen),
        tuple(Stratum(name, len(members), wanted) for name, members, wanted in told),
    )


def _seen(dataset: Dataset) -> dict[str, frozenset[int]]:
    """The classes on every picture that was looked at."""
    found: dict[str, frozenset[int]] = {}
    for chunk in dataset.chunks():
        bounds = np.searchsorted(chunk.annotations.images, np.arange(len(chunk.items) + 1))
        for k, item in enumerate(chunk.items):
            if not chunk.looked[k]:
                continue
            name = name_of(item)
            if name in found:
                raise FormatError("is there twice, expected one truth", where=name)
            labels = chunk.annotations.labels[bounds[k] : bounds[k + 1]]
            found[name] = frozenset(labels.tolist())
    return found


def _strata(seen: Mapping[str, frozenset[int]]) -> dict[int, list[str]]:
    """Pictures by their rarest class, -1 for none; classes by number, pictures by name."""
    often = Counter(label for labels in seen.values() for label in labels)
    strata: dict[int, list[str]] = {}
    for name in sorted(seen):
        rarest = min(seen[name], key=lambda label: (often[label], label), default=-1)
        strata.setdefault(rarest, []).append(name)
    return dict(sorted(strata.items()))


def _places(sizes: Sequence[int], count: int, rng: np.random.Generator) -> list[int]:
    """How many are drawn from each stratum; no more than there are.

    Places go one by one to the stratum that is furthest behind its share (Sainte-Lague's divisors,
    with the square root of the size as the vote), at random among equals; but first one to each,
    large strata first.
    """
    votes = np.sqrt(np.array(sizes, dtype=np.float64))
    given = np.zeros(len(sizes), dtype=np.int64)
    lot = rng.random(len(sizes))
    for _ in range(min(count, sum(sizes))):
        claim = votes / (2 * given + 1)
        claim[given >= sizes] = -1.0
        given[np.lexsort((lot, claim, given == 0))[-1]] += 1
    return given.tolist()


def _only(dataset: Dataset, names: set[str]) -> Dataset:
    """The dataset with the named pictures only."""

    def chunks() -> Iterator[Chunk]:
        for chunk in dataset.chunks():
            kept = [k for k, item in enumerate(chunk.items) if name_of(item) in names]
            if kept:
                yield _part(chunk, np.array(kept))

    return replace(dataset, chunks=chunks)


def _part(chunk: Chunk, kept: Ints) -> Chunk:
    place = np.full(len(chunk.items), -1, dtype=np.int32)
    place[kept] = np.arange(len(kept), dtype=np.int32)
    images = place[chunk.annotations.images]
    rows = chunk.annotations[images >= 0].with_columns(images=images[images >= 0])
    return Chunk([chunk.items[k] for k in kept.tolist()], rows, chunk.looked[kept])
