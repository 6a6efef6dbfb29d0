"""The page of a report: its rule, its parts, and texts that cannot do harm."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from prelabel.errors import JobError
from prelabel.preview.palette import luminance
from prelabel.reports import Html, Section, charts, page, save, table
from prelabel.reports.markup import joined, listed, markup, paragraph

EVIL = '"><script>alert(1)</script>{{script}}{{body}}<!--'


class Tags(HTMLParser):
    """Tags with their attributes, and texts by the tag that they stand in."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts, self.inside = [], {}, ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.inside = tag

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        self.texts[self.inside] = self.texts.get(self.inside, "") + data


def whole(text):
    """A page with `text` wherever a text may stand."""
    parts = (
        table([text, "n"], [[text, 1], [text, text]], caption=text),
        charts.bars([charts.Bar(text, 0.5, 0.4, 0.6, note=text)], title=text, unit=text),
        charts.lines(
            [charts.Series(text, [0, 1], [0, 1]), charts.Series(text, [0, 1], [1, 0])],
            title=text,
            x_title=text,
            y_title=text,
        ),
        charts.heatmap([text], [text], [[1]], title=text, corner=text),
        listed([text]),
    )
    return page(text, [Section(text, joined(parts), note=text)] * 3, lead=text)


def policy(text):
    return next(a["content"] for t, a in Tags(text).tags if t == "meta" and "http-equiv" in a)


def test_texts_cannot_do_harm():
    tame, wild = Tags(whole("x")), Tags(whole(EVIL))
    assert [tag for tag, _ in wild.tags] == [tag for tag, _ in tame.tags]
    assert wild.texts["script"] == tame.texts["script"]
    assert wild.texts["h1"] == EVIL


def test_policy_allows_this_script_and_style_only():
    text = whole("x")
    for name in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(Tags(text).texts[name].encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy(text)
    assert "default-src 'none'" in policy(text)


def test_nothing_comes_from_elsewhere_and_no_style_stands_in_a_tag():
    text = whole("x")
    assert not re.findall(r"https?://", text)
    assert not [a for _, a in Tags(text).tags if {"src", "style", "onclick"} & set(a)]


def test_script_only_sets_texts():
    script = Tags(whole("x")).texts["script"]
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert way not in script


@pytest.mark.parametrize(("count", "links"), [(0, 0), (2, 0), (3, 3)])
def test_a_list_of_sections_where_there_are_several(count, links):
    found = Tags(page("x", [Section(f"part {i}", "") for i in range(count)])).tags
    wanted = [attributes["href"][1:] for tag, attributes in found if tag == "a"]
    ids = [attributes["id"] for tag, attributes in found if tag == "h2" and "id" in attributes]
    assert len(wanted) == links
    assert set(wanted) <= set(ids)


def test_the_same_again_is_the_same_text():
    assert whole("x") == whole("x")


def test_half_a_pair_of_surrogates_can_be_written(tmp_path):
    save(page("a\udc80", []), tmp_path / "a.html")
    assert "<h1>a?</h1>" in (tmp_path / "a.html").read_text(encoding="utf-8")


def test_markup_stands_as_it_is_and_text_does_not():
    assert markup("<b>") == "&lt;b&gt;"
    assert markup(Html("<b>")) == "<b>"
    assert joined(["<", Html("<b>"), 3]) == "&lt;<b>3"
    assert paragraph("") == listed([]) == ""


def test_save_makes_folders_and_leaves_nothing_else(tmp_path):
    save("one", tmp_path / "deep" / "a.html")
    save("two", tmp_path / "deep" / "a.html")
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["a.html"]
    assert (tmp_path / "deep" / "a.html").read_text() == "two"


def test_save_says_what_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(JobError, match=r"a\.html: cannot be written"):
        save("x", tmp_path / "file" / "a.html")
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(JobError, match="cannot be written"):
        save("x", tmp_path / "folder.html")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder.html"]


def scheme(dark):
    """The named colours of the style, as (red, green, blue)."""
    style = files("prelabel.reports").joinpath("page.css").read_text()
    light, _, rest = style.partition("@media (prefers-color-scheme: dark)")
    block = rest[: rest.index("* {")] if dark else light
    found = dict(re.findall(r"--([\w-]+): #([0-9a-f]+);", block))
    full = {k: v if len(v) == 6 else "".join(c * 2 for c in v) for k, v in found.items()}
    return {k: tuple(int(v[i : i + 2], 16) for i in (0, 2, 4)) for k, v in full.items()}


def contrast(a, b):
    dark, light = sorted((luminance(a), luminance(b)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_letters_stand_off_from_every_shade(dark):
    style = files("prelabel.reports").joinpath("page.css").read_text()
    paint = scheme(dark)
    shares = {int(k): int(p) for k, p in re.findall(r"\.h(\d+) \{.*?--heat\) (\d+)%", style)}
    assert sorted(shares) == list(range(1, 10))
    for level, share in (shares | {10: 100}).items():
        mixed = tuple(
            round(h * share / 100 + p * (1 - share / 100))
            for h, p in zip(paint["heat"], paint["panel"], strict=True)
        )
        assert contrast(mixed, paint["heat-ink" if level > 5 else "text"]) >= 4.5
    for name in ("text", "quiet", "focus", *(f"c{i}" for i in range(8))):
        assert contrast(paint["panel"], paint[name]) >= 4.5
