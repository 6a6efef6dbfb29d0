"""A report in a real browser, opened from a file: its policy, its tables, its pictures."""

import numpy as np
import pytest
from browser import launched, opened
from playwright.sync_api import expect

from formats.annotations import Annotations
from formats.dataset import Item, Label
from prelabel.image import Image
from prelabel.reports import Section, charts, page, pictures, save, table

pytestmark = pytest.mark.browser
ROWS = [["dog", 0.5, 10], ["cat", None, 9], ["bird 10", 0.9, 100], ["bird 9", -1.0, 2]]


@pytest.fixture(scope="module")
def browser(chromium):
    with launched(chromium) as found:
        yield found


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    image = Image(np.full((480, 640, 3), 200, dtype=np.uint8))
    seen = Annotations.of(1, boxes=np.array([(64.0, 48, 320, 240)]))
    items = [Item(f"{i}.jpg", (640, 480), seen) for i in range(2)]
    compared = "".join(pictures.compare(i, i, image, (Label("cat"),)) for i in items)
    wide = charts.heatmap([f"class {i}" for i in range(40)], ["x"] * 40, np.eye(40), title="h")
    bars = charts.bars([charts.Bar("a rather long name of somebody", 0.5, 0.4, 0.6)], title="b")
    line = charts.lines([charts.Series("s", [0, 1], [0, 1])], title="l")
    sections = [
        Section("Table", table(["class", "F1", "n"], ROWS)),
        Section("Charts", bars + line + wide),
        Section("Pictures", compared),
    ]
    path = tmp_path_factory.mktemp("report") / "report.html"
    save(page("Report", sections), path)
    return path.as_uri()


def names(page):
    return page.locator("table.sorts tbody th").all_text_contents()


def test_tables_sort_by_figure_and_by_name(browser, index):
    with opened(browser, index) as page:
        page.get_by_role("button", name="F1").click()
        assert names(page) == ["bird 10", "dog", "bird 9", "cat"]
        page.get_by_role("button", name="F1").press("Enter")
        assert names(page) == ["bird 9", "dog", "bird 10", "cat"]
        page.get_by_role("button", name="class").click()
        assert names(page) == ["bird 9", "bird 10", "cat", "dog"]
        expect(page.get_by_role("columnheader", name="class")).to_have_attribute(
            "aria-sort", "ascending"
        )


def test_pictures_show_and_enlarge_by_keyboard(browser, index):
    with opened(browser, index) as page:
        views = page.locator(".view:visible")
        views.first.focus()
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        expect(page.locator("#large-title")).to_have_text("0.jpg: A")
        assert page.locator("#before").is_disabled()
        for title in ("0.jpg: B", "0.jpg: overlaid", "1.jpg: A", "1.jpg: B", "1.jpg: overlaid"):
            page.keyboard.press("ArrowRight")
            expect(page.locator("#large-title")).to_have_text(title)
        assert page.locator("#after").is_disabled()
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        # the last one was folded away
        expect(page.locator('.view[aria-label="1.jpg: overlaid"]')).to_be_focused()


def test_both_panels_show_the_picture(browser, index):
    with opened(browser, index) as page:
        for view in page.locator(".compared").first.locator(".view:visible").all():
            shot = view.locator("svg").screenshot()
            pixels = pictures_of(shot)
            height, width = pixels.shape[:2]
            assert abs(int(pixels[height * 9 // 10, width * 9 // 10].mean()) - 200) < 6


def pictures_of(data):
    import cv2

    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_all_without_scrolling_sideways(browser, index, scheme):
    phone = {"width": 360, "height": 740}
    with opened(browser, index, viewport=phone, color_scheme=scheme) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        # letters of a chart can still be read
        box = page.locator("svg.lines text").first.bounding_box()
        assert box["height"] >= 9
