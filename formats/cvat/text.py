"""XML as text, written piece by piece."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.sax.saxutils import escape

__all__ = ["content", "element", "number", "opened", "tag", "unwritable"]

_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PLAIN = re.compile(r"[\w.,;:# -]*").fullmatch
SHORT = len("0.123456789")
"""A number of no more characters, and without an exponent, has 9 decimals at most."""
QUOTED = {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
RETURN = {"\r": "&#13;"}


def number(value: float) -> str:
    """A number with at most 9 decimals and no more digits than it needs."""
    said = repr(float(value))
    if len(said) > SHORT or "e" in said:
        said = repr(round(float(value), 9))
    return said.removesuffix(".0")


def unwritable(text: str) -> bool:
    """Whether a text has characters that XML cannot hold."""
    return _UNWRITABLE.search(text) is not None


def content(text: str) -> str:
    """A text between tags; what XML cannot hold becomes U+FFFD."""
    return escape(_UNWRITABLE.sub("�", text), RETURN)


def tag(name: str, attributes: Mapping[str, str], close: str = ">") -> str:
    """An opening tag, or with ``/>`` one that is empty."""
    told = "".join([f' {k}="{v if _PLAIN(v) else _quoted(v)}"' for k, v in attributes.items()])
    return f"<{name}{told}{close}"


def _quoted(text: str) -> str:
    return escape(_UNWRITABLE.sub("�", text), QUOTED)


def element(name: str, text: str, depth: int) -> str:
    """A line with one element that holds a text."""
    return f"{'  ' * depth}<{name}>{content(text)}</{name}>\n"


def opened(name: str, inside: str, depth: int) -> str:
    """An element around lines that are one step further in."""
    return f"{'  ' * depth}<{name}>\n{inside}{'  ' * depth}</{name}>\n"
