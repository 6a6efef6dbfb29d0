"""Names of splits: the parts of a data set for training, validation and test."""

from __future__ import annotations

import re
from collections.abc import Iterable

from formats.losses import Losses

__all__ = ["canonical", "known", "tell"]

_NAMES = {
    "train": "train",
    "training": "train",
    "trainval": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "minival": "val",
    "dev": "val",
    "test": "test",
    "testing": "test",
}
_YEAR = re.compile(r"[-_]?\d{4}$")


def canonical(name: str) -> str:
    """``train``, ``val`` or ``test`` for the usual spellings (``valid``, ``train2017``).

    Any other name stands for itself.
    """
    return _NAMES.get(_YEAR.sub("", name.lower()), name)


def known(name: str) -> bool:
    """Whether a name is one of the usual spellings of train, val or test."""
    return _YEAR.sub("", name.lower()) in _NAMES


def tell(names: Iterable[str], losses: Losses) -> None:
    """Note the names of splits that are read under their usual ones: ``val2017 as val``."""
    usual = {name: canonical(name) for name in names}
    other = ", ".join(f"{name} as {one}" for name, one in usual.items() if name != one)
    if other:
        losses.note(f"splits read under their usual names: {other}")
