"""`prelabel agree` on files: formats that differ, one file of several people, wrong inputs."""

import json

import numpy as np
import pytest
from raters import boxes, dataset

import formats
from formats.dataset import Dataset, Item, Label
from prelabel.commands import run

CAT, DOG = range(2)
PICTURES = [[(CAT, 10, 10, 90), (DOG, 200, 10, 90)], [(CAT, 5, 5, 50)], []]


@pytest.fixture
def anna(tmp_path):
    formats.write(dataset(*PICTURES), tmp_path / "anna", "coco")
    return str(tmp_path / "anna")


@pytest.fixture
def bob(tmp_path):
    pictures = [PICTURES[0][:1], PICTURES[1], PICTURES[2]]
    formats.write(dataset(*pictures), tmp_path / "bob", "native")
    return str(tmp_path / "bob")


def test_two_formats(anna, bob, tmp_path, capsys):
    report, figures = tmp_path / "out" / "a.html", tmp_path / "out" / "a.json"
    arguments = ["--json", str(figures), "--html", str(report), "--repeats", "20"]
    assert run(["agree", anna, bob, *arguments]) == 0
    assert "3 pictures that anna and bob both looked at" in capsys.readouterr().out
    record = json.loads(figures.read_text())
    assert record["raters"] == ["anna", "bob"]
    assert record["scores"]["f1"]["value"] == pytest.approx(4 / 5)
    assert [p["path"] for p in record["pictures"]] == ["0.jpg", "1.jpg", "2.jpg"]
    page = report.read_text()
    assert page.startswith("<!doctype html>")
    assert page.count('<figure class="compared">') == 1


def test_the_same_again_gives_the_same_bytes(anna, bob, tmp_path):
    for name in ("a", "b"):
        paths = [str(tmp_path / f"{name}.{kind}") for kind in ("json", "html")]
        run(["agree", anna, bob, "--repeats", "20", "--json", paths[0], "--html", paths[1]])
    for kind in ("json", "html"):
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()


def test_one_file_of_several_annotators(tmp_path, capsys):
    items = [
        Item(f"{i}.jpg", (640, 480), boxes(*PICTURES[i][:most]), annotator=who)
        for i in range(3)
        for who, most in (("ann", 9), ("bo", 1), ("cy", 9))
        if not (who == "cy" and i == 2)
    ]
    formats.write(Dataset.of((Label("cat"), Label("dog")), items), tmp_path / "all", "native")
    assert run(["agree", str(tmp_path / "all"), "--repeats", "0"]) == 0
    said = capsys.readouterr().out
    assert "3 pictures that two or more of 3 raters looked at" in said
    assert "cy looked at 2 of 3 pictures" in said


def test_names_scores_and_aliases(anna, tmp_path, capsys):
    labels = (Label("katze"), Label("dog"))
    table = boxes(*PICTURES[0], (DOG, 400, 300, 50))
    table = table.with_columns(scores=np.array([0.9, 0.8, 0.1]))
    formats.write(Dataset.of(labels, [Item("0.jpg", (640, 480), table)]), tmp_path / "m", "native")
    (tmp_path / "map.yaml").write_text("katze: cat\n")
    figures = str(tmp_path / "f.json")
    arguments = ["--names", "truth,model", "--conf", "model=0.25", "--json", figures]
    aliases = ["--labels-map", str(tmp_path / "map.yaml")]
    assert run(["agree", anna, str(tmp_path / "m"), *arguments, *aliases, "--repeats", "0"]) == 0
    record = json.loads((tmp_path / "f.json").read_text())
    assert record["raters"] == ["truth", "model"]
    assert record["scores"]["f1"]["value"] == 1
    capsys.readouterr()
    assert run(["agree", anna, str(tmp_path / "m"), "--repeats", "0"]) == 0
    assert "F1 0.400" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["{anna}"], "one rater only (anna)"),
        (["{anna}", "/absent"], "/absent: no such file or folder"),
        (["{anna}", "{bob}", "--conf", "eve=0.5"], "--conf: no dataset 'eve' (anna, bob)"),
        (["{anna}", "{bob}", "--names", "x"], "--names: 1 names for 2 datasets"),
        (["{anna}", "{bob}", "--from", "a,b,c"], "--from: 3 formats for 2 datasets"),
        (["{anna}", "{bob}", "--from", "cocoa"], "did you mean 'coco'"),
        (["{anna}", "{bob}", "-o", "nope=1"], "no option 'nope'"),
        (["{anna}", "{bob}", "-o", "nope"], "expected NAME=VALUE"),
        (["{anna}", "{bob}", "--sigma", "x"], "--sigma: 'x' is not numbers"),
        (["{anna}", "{bob}", "{anna}", "--truth"], "--truth: 3 raters"),
        (["{anna}", "{bob}", "--html", "r.html", "--images", "/absent"], "is not a folder"),
        (["{anna}", "{bob}", "--json", "{anna}"], "cannot be written"),
    ],
)
def test_what_is_wrong_is_one_line(arguments, says, anna, bob, capsys):
    given = [text.format(anna=anna, bob=bob) for text in arguments]
    assert run(["agree", *given, "--repeats", "0"]) > 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("prelabel: ")
    assert says in line


def test_pictures_are_found_and_shown(anna, bob, tmp_path):
    import cv2

    (tmp_path / "photos").mkdir()
    cv2.imwrite(str(tmp_path / "photos" / "0.jpg"), np.zeros((480, 640, 3), dtype=np.uint8))
    report = tmp_path / "r.html"
    options = ["--html", str(report), "--images", str(tmp_path / "photos"), "--repeats", "0"]
    assert run(["agree", anna, bob, *options]) == 0
    assert report.read_text().count("data:image/jpeg;base64,") == 1
