"""What a data.yaml, an obj.data or a list of names says about a set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from formats import splits, yaml_text
from formats.columns import nothing
from formats.errors import FormatError
from formats.yolo import names
from formats.yolo.task import Keypoints

__all__ = ["DATA_YAML", "KNOWN", "SPLITS", "Config", "from_yaml", "keypoint_shape"]

SPLITS = ("train", "val", "valid", "validation", "minival", "test")
KNOWN = frozenset(
    [*SPLITS, "names", "nc", "path", "kpt_shape", "flip_idx", "kpt_names", "task", "splits"]
)
"""Keys of a data.yaml that say what the set is; the others are kept as they are."""
DATA_YAML = "data_yaml"
"""The key of `Dataset.extra` that the others stand under."""

MOST_POINTS = 10_000
"""Keypoints of one object."""


@dataclass(frozen=True, slots=True)
class Config:
    """`path` the file itself, `roots` the folders that paths in it may be relative to, in order.

    `names` class number -> name; `splits` split -> its folders, lists or pictures.
    """

    path: Path
    roots: tuple[Path, ...]
    names: Mapping[int, str]
    splits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    keypoints: Keypoints = (0, 0)
    flip: tuple[int, ...] = ()
    keypoint_names: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    task: str = ""
    further: Mapping[str, Any] = field(default_factory=nothing)


def from_yaml(path: Path) -> Config:
    """The configuration of a data.yaml. All scalars are read as text, so a class may be `no`.

    Those of further keys have their types.
    """
    found = yaml_text.load(path)
    if not isinstance(found, dict) or not {"names", "nc"} & set(found):
        raise FormatError("expected a mapping with names (or nc)", where=path)
    return Config(
        path,
        _roots(path, str(found.get("path") or "")),
        names.from_yaml(found.get("names"), found.get("nc"), path),
        _splits(found),
        keypoint_shape(found.get("kpt_shape"), path),
        _flip(found.get("flip_idx"), path),
        _keypoint_names(found.get("kpt_names"), path),
        str(found.get("task") or ""),
        yaml_text.typed(path, found, KNOWN),
    )


def _roots(path: Path, stated: str) -> tuple[Path, ...]:
    """The folder that `path:` names, read from the file's folder; then that folder itself."""
    here = path.parent
    return (here / stated, here) if stated else (here,)


def _splits(found: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The entries of each split; `splits`, where a file of ours has it, is exact."""
    exact = found.get("splits")
    if isinstance(exact, dict):
        return {key: _texts(value) for key, value in exact.items()}
    named: dict[str, tuple[str, ...]] = {}
    for key in (key for key in SPLITS if found.get(key)):
        split = splits.canonical(key)
        named[split] = named.get(split, ()) + _texts(found[key])
    return named


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(v) for v in value) if isinstance(value, list) else (str(value),)


def keypoint_shape(value: Any, where: object) -> Keypoints:
    """``[17, 3]`` or ``17,3`` as numbers; (0, 0) where nothing is stated."""
    if not value:
        return (0, 0)
    parts = value.split(",") if isinstance(value, str) else value
    try:
        count, dims = (int(part) for part in parts)
    except (TypeError, ValueError) as error:
        raise FormatError(f"kpt_shape {value!r}, expected two numbers", where=where) from error
    if not 1 <= count <= MOST_POINTS or dims not in (2, 3):
        wanted = f"expected [k, 2] or [k, 3], k up to {MOST_POINTS:,}"
        raise FormatError(f"kpt_shape {value!r}, {wanted}", where=where)
    return count, dims


def _flip(value: Any, where: Path) -> tuple[int, ...]:
    if not value:
        return ()
    try:
        flip = tuple(int(k) for k in value)
    except (TypeError, ValueError) as error:
        raise FormatError(f"flip_idx {value!r}, expected whole numbers", where=where) from error
    if sorted(flip) != list(range(len(flip))):
        raise FormatError(f"flip_idx {list(flip)} is no permutation", where=where)
    return flip


def _keypoint_names(value: Any, where: Path) -> dict[int, tuple[str, ...]]:
    """Names of the keypoints per class; one list is for every class (key -1)."""
    if not value:
        return {}
    if isinstance(value, list):
        return {-1: tuple(str(name) for name in value)}
    if isinstance(value, dict) and all(str(key).isdigit() for key in value):
        return {int(key): tuple(str(n) for n in names) for key, names in value.items()}
    raise FormatError(f"kpt_names {value!r}, expected lists of names", where=where)
