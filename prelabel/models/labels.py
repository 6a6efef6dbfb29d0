"""Files that name a model's classes, for graphs that do not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from formats.dataset import Label
from prelabel.errors import SettingsError
from prelabel.models.skeletons import labels_of

__all__ = ["read_labels"]

TEXTS = (".txt", ".names", ".labels", "")


def read_labels(path: str | Path) -> tuple[Label, ...]:
    """The classes in the model's order.

    A text file has one name per line. YAML or JSON holds a list of names, a mapping of index to
    name, or a mapping with such a `names` (a data.yaml), where `kpt_shape` and `kpt_names` tell
    the keypoints.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SettingsError(f"cannot be read: {error.strerror}", where=path) from error
    except UnicodeDecodeError as error:
        raise SettingsError("is not text", where=path) from error
    plain = file.suffix.lower() in TEXTS
    found = text.split("\n") if plain else _parsed(text, file)
    rest = found if isinstance(found, Mapping) and "names" in found else {}
    names = _listed(rest.get("names", found), file)
    return labels_of(names, _shape(rest, file), rest.get("kpt_names"))


def _parsed(text: str, file: Path) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise SettingsError(f"is neither YAML nor JSON: {reason}", where=file) from error


def _listed(names: Any, file: Path) -> list[str]:
    """Names in order; a mapping must count from 0 without a gap."""
    if isinstance(names, Mapping):
        keys = [int(key) if str(key).isdigit() else -1 for key in names]
        if sorted(keys) != list(range(len(names))):
            raise SettingsError("class numbers do not count 0, 1, 2, ...", where=file)
        names = [name for _, name in sorted(zip(keys, names.values(), strict=True))]
    if not isinstance(names, list):
        raise SettingsError("holds no class names, expected a list or a mapping", where=file)
    return _checked([str(name).strip() for name in names], file)


def _checked(names: list[str], file: Path) -> list[str]:
    while names and not names[-1]:
        names.pop()
    if not names:
        raise SettingsError("holds no class names", where=file)
    if "" in names:
        raise SettingsError("an empty name", where=f"{file}:{names.index('') + 1}")
    return names


def _shape(rest: Mapping[Any, Any], file: Path) -> tuple[int, int] | None:
    shape = rest.get("kpt_shape")
    if shape is None:
        return None
    if not (isinstance(shape, list) and len(shape) == 2 and shape[0] > 0 and shape[1] in (2, 3)):
        raise SettingsError(f"kpt_shape is {shape!r}, expected [points, 2 or 3]", where=file)
    return int(shape[0]), int(shape[1])
