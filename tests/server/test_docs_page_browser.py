"""The page of the API's description, in a real browser: all routes and records, no complaint."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser import launched, opened
from playwright.sync_api import expect
from serving import serve

pytestmark = pytest.mark.browser
KEY = "k3y-of-the-server"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_shows_every_route_and_record(tiny: Path, chromium: str, scheme: str) -> None:
    with serve({"tiny": tiny}, api_keys=(KEY,), key=KEY) as served, launched(chromium) as browser:
        told = served.client.get("/api/v1/openapi.json").json()
        routes = [f"{verb.upper()} {path}" for path, all_ in told["paths"].items() for verb in all_]
        credentials = {"username": "any", "password": KEY}
        context = {"http_credentials": credentials, "color_scheme": scheme}
        with opened(browser, f"{served.url}/api/v1/docs", **context) as page:
            expect(page.locator("article")).to_have_count(len(routes))
            assert page.locator("nav li").all_inner_texts() == routes
            records = page.locator("#schemas h2").all_inner_texts()
            assert records == list(told["components"]["schemas"])
            page.locator("nav a", has_text="POST /api/v1/predict").click()
            expect(page.locator("article:target")).to_contain_text("multipart/form-data")
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_phone_sees_it_without_scrolling_sideways(tiny: Path, chromium: str) -> None:
    with serve({"tiny": tiny}) as served, launched(chromium) as browser:
        viewport = {"width": 360, "height": 740}
        with opened(browser, f"{served.url}/api/v1/docs", viewport=viewport) as page:
            expect(page.locator("article").first).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_an_error_is_told_on_the_page(tiny: Path, chromium: str) -> None:
    with serve({"tiny": tiny}) as served, launched(chromium) as browser:
        page = browser.new_page()
        page.route("**/openapi.json", lambda route: route.fulfill(status=503, body=""))
        page.goto(f"{served.url}/api/v1/docs")
        expect(page.get_by_role("status")).to_have_text("The server answers 503.")
