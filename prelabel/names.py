"""Files that users write about classes: their names, other names, thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from formats.dataset import Label
from prelabel.errors import SettingsError
from prelabel.models.skeletons import skeleton

__all__ = ["read_labels", "read_map", "read_thresholds", "threshold"]


def read_map(path: str) -> dict[str, str]:
    """Name in the model -> name in the outputs, of a YAML or JSON file; "" for a null."""
    entries = _mapping(path, "lines such as `person: pedestrian`")
    return {str(name): _name(path, name, other) for name, other in entries.items()}


def read_thresholds(path: str) -> dict[str, float]:
    """Class name -> least score, of a YAML or JSON file."""
    entries = _mapping(path, "lines such as `person: 0.4`")
    return {str(name): threshold(value, f"{path}: {name}") for name, value in entries.items()}


def threshold(value: Any, where: str) -> float:
    """A score from 0 to 1; SettingsError where it is none."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not 0 <= number <= 1:
        raise SettingsError(f"is {value!r}, expected a score from 0 to 1", where=where)
    return number


def read_labels(path: str) -> tuple[Label, ...]:
    """Class names in the model's order: one per line, or YAML or JSON with `names`.

    `names` is a list or a mapping from class index; `kpt_shape` ([points, 2 or 3]) and `kpt_names`
    may stand beside it, as in a data.yaml.
    """
    text = _text(path)
    found = _yaml(path, text) if Path(path).suffix.lower() in (".yaml", ".yml", ".json") else None
    if found is None:
        found = [line.strip() for line in text.splitlines() if line.strip()]
    facts = found if isinstance(found, dict) and "names" in found else {"names": found}
    names = _ranked(facts["names"], path)
    points = facts.get("kpt_shape") or [0]
    known = facts.get("kpt_names") or ()
    return tuple(skeleton(name, i, int(points[0]), _points(known, i)) for i, name in names)


def _ranked(names: Any, path: str) -> list[tuple[int, str]]:
    """(index, name) of a list or of a mapping whose keys are 0, 1, 2, ..."""
    rows = dict(enumerate(names)) if isinstance(names, list) else names
    try:
        found = sorted((int(i), str(name)) for i, name in rows.items())
    except (AttributeError, TypeError, ValueError) as error:
        raise SettingsError("names are no list and no mapping from index", where=path) from error
    if not found or [i for i, _ in found] != list(range(len(found))):
        raise SettingsError(
            f"names {len(found)} classes, expected indices 0, 1, 2, ... without gaps", where=path
        )
    return found


def _points(names: Any, i: int) -> tuple[str, ...]:
    found = names.get(i, ()) if isinstance(names, dict) else names
    return tuple(map(str, found))


def _name(path: str, name: object, other: object) -> str:
    if other is None:
        return ""
    if isinstance(other, str | int | float) and str(other).strip():
        return str(other)
    raise SettingsError(f"{name} becomes {other!r}, expected a name or null", where=path)


def _mapping(path: str, wanted: str) -> Mapping[Any, Any]:
    found = _yaml(path, _text(path))
    if not isinstance(found, dict):
        raise SettingsError(f"holds no names, expected {wanted}", where=path)
    return found


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SettingsError(f"cannot be read: {error.strerror}", where=path) from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"is not UTF-8 text: {error.reason}", where=path) from error


def _yaml(path: str, text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SettingsError(f"is not YAML: {' '.join(str(error).split())}", where=path) from error
