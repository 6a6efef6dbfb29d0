"""The playground's files: complete, nothing inline, nothing from elsewhere, served whole."""

import ast
import asyncio
import re
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from prelabel.preview.palette import PALETTE
from server import playground

FILES = sorted(path for path in playground.FOLDER.iterdir() if path.is_file())
SCRIPTS = [path for path in FILES if path.suffix == ".js"]
FORBIDDEN = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(")
TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".jpg": "image/jpeg",
    ".html": "text/html; charset=utf-8",
}


class Page(HTMLParser):
    """All elements as (name, attributes), and the text inside scripts and styles."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.inline, self.inside = [], "", ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.inside = tag

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        if self.inside in ("script", "style"):
            self.inline += data


PAGE = Page((playground.FOLDER / "index.html").read_text(encoding="utf-8"))
IDS = [attributes["id"] for _, attributes in PAGE.elements if "id" in attributes]


APP = Starlette(routes=[Route("/", lambda request: playground.page()), *playground.routes()])


def get(path, **headers):
    """The answer to a request, without a network."""

    async def ask():
        transport = httpx.ASGITransport(APP)
        async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
            return await client.get(path, headers=headers)

    return asyncio.run(ask())


def named(text):
    """Files of the folder that a text names."""
    return set(re.findall(r"""["'(](?:\./|static/)([a-z-]+\.[a-z]+)["')]""", text))


def test_every_file_that_is_named_exists_and_every_file_is_named():
    text = "".join(p.read_text(encoding="utf-8") for p in FILES if p.suffix != ".jpg")
    assert named(text) == {path.name for path in FILES} - {"index.html"}


def test_nothing_is_inline():
    assert PAGE.inline == ""
    names = {name for _, attributes in PAGE.elements for name in attributes}
    assert not [name for name in names if name == "style" or name.startswith("on")]


def test_addresses_are_relative():
    """So the page works under a path of a proxy; none leads elsewhere."""
    for _, attributes in PAGE.elements:
        for name in ("src", "href"):
            assert not re.match(r"[a-z]+:|/", attributes.get(name, ""))
    for script in SCRIPTS:
        found = re.findall(r"https?://[^\"'\s]+", script.read_text(encoding="utf-8"))
        assert set(found) <= {"http://www.w3.org/2000/svg"}


def test_ids_are_there_once_and_scripts_use_no_others():
    assert len(set(IDS)) == len(IDS)
    used = {
        name
        for script in SCRIPTS
        for name in re.findall(r'\$\("([a-z-]+)"\)', script.read_text(encoding="utf-8"))
    }
    assert used
    assert used <= set(IDS)


def test_labels_name_elements_that_are_there():
    for _, attributes in PAGE.elements:
        for name in ("for", "aria-labelledby"):
            assert attributes.get(name, IDS[0]) in IDS


def test_every_control_has_a_name():
    """By its text, its label element or an attribute; the fields' ones are checked by id."""
    labelled = {attributes.get("for") for tag, attributes in PAGE.elements if tag == "label"}
    for tag, attributes in PAGE.elements:
        if tag == "input" and attributes["type"] not in ("checkbox",):
            assert attributes["id"] in labelled or attributes.get("aria-label")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_only_set_texts(script):
    text = script.read_text(encoding="utf-8")
    for way in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
    ):
        assert way not in text
    assert len(text.splitlines()) <= 300


def test_palette_is_the_one_of_the_contact_sheet():
    text = (playground.FOLDER / "palette.js").read_text(encoding="utf-8")
    table = re.search(r"PALETTE = (\[.*?\n\]);", text, flags=re.S)
    assert table
    assert [tuple(row) for row in ast.literal_eval(table[1])] == list(PALETTE)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_files_are_served_with_type_and_policy(path):
    answer = get("/" if path.name == "index.html" else f"/static/{path.name}")
    assert answer.content == path.read_bytes()
    assert answer.headers["content-type"] == TYPES[path.suffix]
    assert playground.HEADERS.items() <= dict(answer.headers).items()


def test_a_file_that_the_browser_has_is_not_sent_again():
    tag = get("/static/playground.js").headers["etag"]
    again = get("/static/playground.js", **{"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["%2e%2e/__init__.py", "..%2f__init__.py", "none.js", ""])
def test_nothing_else_is_served(path):
    assert get(f"/static/{path}").status_code == 404


def test_policy_allows_no_inline_script_and_no_other_host():
    rules = dict(rule.split(" ", 1) for rule in playground.POLICY.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert rules["img-src"] == "'self' data: blob:"


def test_sample_is_small():
    assert Path(playground.FOLDER / "sample.jpg").stat().st_size < 100_000
