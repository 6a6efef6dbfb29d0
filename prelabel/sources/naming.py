"""Names of units: no two alike, the same wherever their sources lie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from prelabel.errors import JobError
from prelabel.sources import files
from prelabel.sources.pictures import Group, Unit, is_address

__all__ = ["distinct", "named", "root"]


def distinct(group: Group, seen: set[str]) -> Group:
    """The group without units that an earlier source gave already; `seen` is added to."""
    units = []
    for unit in group.units:
        address = files.identity(unit.address)
        if address not in seen:
            seen.add(address)
            units.append(unit)
    return replace(group, units=tuple(units))


def named(groups: Sequence[Group], what: str = "pictures") -> list[Unit]:
    """All units; groups that share a name with others go by their own name in front.

    JobError where two units (`what` says of which kind) have one name even so.
    """
    counts = Counter(unit.path for group in groups for unit in group.units)
    units = [unit for group in groups for unit in _prefixed(group, counts)]
    first: dict[str, str] = {}
    for unit in units:
        if first.setdefault(unit.path, unit.address) != unit.address:
            raise JobError(
                f"two {what} with the name {unit.path!r}: {first[unit.path]} and {unit.address}",
                hint="label them in two runs, or from a folder that holds both",
            )
    return units


def _prefixed(group: Group, counts: Counter[str]) -> tuple[Unit, ...]:
    if group.labels is not None or all(counts[unit.path] == 1 for unit in group.units):
        return group.units
    return tuple(replace(unit, path=f"{group.name}/{unit.path}") for unit in group.units)


def root(units: Sequence[Unit]) -> str:
    """The folder that all names are relative to, "" where there is none."""
    roots = {_above(unit) for unit in units}
    return roots.pop() if len(roots) == 1 else ""


def _above(unit: Unit) -> str:
    """The folder that the unit's name starts at."""
    address = Path(files.identity(unit.address))
    above = address.parents[unit.path.count("/")] if not is_address(unit.address) else None
    return str(above) if above is not None and above / unit.path == address else ""
