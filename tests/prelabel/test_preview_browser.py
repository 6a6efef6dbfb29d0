"""The contact sheet's script in a real browser, opened from a file."""

import re
from urllib.request import url2pathname

import numpy as np
import pytest
from browser import launched, opened
from playwright.sync_api import expect

from formats.annotations import Annotations, Kind
from formats.dataset import Dataset, Item, Label
from geometry import masks
from prelabel.errors import ImageError
from prelabel.image import Image
from prelabel.preview import write
from prelabel.preview.palette import colours

pytestmark = pytest.mark.browser
NAMES = ("cat", "dog", "a class with a rather long name indeed")
SCORES = {"a.jpg": (0.9, 0.3), "b.jpg": (0.6,), "c.jpg": ()}


@pytest.fixture(scope="module")
def browser(chromium):
    with launched(chromium) as found:
        yield found


def picture(item):
    if item.path == "broken.jpg":
        raise ImageError("12 bytes, expected a picture", where="broken.jpg")
    return Image(np.full((480, 640, 3), 90, dtype=np.uint8))


def table(scores):
    n = len(scores)
    corners = np.array([(100 + 200 * k, 100, 220 + 200 * k, 300) for k in range(n)], dtype=float)
    dense = np.zeros((480, 640), dtype=bool)
    dense[100:300, 100:220] = True
    return Annotations.of(
        n,
        boxes=corners.reshape(n, 4),
        scores=np.array(scores),
        labels=np.arange(n),
        kinds=[Kind.MASK, Kind.BOX][:n],
        masks=[masks.encode(dense), None][:n],
    )


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    items = [Item(path, (640, 480), table(scores)) for path, scores in SCORES.items()]
    dataset = Dataset.of([Label(name) for name in NAMES], [*items, Item("broken.jpg")])
    return write(dataset, tmp_path_factory.mktemp("sheet"), picture).as_uri()


@pytest.fixture
def page(browser, index):
    with opened(browser, index) as found:
        yield found


def titles(page):
    return page.locator("#sheet .about span:first-child").all_text_contents()


def test_all_pictures_are_there_and_counted(page):
    assert titles(page) == [*SCORES, "broken.jpg"]
    expect(page.locator("#status")).to_have_text("4 of 4 pictures, 3 objects")
    assert page.locator("#sheet .count").all_text_contents() == [
        "2 objects, least 0.30",
        "1 object, least 0.60",
        "0 objects",
        "unreadable",
    ]


def test_shapes_lie_where_they_are(page):
    view = page.locator("#sheet .view").first
    mask, box = (view.locator("path.edge").nth(k).bounding_box() for k in (1, 0))
    # boxes of the browser hold the line, 1.75 pixels wide
    image = view.locator("img").bounding_box()
    scale = min(image["width"] / 640, image["height"] / 480)
    left = image["x"] + (image["width"] - 640 * scale) / 2
    top = image["y"] + (image["height"] - 480 * scale) / 2
    for found, x in ((mask, 100), (box, 300)):
        place = (found["x"] - left, found["y"] - top, found["width"], found["height"])
        assert place == pytest.approx([v * scale for v in (x, 100, 120, 200)], abs=2)


def test_colours_are_those_of_the_names(page):
    groups = page.locator("#sheet .view").first.locator("svg > g")
    found = groups.evaluate_all("(nodes) => nodes.map((node) => node.style.color).filter(Boolean)")
    wanted = ["rgb({}, {}, {})".format(*colour) for colour in colours(NAMES)]
    assert set(found) == set(wanted[:2])


def test_threshold_hides_and_counts(page):
    page.get_by_role("slider", name="Least score").fill("0.5")
    expect(page.locator("#status")).to_have_text("4 of 4 pictures, 2 objects")
    expect(page.locator("#sheet path.edge")).to_have_count(2)
    expect(page.locator(".chip b")).to_have_text(["2", "0"])


def test_classes_are_switched(page):
    page.locator(".chip", has_text="cat").click()
    expect(page.locator("#status")).to_have_text("4 of 4 pictures, 1 object")
    page.get_by_role("button", name="None", exact=True).click()
    expect(page.locator("#status")).to_have_text("4 of 4 pictures, 0 objects")
    page.get_by_role("button", name="All", exact=True).click()
    expect(page.locator("#status")).to_have_text("4 of 4 pictures, 3 objects")


def test_order_and_choice(page):
    page.get_by_label("Order").select_option("most")
    expect(page.locator("#sheet .about span:first-child").first).to_have_text("a.jpg")
    page.get_by_label("Order").select_option("name")
    page.get_by_label("Pictures").select_option("none")
    expect(page.locator("#status")).to_have_text("1 of 4 pictures, 0 objects")
    assert titles(page) == ["c.jpg"]
    page.get_by_label("Pictures").select_option("all")
    page.get_by_label("Find").fill("B.")
    expect(page.locator("#status")).to_have_text("1 of 4 pictures, 1 object")
    page.get_by_label("Find").fill("nothing like it")
    expect(page.locator("#empty")).to_be_visible()


def test_large_view_by_keyboard(page):
    page.locator("#sheet button").first.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    expect(page.locator("#objects button")).to_have_text(
        [re.compile("cat.*0.90"), re.compile("dog")]
    )
    page.keyboard.press("ArrowRight")
    expect(page.locator("#large-title")).to_have_text("b.jpg")
    page.locator("#objects button").first.focus()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator("#sheet button").nth(1)).to_be_focused()


def test_others_fade_while_one_is_pointed_at(page):
    page.locator("#sheet button").first.click()
    page.locator("#objects button").first.hover()
    faint = page.locator("#stage g.faint")
    assert faint.count() == 2  # the other one and its caption
    page.locator("#large-title").hover()
    expect(faint).to_have_count(0)


def test_address_opens_a_picture(browser, index):
    with opened(browser, f"{index}#2") as page:
        expect(page.locator("#large-title")).to_have_text("b.jpg")
        overlay = page.get_by_role("link", name="Overlay as a picture").evaluate(
            "(node) => node.href"
        )
        assert url2pathname(overlay).endswith("previews/b.jpg")


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_screen(browser, index, width, scheme):
    size = {"width": width, "height": 800}
    with opened(browser, index, viewport=size, color_scheme=scheme) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert (int(re.findall(r"\d+", ground)[0]) < 64) == (scheme == "dark")
