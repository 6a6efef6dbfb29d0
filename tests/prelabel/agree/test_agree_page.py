"""What people see: the terminal, the page, the pictures in dispute."""

import io
import re

import numpy as np
import pytest
from raters import dataset, seen
from rich.console import Console

from formats.dataset import Label
from prelabel.agree import Asked, agree, html, text, worst
from prelabel.agree.opening import Opener
from prelabel.compare import panel
from prelabel.image import Image

CAT, DOG, COW = range(3)
ANNA = [[(CAT, 0, 0, 99), (DOG, 200, 0, 99), (COW, 400, 0, 50)], [(CAT, 5, 5, 50)], []]
BOB = [[(CAT, 0, 0, 99), (COW, 200, 0, 99)], [(CAT, 5, 5, 50)], None]
ASKED = Asked(repeats=20)


def printed(agreement, width=200, **more):
    console = Console(file=io.StringIO(), width=width)
    text.show(agreement, console, **more)
    return console.file.getvalue()


class Blank:
    """Finds every picture, and all are grey."""

    def open(self, items):
        return Image(np.full((480, 640, 3), 90, dtype=np.uint8))


def headings(page):
    return re.findall(r'<h2 id="s\d+">([^<]+)', page)


def test_terminal_says_all_figures_of_two():
    found = agree(seen(anna=ANNA, bob=BOB), ASKED)
    said = printed(found)
    assert "2 pictures that anna and bob both looked at; boxes" in said
    assert f"F1 {found.scores.f1}" in said
    assert "anna / bob" in said
    assert "0.jpg: F1 0.400, 1 of another class, 1 on one side only" in said
    assert "bob looked at 2 of 3 pictures" in said
    assert "confirmed" not in said
    assert "dog" not in printed(found, classes=False)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_terminal_cuts_no_figure(width):
    found = agree(seen(anna=ANNA, bob=BOB, carla=ANNA), ASKED)
    said = printed(found, width)
    assert all(len(line) <= max(width, 140) for line in said.splitlines())
    assert "…" not in said
    for pair in found.pairs:
        assert str(pair.scores.f1) in said or width < 80


def test_page_of_two_and_of_three():
    two = html.report(agree(seen(anna=ANNA, bob=BOB), ASKED), "<p>x</p>")
    assert headings(two) == [
        "To know",
        "Where they differ",
        "Thresholds",
        "Classes",
        "Confusion",
        "Pictures",
        "Most in dispute",
    ]
    assert "anna ↓ bob →" in two
    assert "only anna" in two
    three = html.report(agree(seen(anna=ANNA, bob=BOB, carla=ANNA), ASKED))
    assert "Raters" in headings(three)
    assert "F1 of each two" in three
    assert "Most in dispute" not in headings(three)


def test_page_where_nobody_drew_anything():
    page = html.report(agree(seen(a=[[], []], b=[[], []]), ASKED))
    assert headings(page) == ["Where they differ", "Thresholds", "Pictures"]
    assert "Nothing is in dispute on any picture." in page


def test_page_without_intervals_does_not_speak_of_them():
    found = agree(seen(anna=ANNA, bob=BOB), Asked(repeats=0))
    assert "Intervals" not in html.report(found)
    assert "Intervals" in html.report(agree(seen(anna=ANNA, bob=BOB), ASKED))


def test_one_class_is_told():
    one = [[(CAT, 0, 0, 9)], []]
    assert any("one class only" in fact for fact in agree(seen(a=one, b=one), ASKED).told)
    assert not any("one class" in fact for fact in agree(seen(a=ANNA, b=ANNA), ASKED).told)


def test_texts_are_escaped():
    evil = "<script>alert(1)</script>"
    labels = (Label(evil), Label("dog"), Label("cow"))
    both = panel([(evil, dataset(*ANNA, labels=labels)), ("b", dataset(*BOB, labels=labels))])
    found = agree(both, ASKED)
    shown = worst.worst(both, found, ASKED, Blank(), 5)
    assert evil not in html.report(found, shown)


def test_pictures_in_dispute_mark_what_differs():
    both = seen(anna=ANNA, bob=BOB)
    found = agree(both, ASKED)
    shown = worst.worst(both, found, ASKED, Blank(), 5)
    assert shown.count('<figure class="compared">') == 1
    assert "0.jpg" in shown
    # the dog that is a cow to bob, and the cow that bob does not have
    assert sorted(re.findall(r">(cat|dog|cow)</text>", shown)) == ["cow", "cow", "dog"]
    assert worst.worst(both, found, ASKED, Blank(), 0) == ""


def test_who_differs_among_three():
    both = seen(anna=ANNA[:1], bob=BOB[:1], carla=ANNA[:1])
    picture = both.pictures[0]
    marks = worst.differing(picture, both, "boxes", ASKED)
    assert [m.tolist() for m in marks] == [[False, True, True], [False, True], [False, True, True]]


def test_worst_come_first_whatever_the_order_of_the_files():
    bad = [(CAT, 0, 0, 9), (CAT, 50, 0, 9), (CAT, 100, 0, 9)]
    both = seen(a=[[(CAT, 0, 0, 9)], bad, bad[:2]], b=[[], [], []])
    found = agree(both, ASKED)
    shown = worst.worst(both, found, ASKED, Opener([]), 2)
    titles = re.findall(r"<figcaption>(\d\.jpg) <", shown)
    assert titles == ["1.jpg", "2.jpg"]
