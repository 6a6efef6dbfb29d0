"""The playground when something goes wrong: each time it says what, and goes on."""

from dataclasses import replace

import pytest
from browser import launched, opened
from playground_pages import MODELS, add, answer, expected, listed, playground, scene
from playwright.sync_api import expect
from serving import serve

from prelabel.errors import BusyError
from prelabel.modelfile import ModelFile

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser(chromium):
    with launched(chromium) as found:
        yield found


@pytest.fixture(scope="module")
def served():
    with serve(MODELS) as found:
        yield found


@pytest.fixture
def picture(tmp_path):
    return scene(tmp_path)


def test_key_is_asked_for_and_kept_in_the_tab_only(browser, picture):
    with (
        serve(MODELS, key="secret", api_keys=("secret",)) as served,
        opened(browser, served.url, forgiven=("401",)) as page,
    ):
        question = page.get_by_role("dialog", name="API key")
        page.get_by_label("API key", exact=True).fill("wrong")
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog", name="refuses")).to_be_visible()
        page.get_by_label("API key", exact=True).fill("secret")
        page.get_by_role("button", name="Use this key").click()
        expect(question).to_be_hidden()
        add(page, picture)
        assert listed(page) == expected(answer(served, picture, conf=0.25)["annotations"])
        kept = "[JSON.stringify(sessionStorage), JSON.stringify(localStorage), document.cookie]"
        assert page.evaluate(kept) == ['{"prelabel-key":"secret"}', "{}", ""]
        page.reload()
        add(page, picture)
        page.get_by_role("button", name="Forget key").click()
        assert page.evaluate("sessionStorage.length") == 0
        page.reload()
        expect(page.get_by_role("dialog", name="asks for an API key")).to_be_visible()


def test_who_gives_no_key_is_told_and_may_try_again(browser):
    with (
        serve(MODELS, api_keys=("secret",)) as served,
        opened(browser, served.url, forgiven=("401",)) as page,
    ):
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("alert")).to_contain_text("Without an API key")
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_role("dialog", name="asks for an API key")).to_be_visible()


def test_key_of_any_letters_is_sent(browser):
    """A header holds Latin letters only; what it cannot hold is refused, not thrown."""
    with (
        serve(MODELS, api_keys=("secret",)) as served,
        opened(browser, served.url, forgiven=("401",)) as page,
    ):
        page.get_by_label("API key", exact=True).fill("ключ")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("cannot be an API key")


def test_file_that_is_no_picture_is_not_sent(browser, served, tmp_path):
    notes = tmp_path / "notes.txt"
    notes.write_text("not a picture")
    with playground(browser, served) as page:
        page.locator("#files").set_input_files(notes)
        expect(page.get_by_role("alert")).to_contain_text("notes.txt: not a picture.")
        page.get_by_role("button", name="Dismiss").click()
        expect(page.get_by_role("alert")).to_be_hidden()
        expect(page.locator("#welcome")).to_be_visible()


def test_good_pictures_among_bad_ones_are_answered(browser, served, picture, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(picture.read_bytes()[:200])
    with playground(browser, served, forgiven=("422",)) as page:
        page.locator("#files").set_input_files([broken, picture])
        expect(page.get_by_role("alert")).to_contain_text("broken.png: ")
        expect(page.locator("#status")).to_have_text("No answer.")
        expect(page.locator("#strip small").first).to_have_text("failed")
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("alert")).to_be_hidden()
        expect(page.locator("#status")).to_contain_text(" ms")
        page.keyboard.press("ArrowLeft")
        expect(page.get_by_role("alert")).to_contain_text("broken.png: ")


def test_picture_that_is_too_large_for_the_server(browser, tmp_path):
    small, large = scene(tmp_path, 1), tmp_path / "large.png"
    large.write_bytes(small.read_bytes() + bytes(3_000_000))
    with (
        serve(MODELS, max_body=1_000_000) as served,
        playground(browser, served, forgiven=("413",)) as page,
    ):
        page.locator("#files").set_input_files(large)
        expect(page.get_by_role("alert")).to_contain_text("larger than the server takes")
        add(page, small)


class Hesitant:
    """A runner whose queue is full for the first few calls."""

    def __init__(self, runner, refusals):
        self.runner = runner
        self.refusals = refusals

    def run(self, *given, **more):
        if self.refusals:
            self.refusals -= 1
            raise BusyError("too many requests wait for the model")
        return self.runner.run(*given, **more)

    def __getattr__(self, name):
        return getattr(self.runner, name)


def hesitant(refusals):
    """What opens models that are busy at first."""

    def opened(file, settings):
        labeler = ModelFile.open(file, settings)
        return replace(labeler, runner=Hesitant(labeler.runner, refusals))

    return opened


def test_busy_server_is_asked_again(browser, picture):
    with (
        serve(MODELS, opener=hesitant(2)) as served,
        playground(browser, served, forgiven=("503",)) as page,
    ):
        page.locator("#files").set_input_files(picture)
        expect(page.get_by_role("alert")).to_contain_text("Asking again in 1 second")
        expect(page.locator("#status")).to_contain_text(" ms")
        expect(page.get_by_role("alert")).to_be_hidden()
        assert listed(page) == expected(answer(served, picture, conf=0.25)["annotations"])


def test_server_that_stays_busy_is_asked_when_told_to(browser, picture):
    with (
        serve(MODELS, opener=hesitant(5)) as served,
        playground(browser, served, forgiven=("503",)) as page,
    ):
        page.locator("#files").set_input_files(picture)
        again = page.get_by_role("alert").filter(has_not_text="Asking again")
        expect(again).to_contain_text("The server is busy.")
        assert served.counted("images_inferred_total", model="seg") == 0
        page.get_by_role("button", name="Try again").click()
        expect(page.locator("#status")).to_contain_text(" ms")
        assert served.counted("images_inferred_total", model="seg") == 1


def test_server_that_is_gone(browser, picture):
    with (
        serve(MODELS) as served,
        opened(browser, served.url, forgiven=("Failed to load",)) as page,
    ):
        add(page, picture)
        page.context.set_offline(True)
        page.get_by_label("Model").select_option("pose")
        expect(page.get_by_role("alert")).to_contain_text("The server does not answer.")
        page.context.set_offline(False)
        page.get_by_role("button", name="Try again").click()
        expect(page.locator("#status")).to_contain_text(" ms")
        assert listed(page) == expected(
            answer(served, picture, conf=0.25, model="pose")["annotations"]
        )
