"""The datasets that are compared: read, named, and cut at a least score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import formats
from formats.dataset import Chunk, Dataset
from formats.errors import UnknownName
from prelabel.errors import SettingsError

__all__ = ["Source", "above", "cut", "names_of", "read"]


@dataclass(frozen=True, slots=True)
class Source:
    """A dataset as it is asked for: its path, format (None: recognised), options by name."""

    path: Path
    format: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


def read(sources: Sequence[Source], names: Sequence[str] = ()) -> list[tuple[str, Dataset]]:
    """The datasets with their names; see `names_of`. An option goes to every format that has it.

    SettingsError where the number of names is another; UnknownName for an option of no format.
    """
    if names and len(names) != len(sources):
        raise SettingsError(f"{len(names)} names for {len(sources)} datasets", where="--names")
    chosen = [source.format or formats.sniff(source.path) for source in sources]
    known = [{f.name for f in fields(formats.get(name).options)} for name in chosen]
    _check({name for source in sources for name in source.options}, set().union(*known))
    found = [
        formats.read(s.path, name, {k: v for k, v in s.options.items() if k in own})
        for s, name, own in zip(sources, chosen, known, strict=True)
    ]
    return list(zip(names or names_of([s.path for s in sources]), found, strict=True))


def _check(given: set[str], known: set[str]) -> None:
    for name in sorted(given - known):
        raise UnknownName(f"no option {name!r}", hint=f"known: {', '.join(sorted(known))}")


def names_of(paths: Sequence[Path]) -> list[str]:
    """A name for each dataset: as much of the end of its path as tells it from the others.

    The suffix of a file is left out where that is enough. Two equal paths get numbers.
    """
    resolved = [path.resolve() for path in paths]
    longest = max((len(path.parts) for path in resolved), default=1)
    plain = [path if path.is_dir() else path.with_suffix("") for path in resolved]
    for depth in range(1, longest + 1):
        ends = ["/".join(path.parts[-depth:]) for path in plain]
        if len(set(ends)) == len(ends):
            return ends
    return _numbered([path.name for path in resolved])


def _numbered(names: Sequence[str]) -> list[str]:
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return found


def cut(named: Sequence[tuple[str, Dataset]], least: Sequence[str]) -> list[tuple[str, Dataset]]:
    """The datasets without objects below a score: ``0.25`` for all, ``yolo=0.25`` for one.

    SettingsError for a name that no dataset has, or what is no score.
    """
    scores = dict(_least(text) for text in least)
    known = [name for name, _ in named]
    for name in scores:
        if name and name not in known:
            raise SettingsError(f"no dataset {name!r} ({', '.join(known)})", where="--conf")
    whole = scores.get("", 0.0)
    return [(name, above(dataset, scores.get(name, whole))) for name, dataset in named]


def _least(text: str) -> tuple[str, float]:
    """A name, "" for all, and a score."""
    name, _, value = text.rpartition("=")
    try:
        score = float(value)
    except ValueError:
        score = -1.0
    if not 0 <= score <= 1:
        raise SettingsError(f"is {value!r}, expected a score from 0 to 1", where="--conf")
    return name.strip(), score


def above(dataset: Dataset, least: float) -> Dataset:
    """The dataset without rows of a lower score; rows without a score stay: people drew them."""
    if least <= 0:
        return dataset

    def chunks() -> Iterator[Chunk]:
        for chunk in dataset.chunks():
            table = chunk.annotations
            keep = ~(table.scores < least)
            yield chunk if bool(keep.all()) else replace(chunk, annotations=table[keep])

    return replace(dataset, chunks=chunks)
