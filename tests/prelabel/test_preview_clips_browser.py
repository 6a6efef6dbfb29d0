"""The page of clips in a browser: it plays, and its time line goes to a moment."""

import re

import pytest
from browser import launched, opened
from clip_files import write_clip
from playwright.sync_api import expect
from track_tables import LABELS, dense, keyed

from prelabel.frames import open_video
from prelabel.preview.clip import ShownClip
from prelabel.preview.clips import write_clips
from prelabel.preview.timeline import LEFT, RIGHT, WIDTH

pytestmark = pytest.mark.browser

# A promise: `wait_for_function` polls by evaluating strings, which the page's own policy forbids.
LOADED = """video => video.readyState >= 2 || new Promise(
    done => video.addEventListener("loadeddata", () => done(true), {once: true}))"""


@pytest.fixture(scope="module")
def browser(chromium):
    with launched(chromium) as found:
        yield found


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    video = open_video(write_clip(folder / "a.mp4", range(60)))
    shown = ShownClip("a.mp4", video, dense(), keyed())
    return write_clips([shown], folder / "out", LABELS).as_uri()


def test_a_click_on_the_time_line_goes_there(browser, index):
    with opened(browser, index) as page:
        video = page.locator("video")
        video.evaluate(LOADED)
        wide = page.locator(".wide")
        box = wide.bounding_box()
        share = (LEFT + (RIGHT - LEFT) * 0.5) / WIDTH
        wide.click(position={"x": box["width"] * share, "y": 20})
        expect(video).to_have_js_property("seeking", False)
        time = video.evaluate("video => video.currentTime")
        assert time == pytest.approx(1.2, abs=0.02)
        head = page.locator(".head").bounding_box()
        assert head["x"] - box["x"] == pytest.approx(box["width"] * share, abs=3)


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_screen(browser, index, width, scheme):
    size = {"width": width, "height": 800}
    with opened(browser, index, viewport=size, color_scheme=scheme) as page:
        page.locator("summary").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert (int(re.findall(r"\d+", ground)[0]) < 64) == (scheme == "dark")
