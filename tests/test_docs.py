"""Nothing that a user can name may be undocumented, and the documents may not name what is gone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from formats import FORMATS
from formats.errors import FormatError, UnknownName
from formats.options import Options, fields, make
from prelabel.commands import COMMANDS, plugins
from prelabel.engines import ENGINES
from prelabel.models import FAMILIES
from prelabel.settings import SETTINGS
from server.protocols import PROTOCOLS

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "docker/README.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
TEXT = "\n".join(page.read_text() for page in PAGES)
VERBS = {*COMMANDS, *(plugin.name for plugin in plugins())}
NAMES = [
    *(("command", name) for name in sorted(VERBS)),
    *(("format", name) for name in FORMATS),
    *(("family", name) for name in FAMILIES),
    *(("engine", name) for name in ENGINES),
    *(("protocol", name) for name in PROTOCOLS),
    *(("setting", name) for name in SETTINGS),
]


@pytest.mark.parametrize(("kind", "name"), NAMES)
def test_every_name_is_documented(kind: str, name: str) -> None:
    pattern = rf"`prelabel {name}\b|prelabel {name} " if kind == "command" else rf"`{name}`"
    assert re.search(pattern, TEXT), f"{kind} {name} stands in no page"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_in_pages_exist(page: Path) -> None:
    for verb in re.findall(r"^\s*(?:\$ )?prelabel ([a-z-]+)", page.read_text(), flags=re.M):
        assert verb in VERBS, f"{page.name} shows `prelabel {verb}`"


def test_options_of_formats_are_written_as_they_are_taken() -> None:
    """Of every ``-o NAME=VALUE`` some format has the name and takes each of the values."""
    found = re.compile(r"-o (?:from\.|to\.)?(\w+)=([\w|.,:/?-]*)")
    told = {match for page in PAGES for match in found.findall(page.read_text())}
    assert ("class_lists", "yes") in told
    records = [FORMATS[name].options for name in FORMATS]
    for name, values in sorted(told):
        if name.isupper() or values.isupper():  # NAME=VALUE, FILE
            continue
        for value in values.rstrip(".:,").split("|"):
            assert any(_taken(record, name, value) for record in records), f"{name}={value}"


def _taken(record: type[Options], name: str, value: str) -> bool:
    try:
        make(record, {name: value} if value else {})
    except (FormatError, UnknownName):
        return False
    return value != "" or any(field.name == name for field in fields(record))
