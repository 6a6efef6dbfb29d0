"""`Html`: text that is markup already, and everything else made so."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

__all__ = ["Html", "joined", "listed", "markup", "paragraph"]


class Html(str):
    """Markup that may stand on a page as it is."""

    __slots__ = ()


def markup(value: object) -> Html:
    """The value as markup: `Html` as it is, the text of anything else escaped."""
    return value if isinstance(value, Html) else Html(escape(str(value)))


def joined(parts: Iterable[object]) -> Html:
    """Parts one after another."""
    return Html("".join(markup(part) for part in parts))


def paragraph(text: object) -> Html:
    """A paragraph; nothing where the text is empty."""
    return Html(f"<p>{markup(text)}</p>" if text else "")


def listed(texts: Iterable[object]) -> Html:
    """A list with a dot before each text; nothing where there is none."""
    lines = "".join(f"<li>{markup(text)}</li>" for text in texts)
    return Html(f"<ul>{lines}</ul>" if lines else "")
