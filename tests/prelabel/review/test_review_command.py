"""`prelabel review`: datasets of several formats in; lists, JSON, page and tasks out."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image as Pillow

import formats
from benchmarks.planted import detections, plant, scenes
from formats.annotations import Annotations
from formats.dataset import Dataset, Media
from prelabel.commands import run

TRUTH = scenes(12, 1)
BAD, ERRORS = plant(TRUTH, 2, share=0.2)
SEEN = detections(TRUTH, 3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Labels as COCO and YOLO, pre-labels as native and COCO, and the pictures."""
    place = tmp_path_factory.mktemp("review")
    formats.write(BAD, place / "labels", "coco")
    formats.write(BAD, place / "yolo", "yolo")
    formats.write(TRUTH, place / "done", "coco")
    formats.write(SEEN, place / "seen", "native")
    formats.write(detections(TRUTH, 4), place / "other", "coco")
    (place / "pictures").mkdir()
    for item in TRUTH.items:
        Pillow.new("RGB", item.size, (90, 120, 150)).save(place / "pictures" / item.path)
    return place


def reviewed(folder, *arguments):
    target = folder / "review.json"
    assert run(["review", *map(str, arguments), "--json", str(target)]) == 0
    return json.loads(target.read_text(encoding="utf-8"))


def test_labels_against_models(folder, capsys):
    told = reviewed(folder, folder / "labels", folder / "seen", folder / "other")
    assert told["reviewed"] == "labels"
    assert told["models"] == ["seen", "other"]
    assert told["pictures"] == 12
    first = told["order"][0]
    assert first["doubts"][0]["kind"] in ("missed", "class", "place", "extra")
    printed = capsys.readouterr().out
    assert "Nothing is accepted unseen" in printed
    assert "Most likely errors" in printed
    assert first["path"] in printed


def test_the_format_of_the_labels_does_not_matter(folder):
    coco = reviewed(folder, folder / "labels", folder / "seen")
    sizes = next((folder / "labels").rglob("*.json"))
    yolo = reviewed(folder, folder / "yolo", folder / "seen", "-o", f"sizes={sizes}")
    orders = [
        [entry["path"].rpartition("/")[2] for entry in told["order"]] for told in (coco, yolo)
    ]
    assert orders[0] == orders[1]


def test_pre_labels_with_corrected_pictures(folder):
    some = Dataset.of(TRUTH.labels, list(TRUTH.items)[:5])
    formats.write(some, folder / "some", "native")
    told = reviewed(folder, folder / "seen", folder / "other", "--corrected", folder / "some")
    assert told["reviewed"] == "pre-labels"
    assert (told["corrected"], told["pictures"]) == (5, 7)
    assert "takes 59 corrected pictures, there are 5" in told["accept"]["reason"]


def test_lists_of_the_lanes(folder, tmp_path):
    told = reviewed(folder, folder / "seen", "--lists", tmp_path / "lists")
    for lane in ("accept", "check", "draw"):
        lines = (tmp_path / "lists" / f"{lane}.txt").read_text(encoding="utf-8").splitlines()
        assert lines == [e["path"] for e in told["order"] if e["lane"] == lane]


def test_tasks_in_the_order_of_the_review(folder, tmp_path):
    told = reviewed(folder, folder / "seen", "--label-studio", tmp_path / "tasks", "--conf", "0.4")
    tasks = json.loads((tmp_path / "tasks" / "tasks.json").read_text(encoding="utf-8"))
    assert [task["data"]["image"] for task in tasks] == [e["path"] for e in told["order"]]
    scores = [task["predictions"][0]["score"] for task in tasks]
    assert scores == sorted(scores)
    assert len(set(scores)) > 6
    assert all(0 < score < 1 for score in scores)
    assert [task["data"]["lane"] for task in tasks] == [e["lane"] for e in told["order"]]
    back = formats.read(tmp_path / "tasks", "label-studio")
    by_path = {item.path: item.annotations for item in SEEN.items}
    for item in back.items:
        wanted = by_path[item.path]
        wanted = wanted[wanted.scores >= 0.4]
        assert item.annotations.boxes == pytest.approx(
            wanted.boxes.clip(0, [640, 480] * 2), abs=1e-6
        )


def test_labels_become_predictions_to_look_at_again(folder, tmp_path, capsys):
    arguments = (folder / "labels", folder / "seen", "--label-studio", tmp_path / "t.json")
    reviewed(folder, *arguments)
    assert run(["review", *map(str, arguments)]) != 0
    assert "--overwrite" in capsys.readouterr().err
    reviewed(folder, *arguments, "--overwrite")
    tasks = json.loads((tmp_path / "t.json").read_text(encoding="utf-8"))
    assert all("annotations" not in task for task in tasks)
    assert tasks[0]["data"]["doubts"]


def test_the_page(folder, tmp_path):
    page = tmp_path / "page.html"
    arguments = ("--html", page, "--images", folder / "pictures", "--worst", "3")
    told = reviewed(folder, folder / "labels", folder / "seen", *arguments)
    text = page.read_text(encoding="utf-8")
    assert text.count('<figure class="compared">') == 3
    assert text.count("data:image/jpeg") == 3
    assert told["order"][0]["path"] in text
    assert "in doubt" in text


def test_names_and_formats(folder):
    told = reviewed(
        folder, folder / "labels", folder / "seen", "--names", "people,net", "--from", "coco,native"
    )
    assert (told["subject"], told["models"]) == ("people", ["net"])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["labels"], "reviewed against a model"),
        (["nowhere"], "no such file"),
        (["seen", "--costs", "gold"], "no cost table 'gold'"),
        (["seen", "--conf-class", "unicorn=0.5"], "no class 'unicorn'"),
        (["seen", "other", "--from", "native,coco,yolo"], "3 formats for 2 datasets"),
        (["seen", "-o", "bad"], "expected NAME=VALUE"),
        (["seen", "--risk", "0"], "--risk"),
    ],
)
def test_errors_are_one_line(folder, capsys, monkeypatch, arguments, says):
    monkeypatch.chdir(folder)
    assert run(["review", *arguments]) != 0
    told = capsys.readouterr().err
    assert says in told
    assert "Traceback" not in told


def test_nothing_in_common(folder, tmp_path, capsys):
    items = [replace(item, path=f"other/x{item.path}") for item in SEEN.items]
    formats.write(Dataset.of(SEEN.labels, items), tmp_path / "apart", "native")
    told = reviewed(folder, folder / "labels", tmp_path / "apart")
    assert all(not entry["doubts"] for entry in told["order"])
    assert any("looked at" in fact for fact in told["told"])


def test_names_are_never_markup(tmp_path):
    nasty = "<script>alert(1)</script>[red]"
    labels = [replace(label, name=f"{nasty}{k}") for k, label in enumerate(TRUTH.labels)]
    for name, data in (("labels", BAD), ("seen", SEEN)):
        formats.write(Dataset.of(labels, list(data.items)), tmp_path / name, "native")
    page = tmp_path / "page.html"
    reviewed(tmp_path, tmp_path / "labels", tmp_path / "seen", "--html", page)
    assert "<script>alert" not in page.read_text(encoding="utf-8")


def test_a_tag_is_reviewed_too(folder, tmp_path):
    tag = Annotations.of(
        1, kinds=np.array([7], np.uint8), labels=[0], boxes=np.full((1, 4), np.nan), scores=[0.9]
    )
    items = [replace(item, annotations=tag) for item in SEEN.items]
    formats.write(Dataset.of(SEEN.labels, items), tmp_path / "tags", "native")
    told = reviewed(folder, tmp_path / "tags")
    assert told["pictures"] == 12


def test_frames_of_a_clip_are_reviewed_but_are_no_tasks(folder, tmp_path, capsys):
    clip = Media("walk.mp4", (640, 480), 12, 25.0)
    for name, data in (("people", BAD), ("net", SEEN)):
        frames = [
            replace(item, path=f"walk.mp4#{k}", media=0, frame=k)
            for k, item in enumerate(data.items)
        ]
        formats.write(Dataset.of(data.labels, frames, media=(clip,)), tmp_path / name, "native")
    told = reviewed(folder, tmp_path / "people", tmp_path / "net")
    assert told["pictures"] == 12
    assert any(entry["doubts"] for entry in told["order"])
    arguments = [str(tmp_path / "people"), str(tmp_path / "net")]
    assert run(["review", *arguments, "--label-studio", str(tmp_path / "tasks")]) == 2
    assert "is a frame of a clip, not a task" in capsys.readouterr().err
    assert not (tmp_path / "tasks").exists()
