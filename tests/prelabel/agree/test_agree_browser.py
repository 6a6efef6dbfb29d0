"""The page of agreement in a real browser: nothing it complains of, on a desk and on a phone."""

import numpy as np
import pytest
from browser import launched, opened
from playwright.sync_api import expect
from raters import seen

from prelabel.agree import Asked, agree, html, worst
from prelabel.image import Image
from prelabel.reports import save

pytestmark = pytest.mark.browser
CAT, DOG, COW = range(3)
ANNA = [[(CAT, 0, 0, 99), (DOG, 200, 0, 99), (COW, 400, 0, 50)], [(CAT, 5, 5, 50)], []]
BOB = [[(CAT, 0, 0, 99), (COW, 200, 0, 99)], [(CAT, 5, 5, 50), (DOG, 90, 90, 50)], None]


class Grey:
    """Finds every picture, and all are grey."""

    def open(self, items):
        return Image(np.full((480, 640, 3), 90, dtype=np.uint8))


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    path = tmp_path_factory.mktemp("agree") / "report.html"
    panel = seen(anna=ANNA, bob=BOB, carla=ANNA)
    asked = Asked(repeats=20)
    found = agree(panel, asked)
    save(html.report(found, worst.worst(panel, found, asked, Grey(), 5)), path)
    return path.as_uri()


def test_on_a_desk_and_on_a_phone(chromium, index):
    with launched(chromium) as browser:
        with opened(browser, index) as page:
            expect(page.locator(".compared")).to_have_count(2)
            page.get_by_role("link", name="Confusion").click()
            expect(page.get_by_role("heading", name="Confusion")).to_be_in_viewport()
            page.get_by_role("button", name="0.jpg: bob").click()
            expect(page.get_by_role("dialog")).to_be_visible()
        phone = {"width": 360, "height": 740}
        with opened(browser, index, viewport=phone, color_scheme="dark") as page:
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
