"""Least scores of single classes, as users write them: on the command line and in files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import yaml

from formats import files
from prelabel.errors import SettingsError

__all__ = ["FLAG", "parse", "read"]

FLAG = "--conf-class"


def parse(texts: Iterable[str]) -> dict[str, float]:
    """Thresholds of ``name=score`` pairs and of files; a later one stands over an earlier one."""
    found: dict[str, float] = {}
    for text in texts:
        name, sign, value = text.rpartition("=")
        if sign:
            found[name.strip()] = _score(value, f"{FLAG} {name}")
        else:
            found.update(read(Path(text)))
    return found


def read(path: Path) -> dict[str, float]:
    """Thresholds of a YAML or JSON file: class name -> least score."""
    try:
        found = yaml.load(files.read(path), Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        raise SettingsError(f"is not YAML: {' '.join(str(error).split())}", where=path) from error
    if not isinstance(found, dict):
        raise SettingsError("expected lines of the form  name: score", where=path)
    return {str(name): _score(value, f"{path}: {name}") for name, value in found.items()}


def _score(value: object, where: str) -> float:
    """A score from 0 to 1."""
    try:
        number = float(str(value))
    except ValueError:
        number = float("nan")
    if not 0 <= number <= 1:
        raise SettingsError(f"is {value!r}, expected a score from 0 to 1", where=where)
    return number
