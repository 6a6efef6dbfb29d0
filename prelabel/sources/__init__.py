"""What a job labels: files, folders, patterns, list files, addresses or a dataset -> `Pictures`.

A picture is known by its name: its path below the source that it came from, with ``/``, never
absolute. Names are what the journal and every output hold, so they do not depend on where the
sources lie. Where two sources would give one name to two pictures, each of these sources puts the
name of its own folder in front.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from prelabel.errors import JobError
from prelabel.sources import datasets, files, folders, lists
from prelabel.sources.pictures import Group, Pictures, Unit, is_address

__all__ = ["Pictures", "Unit", "collect"]

DATASETS = frozenset({".json", ".jsonl", ".yaml", ".yml"})


def collect(sources: Sequence[str], *, images: str = "", exclude: str = "") -> Pictures:
    """The pictures of all sources, in their order; folders sorted by name.

    `images` is the folder of a dataset's pictures where it cannot be told from the dataset;
    `exclude` a folder that is not walked (the job's own output). JobError where a source is
    missing or empty, or where two pictures end up under one name.
    """
    plain = files.groups([s for s in sources if _is_plain(s)])
    groups = [plain.get(s) or _group(s, images, exclude) for s in sources]
    labels = datasets.common_labels(groups)
    seen: set[str] = set()
    units = _named([_without_seen(group, seen) for group in groups])
    if not units:
        raise JobError("no pictures", where=" ".join(sources))
    return Pictures(tuple(units), labels, _root(units), groups[0].extra)


def _is_plain(source: str) -> bool:
    """A single file or address, as opposed to something that lists pictures."""
    if is_address(source):
        return True
    path = Path(source)
    return path.is_file() and path.suffix.lower() not in {".txt", *DATASETS}


def _group(source: str, images: str, exclude: str) -> Group:
    path = Path(source)
    if path.is_dir():
        return folders.group(path, Path(exclude) if exclude else None)
    if not path.exists():
        if any(sign in source for sign in "*?["):
            return folders.pattern(source)
        raise JobError("no such file or folder", where=source)
    if path.suffix.lower() in DATASETS:
        return datasets.group(path, images)
    return lists.group(path)


def _without_seen(group: Group, seen: set[str]) -> Group:
    """The group without pictures that an earlier source gave already."""
    units = []
    for unit in group.units:
        address = files.identity(unit.address)
        if address not in seen:
            seen.add(address)
            units.append(unit)
    return replace(group, units=tuple(units))


def _named(groups: Sequence[Group]) -> list[Unit]:
    counts = Counter(unit.path for group in groups for unit in group.units)
    units = [unit for group in groups for unit in _prefixed(group, counts)]
    first: dict[str, str] = {}
    for unit in units:
        if first.setdefault(unit.path, unit.address) != unit.address:
            raise JobError(
                f"two pictures with the name {unit.path!r}: {first[unit.path]} and {unit.address}",
                hint="label them in two runs, or from a folder that holds both",
            )
    return units


def _prefixed(group: Group, counts: Counter[str]) -> tuple[Unit, ...]:
    if group.labels is not None or all(counts[unit.path] == 1 for unit in group.units):
        return group.units
    return tuple(replace(unit, path=f"{group.name}/{unit.path}") for unit in group.units)


def _root(units: Sequence[Unit]) -> str:
    """The folder that all names are relative to, "" where there is none."""
    roots = {_above(unit) for unit in units}
    return roots.pop() if len(roots) == 1 else ""


def _above(unit: Unit) -> str:
    """The folder that the unit's name starts at."""
    address = Path(files.identity(unit.address))
    root = address.parents[unit.path.count("/")] if not is_address(unit.address) else None
    return str(root) if root is not None and root / unit.path == address else ""
