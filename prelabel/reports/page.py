"""`page`: a report as one HTML file that holds all it shows."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path

from prelabel.errors import JobError
from prelabel.reports.markup import Html, joined, markup, paragraph
from prelabel.reports.policy import digest

__all__ = ["Section", "page", "save"]

LISTED = 3
"""From so many sections on, the page begins with a list of them."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report: its heading, its markup, and a sentence under the heading.

    `html` is taken as it stands; `note` is escaped unless it is `Html`.
    """

    heading: str
    html: str
    note: str = ""


def page(title: str, sections: Sequence[Section], *, lead: object = "") -> str:
    """The whole page: the title, the `lead` (text or `Html`), a list of sections, the sections."""
    style, script = _part("page.css"), _part("page.js")
    body = joined(
        (
            Html(f"<header><h1>{escape(title)}</h1>{_lead(lead)}</header>"),
            _contents(sections),
            Html("<main>"),
            *(_section(section, i) for i, section in enumerate(sections)),
            Html("</main>"),
        )
    )
    filled = {
        "{{style-hash}}": digest(style),
        "{{script-hash}}": digest(script),
        "{{title}}": escape(title),
        "{{style}}": style,
    }
    # body and script come last and by cutting: their texts may look like a place to fill
    head, after = _part("page.html").split("{{body}}")
    for place, text in filled.items():
        head = head.replace(place, text)
    return _written(head + body + after.replace("{{script}}", script))


def save(text: str, path: Path) -> None:
    """Write a page, or any text, whole or not at all. JobError where it cannot be written."""
    unfinished = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(text, encoding="utf-8", newline="\n")
        unfinished.replace(path)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink()
        raise JobError(f"cannot be written: {error.strerror}", where=path) from error


def _lead(lead: object) -> Html:
    return lead if isinstance(lead, Html) else paragraph(lead)


def _contents(sections: Sequence[Section]) -> Html:
    """Links to the sections."""
    if len(sections) < LISTED:
        return Html("")
    links = "".join(
        f'<li><a href="#s{i}">{escape(section.heading)}</a></li>'
        for i, section in enumerate(sections)
    )
    return Html(f'<nav aria-label="Sections"><ul>{links}</ul></nav>')


def _section(section: Section, i: int) -> Html:
    note = f'<p class="note">{markup(section.note)}</p>' if section.note else ""
    head = f'<h2 id="s{i}">{escape(section.heading)}</h2>'
    return Html(f'<section aria-labelledby="s{i}">{head}{note}{section.html}</section>\n')


def _written(text: str) -> str:
    """Text that UTF-8 can hold: half of a pair of surrogates, as a file name may have, becomes ?"""
    return text.encode("utf-8", "replace").decode()


def _part(name: str) -> str:
    """A file of this package."""
    return files("prelabel.reports").joinpath(name).read_text(encoding="utf-8")
