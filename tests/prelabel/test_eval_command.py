"""`prelabel eval`: two datasets of any formats in, tables and a JSON file out."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image as Pillow

import formats
from formats.annotations import Annotations
from formats.dataset import Dataset, Item, Label
from prelabel.commands import run

LABELS = (Label("cat", 1), Label("[red]dog", 2))


def boxes(*corners, labels=(), scores=()):
    n = len(corners)
    columns = {"boxes": np.array(corners, dtype=float).reshape(n, 4), "labels": list(labels)}
    return Annotations.of(n, **columns, **({"scores": scores} if len(scores) else {}))


def truth():
    first = boxes((0, 0, 50, 50), (10, 10, 90, 90), labels=[0, 1])
    second = boxes((20, 20, 60, 40), labels=[0])
    return Dataset.of(
        LABELS,
        [
            Item("a.jpg", (100, 100), first, id=1, split="train"),
            Item("b.jpg", (100, 100), second, id=2, split="val"),
        ],
    )


def found():
    """Both objects of the first picture, nothing on the second."""
    first = boxes((0, 0, 50, 50), (10, 10, 90, 90), labels=[0, 1], scores=[0.9, 0.8])
    items = [
        replace(item, annotations=first if item.id == 1 else boxes()) for item in truth().items
    ]
    return Dataset.of(LABELS, items)


@pytest.fixture
def folders(tmp_path):
    """A COCO truth of two splits, with pictures, and predictions in COCO."""
    for name, data in (("truth", truth()), ("pred", found())):
        formats.write(data, tmp_path / name, "coco")
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / "images").mkdir(exist_ok=True)
        Pillow.new("RGB", (100, 100)).save(tmp_path / "images" / name)
    return tmp_path


def figures(folder, *arguments):
    target = folder / "figures.json"
    assert run(["eval", *map(str, arguments), "--json", str(target)]) == 0
    return json.loads(target.read_text(encoding="utf-8"))


def test_tables_and_json(folders, capsys):
    scores = figures(folders, folders / "pred", folders / "truth")
    assert scores["images"] == 2
    assert scores["boxes"]["ap"] == pytest.approx((51 / 101 + 1) / 2)
    by_name = {c["name"]: c for c in scores["boxes"]["classes"]}
    assert (by_name["cat"]["truth"], by_name["cat"]["found"]) == (2, 1)
    printed = capsys.readouterr().out
    assert "2 pictures scored" in printed
    assert "[red]dog" in printed
    assert f"{scores['boxes']['ap']:.3f}" in printed


def test_no_classes(folders, capsys):
    figures(folders, folders / "pred", folders / "truth", "--no-classes")
    assert "dog" not in capsys.readouterr().out


def test_formats_may_differ(folders):
    formats.write(truth(), folders / "yolo", "yolo")
    coco = figures(folders, folders / "pred", folders / "truth")
    options = ["--truth-from", "yolo", "--truth-option", f"sizes={sizes(folders)}"]
    yolo = figures(folders, folders / "pred", folders / "yolo", *options)
    assert yolo["boxes"]["ap"] == pytest.approx(coco["boxes"]["ap"])


def sizes(folder):
    target = folder / "sizes.csv"
    target.write_text("a.jpg,100,100\nb.jpg,100,100\n")
    return target


def test_results_list_takes_classes_and_pictures_from_the_truth(folders):
    rows = [
        {"image_id": 1, "category_id": 1, "bbox": [0, 0, 50, 50], "score": 0.9},
        {"image_id": 1, "category_id": 2, "bbox": [10, 10, 80, 80], "score": 0.8},
    ]
    (folders / "results.json").write_text(json.dumps(rows))
    plain = figures(folders, folders / "pred", folders / "truth")
    listed = figures(folders, folders / "results.json", folders / "truth")
    assert listed["boxes"] == plain["boxes"]


def test_what_is_not_on_both_sides_is_named(folders, capsys):
    few = Dataset.of(LABELS, [item for item in found().items if item.path == "a.jpg"])
    more = [*few.items, Item("c.jpg", (100, 100), boxes(), id=3)]
    formats.write(Dataset.of(LABELS, more), folders / "other", "coco")
    scores = figures(folders, folders / "other", folders / "truth")
    printed = capsys.readouterr().out
    assert "1 pictures (b.jpg) are only in the truth" in printed
    assert "1 pictures (c.jpg) are only in the predictions, not scored" in printed
    assert scores["pictures"]["only_in_truth"] == ["b.jpg"]
    common = figures(folders, folders / "other", folders / "truth", "--common")
    assert common["images"] == 1
    assert common["boxes"]["ap"] == pytest.approx(1)


@pytest.mark.parametrize("text", ["0.2", "0.2,0.3", "nose=0.2, tail=0.3"])
def test_sigmas_are_read(folders, text, capsys):
    label = Label("cat", 1, keypoints=("nose", "tail"))
    table = boxes((0, 0, 50, 50), labels=[0])
    posed = table.with_columns(keypoints=np.array([[(10.0, 10, 2), (40.0, 40, 2)]]))
    formats.write(Dataset.of([label], [Item("a.jpg", (100, 100), posed)]), folders / "p", "coco")
    assert figures(folders, folders / "p", folders / "p", "--sigma", text)["keypoints"]["ap"] > 0.99
    assert "OKS sigmas of cat: as given" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["nothing", "truth"], 3, "nothing: no such file or folder"),
        (["pred", "truth", "--sigma", "wide"], 2, "--sigma: 'wide' is not numbers"),
        (["pred", "truth", "-o", "images"], 2, "-o: is 'images', expected NAME=VALUE"),
        (["pred", "truth", "--json", "no/such/folder.json"], 2, "cannot be written"),
        (["pred", "truth", "--task", "keypoints", "--from", "cocoa"], 2, "did you mean 'coco'"),
        (["pred", "truth", "--task", "tracks"], 2, "'tracks' is not one of"),
    ],
)
def test_errors_are_one_line(folders, monkeypatch, capsys, arguments, code, message):
    monkeypatch.chdir(folders)
    assert run(["eval", *arguments]) == code
    assert message in capsys.readouterr().err


def test_help_is_light():
    program = (
        "import sys; from prelabel.commands import run; run(['eval', '--help']);"
        "heavy = {'cv2', 'onnxruntime', 'rich', 'shapely'} & set(sys.modules);"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.DEVNULL)
