"""What the head of a file says of its task beside classes and frames, kept as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from formats.cvat.markup import Node
from formats.cvat.text import element, opened

__all__ = ["KEY", "lines", "told"]

_TAG = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*").fullmatch
KEY = "cvat"
"""Where `Dataset.extra` keeps it."""
MADE = frozenset(
    {"size", "mode", "start_frame", "stop_frame", "frame_filter", "labels", "segments"}
    | {"subset", "subsets", "tasks", "original_size", "source"}
)
"""What is written for the pictures that are there, or has lost its meaning."""


def told(meta: Node) -> dict[str, Any]:
    """The texts of a task's, a job's or a project's element by tag; those inside one as a mapping.

    Of an element without any, such as a bug tracker that is not set, nothing is kept.
    """
    below = {node.tag: node for node in meta.children}
    whole = below.get("project") or below.get("task") or below.get("job")
    return _texts(whole) if whole else {}


def _texts(node: Node) -> dict[str, Any]:
    found = {child.tag: _value(child) for child in node.children if child.tag not in MADE}
    return {tag: value for tag, value in found.items() if value}


def _value(node: Node) -> Any:
    return _texts(node) if node.children else node.text.strip()


def lines(kept: object, depth: int) -> str:
    """The elements of what was kept; nothing for what is no mapping of texts."""
    if not isinstance(kept, Mapping):
        return ""
    named = ((tag, value) for tag, value in kept.items() if _TAG(str(tag)) and tag not in MADE)
    return "".join(_line(tag, value, depth) for tag, value in named)


def _line(tag: str, value: object, depth: int) -> str:
    if isinstance(value, Mapping):
        return opened(tag, lines(value, depth + 1), depth)
    return element(tag, value, depth) if isinstance(value, str) else ""
