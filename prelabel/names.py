"""Files that users write about classes: other names, thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from prelabel.errors import SettingsError

__all__ = ["read_map", "read_thresholds", "threshold"]


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


def _name(path: str, name: object, other: object) -> str:
    if other is None:
        return ""
    if isinstance(other, str | int | float) and str(other).strip():
        return str(other)
    raise SettingsError(f"{name} becomes {other!r}, expected a name or null", where=path)


def _mapping(path: str, wanted: str) -> Mapping[Any, Any]:
    try:
        found = yaml.safe_load(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(f"cannot be read: {error.strerror}", where=path) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise SettingsError(f"is not YAML: {reason}", where=path) from error
    if not isinstance(found, dict):
        raise SettingsError(f"holds no names, expected {wanted}", where=path)
    return found
