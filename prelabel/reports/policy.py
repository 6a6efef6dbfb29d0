"""The rule of a page about what its browser may load and run."""

from __future__ import annotations

import base64
import hashlib

__all__ = ["digest"]


def digest(text: str) -> str:
    """The hash by which the page's own policy allows this text and no other."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
