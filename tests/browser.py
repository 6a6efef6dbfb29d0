"""A headless Chromium for tests, and pages in it that may not complain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

__all__ = ["launched", "opened"]

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 60_000
"""Milliseconds that a page may take on a machine that has other things to do."""
DESKTOP = {"width": 1280, "height": 800}


@contextmanager
def launched(program: str) -> Iterator[Browser]:
    """The browser; for no longer than a module, because its event loop runs in this thread."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(
    browser: Browser, url: str, *, forgiven: tuple[str, ...] = (), before: str = "", **context: Any
) -> Iterator[Page]:
    """A page in a context of its own, as `Browser.new_context` takes it.

    AssertionError at the end for each error that it logged (a broken rule of its policy is one),
    except those that hold a `forgiven` text. `before` is a script that runs before the page's own.
    """
    complaints: list[str] = []

    def logged(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    own = browser.new_context(**{"viewport": DESKTOP, **context})
    try:
        own.set_default_timeout(PATIENCE)
        page = own.new_page()
        page.on("console", logged)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if before:
            page.add_init_script(before)
        page.goto(url)
        yield page
    finally:
        own.close()
    assert [text for text in complaints if not any(part in text for part in forgiven)] == []
