"""A task opened in Label Studio's editor: every region of the prediction is there, and is drawn."""

from __future__ import annotations

import io
from collections import Counter
from typing import Any

import label_studio_regions as regions
import numpy as np
import pytest
from browser import launched, opened
from label_studio_app import PASSWORD, USER, App
from PIL import Image
from playwright.sync_api import Page

pytestmark = [
    pytest.mark.label_studio,
    pytest.mark.real,
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.xdist_group("label_studio"),
]

KINDS = {
    "RectangleLabels": "boxes",
    "PolygonLabels": "masks",
    "BrushLabels": "masks",
    "BitmaskLabels": "masks",
    "EllipseLabels": "masks",
    "KeyPointLabels": "people",
}
SLOW = 180_000
"""Milliseconds that the editor may take: it is several MB of script."""
READY = "window.Htx && Htx.annotationStore && Htx.annotationStore.selected"
STORE = "Htx.annotationStore.selected.regionStore"


def control(tag: str, model: str) -> str:
    labels = ("person", "bus") if model != "people" else ("nose", "left_eye", "right_eye")
    inside = "".join(f'<Label value="{label}"/>' for label in labels)
    return f'<{tag} name="{tag}" toName="image" model_path="{model}">{inside}</{tag}>'


CHOICES = (
    '<Choices name="Choices" toName="image" model_path="colour" model_score_threshold="0.1">'
    '<Choice value="red"/><Choice value="green"/><Choice value="blue"/></Choices>'
)


@pytest.fixture(scope="module")
def page(label_studio: App, chromium: str):
    """A page of a user who has logged in; what Label Studio's own pages log is not ours."""
    anything = {"forgiven": ("",), "viewport": {"width": 1500, "height": 1100}}
    with (
        launched(chromium) as browser,
        opened(browser, f"{label_studio.url}/user/login/", **anything) as found,
    ):
        found.fill("input[name=email]", USER)
        found.fill("input[name=password]", PASSWORD)
        found.click("button[type=submit]", no_wait_after=True)
        found.wait_for_url(lambda url: "login" not in url, wait_until="commit", timeout=SLOW)
        yield found


@pytest.fixture(scope="module")
def opened_task(beside, page: Page):
    """The regions of a prediction by every control, in the editor; and what was predicted."""
    controls = [control(tag, model) for tag, model in KINDS.items()]
    project = beside.project(*controls, CHOICES, title="every control")
    found = beside.retrieved(project)["bus.jpg"]["result"]
    task = next(t for t in beside.studio.tasks(project) if beside.picture(t) == "bus.jpg")
    address = f"{beside.studio.url}/projects/{project}/data?task={task}"
    page.goto(address, wait_until="domcontentloaded")
    page.wait_for_function(f"{READY} && {STORE}.regions.length > 0", timeout=SLOW)
    page.wait_for_selector(".konvajs-content canvas", state="attached", timeout=SLOW)
    return found


def test_the_editor_has_every_region_of_the_prediction(opened_task, page: Page):
    shown = page.evaluate("Htx.annotationStore.selected.serializeAnnotation()")
    expected = Counter(region["type"] for region in opened_task)
    assert Counter(region["type"] for region in shown) == expected
    assert set(expected) == {*(tag.lower() for tag in KINDS), "choices"}


def test_every_kind_is_drawn_where_it_belongs(opened_task, page: Page):
    toggle(page, "true")
    bare = canvas(page)
    for tag in ("RectangleLabels", "PolygonLabels", "BrushLabels", "BitmaskLabels"):
        of_kind = f"region.type === '{tag.removesuffix('Labels').lower()}region'"
        toggle(page, of_kind)
        drawn = np.abs(canvas(page) - bare).max(axis=2) > 8
        toggle(page, of_kind)
        for region in (r for r in opened_task if r["type"] == "rectanglelabels"):
            assert drawn[inside(region, drawn.shape)].mean() > 0.02, tag
        assert not drawn[: len(drawn) // 10].any(), tag


def canvas(page: Page) -> np.ndarray:
    """The pixels of the editor's picture, regions and all, once they do not change any more."""
    before = None
    while True:
        page.wait_for_timeout(700)
        place = page.locator(".konvajs-content").first.bounding_box()
        shot = Image.open(io.BytesIO(page.screenshot(clip=place))).convert("RGB")
        now = np.asarray(shot).astype(int)
        if before is not None and np.array_equal(before, now):
            return now
        before = now


def toggle(page: Page, condition: str) -> None:
    """Hide the regions of which something is true, or show them again."""
    chosen = f"{STORE}.regions.filter(region => {condition})"
    page.evaluate(f"{chosen}.forEach(region => region.toggleHidden())")


def inside(region: dict[str, Any], shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Rows and columns of a screenshot that a rectangle covers; the picture fills its height."""
    scale = shape[0] / regions.size(region)[1]
    x0, y0, x1, y1 = (regions.box(region) * scale).round().astype(int)
    return slice(max(y0, 0), y1), slice(max(x0, 0), x1)
