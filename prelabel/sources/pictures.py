"""`Unit`, one picture of a job; `Group`, those of one source; `Pictures`, those of the job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from formats.columns import nothing
from formats.dataset import Label

__all__ = ["Group", "Pictures", "Unit", "is_address", "name_of"]


@dataclass(frozen=True, slots=True)
class Unit:
    """One picture: `path` is its name in journal and outputs, `address` a file or http(s) URL.

    `id` and `split` are those of the dataset that it came from.
    """

    path: str
    address: str
    id: int | None = None
    split: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The pictures of one source. `name` tells it from others; `labels` only for a dataset."""

    name: str
    units: tuple[Unit, ...]
    labels: tuple[Label, ...] | None = None
    extra: Mapping[str, Any] = field(default_factory=nothing)


@dataclass(frozen=True, slots=True)
class Pictures:
    """All pictures of a job in order; `labels` and `extra` are those of a dataset, else None, {}.

    `root` is the folder that names are relative to, "" where the sources have several.
    """

    units: tuple[Unit, ...]
    labels: tuple[Label, ...] | None = None
    root: str = ""
    extra: Mapping[str, Any] = field(default_factory=nothing)


def is_address(text: str) -> bool:
    """Whether `text` is an http(s) address."""
    return text.lower().startswith(("http://", "https://"))


def name_of(path: Path, root: Path) -> str:
    """`path` below `root` with ``/``; bytes that are not UTF-8 become ``%FF``."""
    text = path.relative_to(root).as_posix()
    raw = text.encode("utf-8", "surrogateescape")
    return "".join(_escaped(c) for c in text) if raw != text.encode("utf-8", "replace") else text


def _escaped(sign: str) -> str:
    code = ord(sign)
    return f"%{code - 0xDC00:02X}" if 0xDC80 <= code <= 0xDCFF else sign
