"""File names of previews: like the picture's own path, but never outside the folder."""

from __future__ import annotations

import re
from urllib.parse import quote

from formats.dataset import Item

__all__ = ["Names", "address"]

REFUSED = re.compile(r'[\x00-\x1f<>:"|?*]')
LONGEST = 120
"""Bytes of one step of a path; the middle of a longer one is left out."""


class Names:
    """Gives each item a relative path ending in ``.jpg`` of its own."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, item: Item) -> str:
        """The path of the item's preview, with ``/``; a second one of a name gets a number."""
        steps = [step for step in re.split(r"[\\/]+", item.path) if step.strip(". ")]
        stem = "/".join(_safe(step) for step in steps) or f"picture-{item.id}"
        if item.frame is not None:
            stem += f".{item.frame:06}"
        name = stem if stem.lower().endswith((".jpg", ".jpeg")) else f"{stem}.jpg"
        number = 2
        while name.casefold() in self._taken:
            name, number = f"{stem}.{number}.jpg", number + 1
        self._taken.add(name.casefold())
        return name


def address(name: str) -> str:
    """A relative path as a relative address."""
    return quote(name)


def _safe(step: str) -> str:
    """One step of a path that every file system takes."""
    clean = REFUSED.sub("_", step).rstrip(". ")
    raw = clean.encode("utf-8", "replace")
    if len(raw) <= LONGEST:
        return clean
    half = LONGEST // 2
    return f"{raw[:half].decode('utf-8', 'ignore')}…{raw[-half:].decode('utf-8', 'ignore')}"
