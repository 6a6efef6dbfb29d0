"""Cost tables as users name them: a preset, or a YAML file of seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import yaml

from formats import files
from prelabel.cost.table import EDITS, PRESETS, CostTable
from prelabel.errors import SettingsError

__all__ = ["DEFAULT", "costs", "text"]

DEFAULT = "boxes"
PRESET = "preset"


def costs(name: str) -> CostTable:
    """The preset of that name, else the table in the file of that name.

    A file has lines ``verify: 1.7`` for each kind of edit, or ``preset: boxes`` and lines for
    those that differ. SettingsError for anything else.
    """
    if name in PRESETS:
        return PRESETS[name]
    path = Path(name)
    if not path.exists() and not path.suffix:
        hint = f"presets: {', '.join(PRESETS)}; or a YAML file of seconds"
        raise SettingsError(f"no cost table {name!r}", where="--costs", hint=hint)
    try:
        found = yaml.load(files.read(path), Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        raise SettingsError(f"is not YAML: {' '.join(str(error).split())}", where=path) from error
    if not isinstance(found, dict):
        raise SettingsError("expected lines of the form  verify: 1.7", where=path)
    return _table(found, path)


def text(table: CostTable) -> str:
    """The file that `costs` reads back, to three digits after the point."""
    return "".join(f"{name}: {round(value, 3):g}\n" for name, value in table.as_json().items())


def _table(found: Mapping[str, Any], path: Path) -> CostTable:
    given = {name: value for name, value in found.items() if name != PRESET}
    unknown = next((name for name in given if name not in EDITS), None)
    if unknown is not None:
        hint = f"known: {', '.join(EDITS)}, {PRESET}"
        raise SettingsError(f"no kind of edit {unknown!r}", where=path, hint=hint)
    values = _preset(found, path) | {name: _seconds(v, path, name) for name, v in given.items()}
    needed = [f.name for f in fields(CostTable) if f.default is MISSING]
    missing = [name for name in needed if name not in values]
    if missing:
        hint = f"or begin with  preset: {DEFAULT}"
        raise SettingsError(f"says nothing about {', '.join(missing)}", where=path, hint=hint)
    return CostTable(**values)


def _preset(found: Mapping[str, Any], path: Path) -> dict[str, float]:
    if PRESET not in found:
        return {}
    name = found[PRESET]
    if not isinstance(name, str) or name not in PRESETS:
        hint = f"presets: {', '.join(PRESETS)}"
        raise SettingsError(f"no preset {name!r}", where=f"{path}: {PRESET}", hint=hint)
    return PRESETS[name].as_json()


def _seconds(value: object, path: Path, name: str) -> float:
    try:
        number = float(str(value))
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        where = f"{path}: {name}"
        raise SettingsError(f"is {value!r}, expected seconds of 0 or more", where=where)
    return number
