"""Counts in words: ``1 crowd region``, ``214 holes``, ``attributes of 3 objects``."""

from __future__ import annotations

import re

__all__ = ["counted", "plural"]

EACH = frozenset({"attributes", "flags", "keypoints", "keypoint scores", "unknown keys"})
"""What one object has several of: the objects are counted, not these."""
BEHIND = (
    "about above already another around as at below beside beyond but by covered cut for from"
    " in into joined left not of on other outside painted reaching read that to where which"
    " who whose with without written"
)
HEAD = re.compile(rf"[,:;(]| \d| (?:{'|'.join(BEHIND.split())})\b")
"""Where what follows the noun begins."""


def counted(count: int, what: str) -> str:
    """`count` of what is named in the singular, as a person would write it."""
    if what in EACH:
        return f"{what} of {count:,} object{'s' * (count != 1)}"
    return f"{count:,} {what if count == 1 else plural(what)}"


def plural(what: str) -> str:
    """The plural of a noun and what follows it: ``polygon with holes``, ``picture of a class``."""
    found = HEAD.search(what)
    end = found.start() if found else len(what)
    noun, rest = what[:end].rstrip(), what[end:]
    gap = what[len(noun) : end]
    return _plural(noun) + gap + rest


def _plural(noun: str) -> str:
    if noun.endswith(("ss", "x", "ch", "sh")):
        return f"{noun}es"
    if noun.endswith("s"):
        return noun
    if noun.endswith("y") and noun[-2:-1] not in ("a", "e", "o", "u"):
        return f"{noun[:-1]}ies"
    return f"{noun}s"
