"""The playground in a real browser, before a real server: what it shows is what the API says."""

import json
import re
import shutil

import numpy as np
import pytest
from browser import launched
from PIL import Image
from playground_pages import (
    MODELS,
    add,
    answer,
    drawn,
    expected,
    listed,
    overlay,
    pixels,
    playground,
    scene,
    truth,
)
from playwright.sync_api import expect
from pycocotools import mask as coco
from scipy import ndimage
from serving import serve

import formats
from prelabel.preview.palette import PALETTE, colours

pytestmark = pytest.mark.browser
CLIPBOARD = ["clipboard-read", "clipboard-write"]


@pytest.fixture(scope="module")
def served():
    with serve(MODELS) as found:
        yield found


@pytest.fixture(scope="module")
def browser(chromium):
    with launched(chromium) as found:
        yield found


@pytest.fixture
def page(browser, served):
    with playground(browser, served) as found:
        yield found


@pytest.fixture
def picture(tmp_path):
    return scene(tmp_path)


def covers(canvas, mask):
    """Whether all of a mask is filled, and nothing else but the outline, two pixels wide."""
    filled = canvas[:, :, 3] > 30
    around = ndimage.binary_dilation(mask, iterations=2)
    return filled[mask].mean() > 0.99 and not (filled & ~around).any()


def asked(page):
    """The requests for predictions from now on."""
    found = []
    page.on("request", lambda r: found.append(r.url) if r.url.endswith("/predict") else None)
    return found


# --- what is shown ---


def test_objects_are_listed_as_the_api_tells_them(page, served, picture):
    add(page, picture)
    rows = answer(served, picture, conf=0.25)["annotations"]
    assert len(rows) > 3
    assert listed(page) == expected(rows)
    first = page.locator("#objects [role=option]").first
    assert first.get_attribute("aria-label").startswith(
        f"{rows[0]['label']}, score {rows[0]['score']:.2f}, "
    )


def test_masks_are_drawn_where_they_are(page, served, picture):
    add(page, picture)
    page.get_by_label("Captions").uncheck()
    assert covers(drawn(page), truth(answer(served, picture, conf=0.25)["annotations"]))


def test_colours_are_those_of_the_contact_sheet(page, served, picture):
    add(page, picture)
    page.get_by_label("Captions").uncheck()
    rows = answer(served, picture, conf=0.25)["annotations"]
    labels = [label["name"] for label in served.client.get("/api/v1/models/seg").json()["labels"]]
    palette = dict(zip(labels, colours(labels), strict=True))
    canvas = drawn(page)
    for row in rows:
        others = truth([other for other in rows if other is not row])
        inside = pixels(row) & ~others
        seen = canvas[inside & (np.abs(canvas[:, :, 3].astype(int) - 77) < 4)][:, :3]
        if len(seen) > 20:
            assert np.abs(np.median(seen, axis=0) - palette[row["label"]]).max() <= 4


def test_what_pycocotools_encodes_is_read_and_outlined(page):
    rng = np.random.default_rng(5)
    dense = [rng.random(rng.integers(1, 40, 2)) < share for share in (0, 0.02, 0.3, 0.5, 0.9, 1)]
    masks = [coco.encode(np.asfortranarray(mask.astype(np.uint8))) for mask in dense]
    told = [{"size": mask["size"], "counts": mask["counts"].decode()} for mask in masks]
    found = page.evaluate(
        """async (told) => {
        const masks = await import(new URL("static/masks.js", location));
        const pen = document.createElement("canvas").getContext("2d");
        return told.map((mask) => {
          const box = masks.bounds(mask);
          const path = new Path2D();
          const rings = box ? masks.rings(masks.sampled(mask, box)) : [];
          for (const ring of rings) {
            path.moveTo(...ring[0]);
            for (const [x, y] of ring) path.lineTo(x, y);
            path.closePath();
          }
          const [rows, columns] = mask.size;
          const inside = (i, j) => pen.isPointInPath(path, i + 0.5, j + 0.5, "evenodd");
          const column = (i) => Array.from({ length: rows }, (_, j) => inside(i, j));
          return { area: masks.area(mask), box,
                   pixels: Array.from({ length: columns }, (_, i) => column(i)) };
        });
        }""",
        told,
    )
    for mask, dots, one in zip(masks, dense, found, strict=True):
        assert one["area"] == coco.area(mask)
        x, y, width, height = coco.toBbox(mask).tolist()
        assert one["box"] == ([x, y, x + width, y + height] if dots.any() else None)
        assert np.array_equal(np.array(one["pixels"], dtype=bool).T, dots)


def test_names_get_the_colours_that_python_gives_them(page):
    names = [f"class {k}" for k in range(40)] + ["Fußgänger", "狗", "class 3", ""]
    found = page.evaluate(
        """async (names) => {
        const { colours } = await import(new URL("static/palette.js", location));
        return [...colours(names)].map(([name, style]) => [name, style.colour, style.ink]);
        }""",
        names,
    )
    wanted = dict(zip(names, colours(names), strict=True))
    assert {name: colour for name, colour, _ in found} == {
        name: "rgb({}, {}, {})".format(*colour) for name, colour in wanted.items()
    }
    assert {ink for _, _, ink in found} <= {"#000", "#fff"}
    assert len({colour for _, colour, _ in found}) == len(PALETTE)


def test_keypoints_are_drawn_and_named(page, served, picture):
    page.get_by_label("Model").select_option("pose")
    add(page, picture)
    page.get_by_label("Captions").uncheck()
    rows = answer(served, picture, conf=0.25, model="pose")["annotations"]
    assert listed(page) == expected(rows)
    page.keyboard.press("ArrowDown")
    canvas = drawn(page)
    names = page.locator("#details dt").all_text_contents()
    for point in rows[0]["keypoints"]:
        assert point["name"] in names
        around = canvas[round(point["y"] - 1), round(point["x"] - 1) :][:2]
        assert (around[:, 3] > 200).all()


def test_turned_picture_and_its_masks_lie_alike(page, served, picture, tmp_path):
    turned = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    whole = Image.open(picture)
    whole.crop((0, 0, 320, 200)).rotate(90, expand=True).save(turned, exif=exif, quality=97)
    told = answer(served, turned, conf=0.25)
    assert told["image"] == {"width": 320, "height": 200}
    add(page, turned)
    page.get_by_label("Captions").uncheck()
    natural = page.locator("#picture").evaluate("(node) => [node.naturalWidth, node.naturalHeight]")
    assert natural == [320, 200]
    assert covers(drawn(page), truth(told["annotations"], (320, 200)))


def test_picture_that_the_browser_cannot_show_is_still_answered(page, served, tmp_path):
    picture = scene(tmp_path, ending="tif")
    add(page, picture)
    expect(page.locator("#picture")).to_be_hidden()
    assert listed(page) == expected(answer(served, picture, conf=0.25)["annotations"])
    assert np.asarray(overlay(page))[:, :, 3].any()


def test_canvas_is_as_large_as_the_screen_not_as_the_picture(page, tmp_path):
    large = tmp_path / "large.jpg"
    Image.open(scene(tmp_path)).resize((4000, 3000)).save(large, quality=80)
    add(page, large)
    size = page.locator("#overlay").evaluate(
        "(node) => [node.width, node.height, node.clientWidth, node.clientHeight]"
    )
    assert size[:2] == size[2:]
    page.get_by_label("Larger").click()
    assert page.locator("#overlay").evaluate("(node) => [node.width, node.height]") == size[:2]


# --- choosing what is shown ---


def test_threshold_chooses_without_asking_again(page, served, picture):
    add(page, picture)
    requests = asked(page)
    counts = []
    for least in (0.05, 0.5, 0.9):
        page.get_by_label("Least score").fill(str(least))
        rows = answer(served, picture, conf=least)["annotations"]
        expect(page.locator("#objects [role=option]")).to_have_count(len(rows))
        assert listed(page) == expected(rows)
        expect(page.locator("#status")).to_contain_text(f"{len(rows)} ")
        counts.append(len(rows))
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[2]
    assert requests == []


def test_classes_are_counted_and_switched(page, served, picture):
    add(page, picture)
    rows = answer(served, picture, conf=0.25)["annotations"]
    name = rows[0]["label"]
    chip = page.locator(".chip", has_text=name)
    expect(chip.locator("b")).to_have_text(str(sum(row["label"] == name for row in rows)))
    chip.click()
    expect(chip).to_have_attribute("aria-pressed", "false")
    rest = [row for row in rows if row["label"] != name]
    assert listed(page) == expected(rest)
    page.get_by_role("button", name="None", exact=True).click()
    expect(page.locator("#objects [role=option]")).to_have_count(0)
    expect(page.locator("#nothing")).to_be_visible()
    page.get_by_role("button", name="All", exact=True).click()
    expect(page.locator("#objects [role=option]")).to_have_count(len(rows))


def test_object_that_is_pointed_at_stands_out(page, served, picture):
    add(page, picture)
    rows = answer(served, picture, conf=0.25)["annotations"]
    page.locator("#objects [role=option]").first.hover()
    others = truth(rows[1:]) & ~pixels(rows[0])
    assert np.percentile(drawn(page)[others][:, 3], 95) < 100
    chosen = pixels(rows[0])
    assert np.median(drawn(page)[chosen][:, 3]) > 100


def test_object_is_chosen_in_the_picture(page, served, picture):
    add(page, picture)
    rows = answer(served, picture, conf=0.25)["annotations"]
    smallest = min(range(len(rows)), key=lambda k: coco.area(rows[k]["mask"]))
    y, x = np.argwhere(pixels(rows[smallest])).mean(axis=0)
    frame = page.locator("#picture").bounding_box()
    scale = frame["width"] / 320
    page.mouse.click(frame["x"] + x * scale, frame["y"] + y * scale)
    row = page.locator("#objects [role=option]").nth(smallest)
    expect(row).to_have_attribute("aria-selected", "true")
    page.mouse.click(frame["x"] + x * scale, frame["y"] + y * scale)
    expect(row).to_have_attribute("aria-selected", "false")


def test_wheel_zooms_where_it_points_and_drag_moves(page, picture):
    add(page, picture)
    frame = page.locator("#picture").bounding_box()
    x, y = frame["x"] + 0.25 * frame["width"], frame["y"] + 0.25 * frame["height"]
    page.mouse.move(x, y)
    for _ in range(5):
        page.mouse.wheel(0, -100)
    expect(page.locator("#stage")).to_have_class("zoomed")
    larger = page.locator("#picture").bounding_box()
    assert larger["width"] > 3 * frame["width"]
    assert (y - larger["y"]) / larger["height"] == pytest.approx(0.25, abs=0.005)
    page.mouse.down()
    page.mouse.move(x - 30, y - 20)
    page.mouse.up()
    moved = page.locator("#picture").bounding_box()
    assert (moved["x"] - larger["x"], moved["y"] - larger["y"]) == pytest.approx((-30, -20), abs=1)
    expect(page.locator("[aria-selected=true]")).to_have_count(0)
    page.get_by_label("Whole picture").click()
    assert page.locator("#picture").bounding_box() == frame


# --- several pictures and models ---


def test_several_pictures_are_answered_one_after_another(page, served, tmp_path):
    pictures = [scene(tmp_path, seed) for seed in (1, 2, 3)]
    add(page, *pictures)
    counts = [len(answer(served, one, conf=0.25)["annotations"]) for one in pictures]
    small = page.locator("#strip small")
    expect(small).to_have_text([str(count) for count in counts])
    page.keyboard.press("ArrowRight")
    expect(page.locator("#name")).to_have_text("scene-2.png")
    assert listed(page) == expected(answer(served, pictures[1], conf=0.25)["annotations"])
    page.keyboard.press("x")
    expect(small).to_have_count(2)
    expect(page.locator("#name")).to_have_text("scene-3.png")


def test_another_model_is_asked_and_the_first_answer_is_kept(page, served, picture):
    add(page, picture)
    page.get_by_label("Model").select_option("pose")
    rows = answer(served, picture, conf=0.25, model="pose")["annotations"]
    expect(page.locator("#facts")).to_contain_text("pose")
    expect(page.locator("#objects [role=option]")).to_have_count(len(rows))
    requests = asked(page)
    page.get_by_label("Model").select_option("seg")
    rows = answer(served, picture, conf=0.25)["annotations"]
    expect(page.locator("#objects [role=option]")).to_have_count(len(rows))
    assert listed(page) == expected(rows)
    assert requests == []


GIVE = """([name, bytes, kind]) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(bytes)], name, { type: "image/png" }));
    const options = { bubbles: true, cancelable: true };
    if (kind === "paste")
      return dispatchEvent(new ClipboardEvent(kind, { ...options, clipboardData: data }));
    for (const type of ["dragenter", "dragover", "drop"])
      document.body.dispatchEvent(new DragEvent(type, { ...options, dataTransfer: data }));
}"""


@pytest.mark.parametrize("way", ["drop", "paste"])
def test_pictures_are_dropped_and_pasted(page, served, picture, way):
    page.evaluate(GIVE, ["given.png", list(picture.read_bytes()), way])
    expect(page.locator("#status")).to_contain_text(" ms")
    assert listed(page) == expected(answer(served, picture, conf=0.25)["annotations"])
    expect(page.locator("#dropping")).to_be_hidden()


def test_sample_is_known_to_the_built_in_model(page):
    page.get_by_role("button", name="Try a drawn scene").click()
    expect(page.locator("#status")).to_contain_text(" ms")
    assert len(listed(page)) > 5


# --- taking away ---


def test_copied_json_is_what_the_api_answers_at_this_threshold(browser, served, picture):
    with playground(browser, served, permissions=CLIPBOARD) as page:
        add(page, picture)
        page.get_by_label("Least score").fill("0.4")
        page.get_by_role("button", name="Copy JSON").click()
        expect(page.locator("#export-text")).to_contain_text("Copied")
        copied = json.loads(page.evaluate("navigator.clipboard.readText()"))
    wanted = answer(served, picture, conf=0.4)
    assert copied.pop("seconds") >= 0
    del wanted["seconds"]
    assert copied == wanted


def test_copying_works_without_https(browser, served, picture):
    """Where a page has no clipboard object, as over plain http from another machine."""
    gone = "Object.defineProperty(Navigator.prototype, 'clipboard', { value: undefined })"
    with playground(browser, served, before=gone, permissions=CLIPBOARD) as page:
        add(page, picture)
        page.keyboard.press("c")
        expect(page.locator("#export-text")).to_contain_text("Copied")
        page.evaluate("document.body.append(document.createElement('textarea'))")
        page.locator("textarea").focus()
        page.keyboard.press("Control+V")
        copied = json.loads(page.locator("textarea").input_value())
    rows = answer(served, picture, conf=0.25)["annotations"]
    assert copied["annotations"] == rows


@pytest.mark.parametrize("name", ["coco", "yolo"])
def test_downloads_are_datasets_of_what_is_shown(page, served, picture, tmp_path, name):
    add(page, picture)
    page.get_by_label("Least score").fill("0.5")
    rows = answer(served, picture, conf=0.5)["annotations"]
    off = rows[0]["label"]
    page.locator(".chip", has_text=off).click()
    page.get_by_label("Format").select_option(name)
    with page.expect_download() as info:
        page.get_by_role("button", name="Download").click()
    read = formats.read(unpacked(info.value, tmp_path), None)
    found = [
        read.labels[label].name for item in read.items for label in item.annotations.labels.tolist()
    ]
    assert sorted(found) == sorted(row["label"] for row in rows if row["label"] != off)
    expect(page.locator("#export-text")).to_contain_text(info.value.suggested_filename)


def unpacked(download, folder):
    """The downloaded dataset as formats.read takes it: its file, or the folder of its zip."""
    path = folder / download.suggested_filename
    download.save_as(path)
    if path.suffix != ".zip":
        return path
    shutil.unpack_archive(path, folder / "unpacked")
    return folder / "unpacked"


# --- keyboard, screen readers, looks ---


def test_all_of_it_by_keyboard(browser, served, picture):
    with playground(browser, served, permissions=CLIPBOARD) as page:
        # an expectation would begin to listen only while the key is pressed
        page.on("filechooser", lambda chooser: chooser.set_files(picture))
        page.evaluate("0")
        page.keyboard.press("o")
        expect(page.locator("#status")).to_contain_text(" ms")
        rows = page.locator("#objects [role=option]")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        expect(rows.nth(1)).to_have_attribute("aria-selected", "true")
        expect(page.locator("#spoken")).to_have_text(rows.nth(1).get_attribute("aria-label"))
        page.keyboard.press("ArrowUp")
        expect(page.locator("#objects")).to_have_attribute(
            "aria-activedescendant", rows.nth(0).get_attribute("id")
        )
        page.locator("#objects").focus()
        page.keyboard.press("End")
        expect(rows.last).to_have_attribute("aria-selected", "true")
        page.keyboard.press("Escape")
        expect(page.locator("[aria-selected=true]")).to_have_count(0)
        page.keyboard.press("+")
        expect(page.locator("#stage")).to_have_class("zoomed")
        page.keyboard.press("0")
        before = len(listed(page))
        for _ in range(12):
            page.keyboard.press(".")
        expect(page.locator("#threshold-text")).to_have_text("0.85")
        assert len(listed(page)) < before
        page.keyboard.press("c")
        expect(page.locator("#export-text")).to_contain_text("Copied")
        with page.expect_download():
            page.keyboard.press("d")
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
        page.keyboard.press("x")
        expect(page.locator("#choose-first")).to_be_focused()


def test_single_keys_can_be_switched_off(page, picture):
    add(page, picture)
    page.keyboard.press("?")
    page.get_by_label("Single keys act").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press(".")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[aria-selected=true]")).to_have_count(1)
    expect(page.locator("#threshold-text")).to_have_text("0.25")


def test_tab_reaches_everything_and_shows_where_it_is(page, picture):
    add(page, picture)
    page.evaluate("document.activeElement.blur()")
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        found = page.evaluate(
            """() => {
            const node = document.activeElement, style = getComputedStyle(node);
            const width = parseFloat(style.outlineWidth);
            return [node.id || node.className, style.outlineStyle, width];
            }"""
        )
        if found[0] in reached[:1]:
            break
        if found[0]:
            reached.append(found[0])
            assert (found[1], found[2] >= 2) == ("solid", True), found
    wanted = ["model", "choose", "help", "zoom-in", "captions", "remove", "threshold", "chip"]
    assert not {*wanted, "objects", "copy", "format", "download"} - set(reached)


def test_roles_and_names(page, picture):
    add(page, picture)
    for role, name in [
        ("combobox", "Model"),
        ("slider", "Least score"),
        ("listbox", "Objects"),
        ("list", "Classes"),
        ("button", "Help and keyboard shortcuts"),
        ("region", "Picture"),
        ("region", "Result"),
    ]:
        assert page.get_by_role(role, name=re.compile(f"^{name}")).count() == 1, name
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, a, img, [role]")]
        .filter((node) => node.checkVisibility() && !node.hasAttribute("alt"))
        .filter((node) => !(node.ariaLabel || node.labels?.length || node.textContent.trim()
                            || node.getAttribute("aria-labelledby") || node.role === "status"))
        .map((node) => node.outerHTML)"""
    )
    assert unnamed == []
    assert page.locator("#picture").get_attribute("alt").startswith(picture.name)


LEAST = """() => {
    const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
    const light = (c) => c.slice(0, 3).map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
      .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const ground = (node) => {
      for (let at = node; at; at = at.parentElement) {
        const c = rgb(getComputedStyle(at).backgroundColor);
        if (c.length < 4 || c[3] > 0.99) return c;
      }
      return [255, 255, 255];
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
      const node = walker.currentNode.parentElement;
      if (!walker.currentNode.data.trim() || !node.checkVisibility()) continue;
      if (node.closest(".unseen, noscript")) continue;
      const both = [rgb(getComputedStyle(node).color), ground(node)].map(light);
      const contrast = (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
      found.push([contrast, walker.currentNode.data.trim()]);
    }
    return found.sort((x, y) => x[0] - y[0]);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(browser, served, picture, scheme):
    """WCAG 2 AA, 4.5 to 1, for every text that stands on the page."""
    with playground(browser, served, color_scheme=scheme) as page:
        grounds = [page.evaluate("getComputedStyle(document.documentElement).backgroundColor")]
        texts = page.evaluate(LEAST)
        add(page, picture)
        page.locator(".chip").first.click()
        page.keyboard.press("ArrowDown")
        page.locator("#files").set_input_files(
            [{"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no"}]
        )
        texts += page.evaluate(LEAST)
        page.keyboard.press("?")
        texts += page.evaluate(LEAST)
    assert len(texts) > 60
    assert [text for text in texts if text[0] < 4.5] == []
    assert (int(re.search(r"\d+", grounds[0])[0]) < 64) == (scheme == "dark")


@pytest.mark.parametrize("width", [320, 390, 768, 1024])
def test_nothing_is_wider_than_the_screen(browser, served, tmp_path, width):
    long = tmp_path / f"{'a-very-long-name-' * 8}.png"
    scene(tmp_path).rename(long)
    size = {"width": width, "height": 800}
    with playground(browser, served, viewport=size, has_touch=True) as page:
        for step in ("empty", "full", "help"):
            if step == "full":
                add(page, long, scene(tmp_path, 3))
                page.keyboard.press("ArrowDown")
            if step == "help":
                page.keyboard.press("?")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, step
            assert page.evaluate("document.scrollingElement.clientWidth") <= width, step


def test_on_a_phone_the_picture_stays_in_view_while_the_list_is_used(browser, served, picture):
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with playground(browser, served, **phone) as page:
        add(page, picture)
        last = page.locator("#objects [role=option]").nth(2)
        last.scroll_into_view_if_needed()
        last.tap()
        expect(last).to_have_attribute("aria-selected", "true")
        stage = page.locator("#stage").bounding_box()
        assert -1 <= stage["y"] < 100
        assert stage["height"] > 200
        small = page.evaluate(
            """() => [...document.querySelectorAll("button, select")]
            .filter((n) => n.checkVisibility() && n.getBoundingClientRect().height < 36)
            .map((n) => n.id || n.textContent)"""
        )
        assert small == []
