"""`prelabel gold` and `prelabel consensus` as a team uses them, one after the other."""

import json
from datetime import datetime, timedelta

import numpy as np
import pytest

import formats
from formats.annotations import Annotations
from formats.dataset import Dataset, Item, Label
from prelabel.commands import run

LABELS = (Label("cat", 1), Label("dog", 2))
SIZE = (200, 100)


def people(seed, missed):
    rng = np.random.default_rng(seed)
    items = []
    for k in range(24):
        low = np.arange(3)[:, None] * 40.0 + [5, 5]
        keep = rng.random(3) >= missed
        box = np.hstack([low, low + 30]) + rng.normal(0, 0.5, (3, 4))
        table = Annotations.of(boxes=box[keep], labels=np.array([0, 1, 0])[keep])
        items.append(Item(f"{k:02}.jpg", SIZE, table, id=k + 1))
    return Dataset.of(LABELS, items)


@pytest.fixture
def folder(tmp_path):
    formats.write(people(0, 0.0), tmp_path / "truth", "coco")
    for name, seed, missed, kind in (
        ("ann", 1, 0.05, "coco"),
        ("bob", 2, 0.4, "coco"),
        ("cyd", 3, 0.1, "native"),
    ):
        formats.write(people(seed, missed), tmp_path / name, kind)
    return tmp_path


def ran(*arguments):
    return run([str(argument) for argument in arguments])


def test_pick_score_and_merge(folder, capsys):
    gold, weights, out = folder / "gold", folder / "gold.json", folder / "merged"
    picked = ["gold", "pick", folder / "truth", "--count", 12, "--out", gold]
    assert ran(*picked, "--list", folder / "gold.txt", "--json", folder / "pick.json") == 0
    names = (folder / "gold.txt").read_text().split()
    assert len(names) == 12
    assert json.loads((folder / "pick.json").read_text())["pictures"] == names
    people = [folder / name for name in ("ann", "bob", "cyd")]
    scored = ["gold", "score", gold, *people, "--json", weights, "--html", folder / "gold.html"]
    assert ran(*scored) == 0
    told = json.loads(weights.read_text())["raters"]
    assert told["ann"]["weight"] > told["bob"]["weight"]
    assert told["ann"]["pictures"] == 12
    assert (
        "<svg" in (folder / "gold.html").read_text() or "bars" in (folder / "gold.html").read_text()
    )
    capsys.readouterr()
    merged = ["consensus", *people, "--weights", weights, "--out", out]
    assert ran(*merged, "--experts", folder / "doubt.json", "--below", 0.9) == 0
    said = capsys.readouterr().out
    assert "objects kept on 24 pictures" in said
    found = formats.read(out)
    assert {item.path for item in found.items} == {f"{k:02}.jpg" for k in range(24)}
    assert all((item.annotations.scores <= 1).all() for item in found.items)
    doubts = json.loads((folder / "doubt.json").read_text())
    assert all(doubt["expert"].startswith("agreement") for doubt in doubts)
    levels = [doubt["agreement"] for doubt in doubts]
    assert levels == sorted(levels)
    assert ran("eval", out, folder / "truth", "--no-classes") == 0


@pytest.mark.parametrize("target", ["yolo", "native", "label-studio", "coco-results"])
def test_the_consensus_in_other_formats(folder, target):
    out = folder / ("out.json" if target == "label-studio" else "out")
    assert ran("consensus", folder / "ann", folder / "cyd", "--out", out, "--to", target) == 0
    assert sum(len(item.annotations) for item in formats.read(out, target).items) > 40


def test_an_export_with_several_annotators(folder, capsys):
    """Label Studio tells who drew what, and when."""
    start, tasks = datetime(2026, 1, 1), []
    raters = [list(people(seed, missed).items) for seed, missed in ((1, 0.0), (2, 0.1), (3, 0.1))]
    for k, seen in enumerate(zip(*raters, strict=True)):
        answers = []
        for n, item in enumerate(seen):
            found = item.annotations[: 1 if n == 1 and k > 11 else 9]
            when = (start + timedelta(hours=k)).isoformat() + "Z"
            answers.append(
                {
                    "completed_by": {"email": f"p{n}@x.org"},
                    "result": [region(row) for row in found.rows()],
                    "created_at": when,
                }
            )
        tasks.append({"id": k, "data": {"image": f"{k:02}.jpg"}, "annotations": answers})
    (folder / "export.json").write_text(json.dumps(tasks))
    assert ran("gold", "score", folder / "truth", folder / "export.json") == 0
    said = capsys.readouterr().out
    assert "p1@x.org has become worse" in said
    assert "p0@x.org has" not in said
    out = folder / "merged"
    assert ran("consensus", folder / "export.json", "--out", out, "--labels", "dawid-skene") == 0
    assert "accuracy" in capsys.readouterr().out
    assert sum(1 for _ in formats.read(out).items) == 24


def region(row):
    x0, y0, x1, y1 = row.box
    value = {"x": x0 / 2, "y": y0, "width": (x1 - x0) / 2, "height": y1 - y0, "rotation": 0}
    return {
        "type": "rectanglelabels",
        "from_name": "label",
        "to_name": "image",
        "original_width": 200,
        "original_height": 100,
        "value": {**value, "rectanglelabels": [LABELS[row.label].name]},
    }


def test_models_are_fused(folder, capsys):
    assert (
        ran("consensus", folder / "ann", folder / "bob", "--method", "wbf", "--out", folder / "f")
        == 0
    )
    scores = np.concatenate([item.annotations.scores for item in formats.read(folder / "f").items])
    assert set(scores.round(6).tolist()) == {0.5, 1.0}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["consensus", "ann", "--out", "x"], 3, "ann is the only rater"),
        (["consensus", "ann", "bob", "--out", "truth"], 3, "exists"),
        (["consensus", "ann", "nowhere", "--out", "x"], 3, "no such file or folder"),
        (["consensus", "ann", "bob", "--out", "x", "--quorum", "2.5"], 2, "is 2.5"),
        (["consensus", "ann", "bob", "--out", "x", "--weights", "ann=much"], 2, "weight 'much'"),
        (["consensus", "ann", "bob", "--out", "x", "--weights", "truth/gone.json"], 3, "gone.json"),
        (["consensus", "ann", "bob", "--out", "x", "--to", "cocoa"], 2, "did you mean 'coco'"),
        (["consensus", "ann", "bob", "--out", "x", "-o", "colour=1"], 2, "colour"),
        (
            ["consensus", "ann", "bob", "--out", "x", "--method", "wbf", "--quorum", "2"],
            2,
            "--quorum",
        ),
        (["gold", "score", "truth", "nowhere"], 3, "no such file or folder"),
        (["gold", "pick", "nowhere"], 3, "no such file or folder"),
        (["gold", "pick", "truth", "--out", "ann"], 3, "exists"),
        (["gold", "pick", "truth", "--list", "no/such/folder"], 2, "cannot be written"),
    ],
)
def test_errors_are_one_line(folder, monkeypatch, capsys, arguments, code, said):
    monkeypatch.chdir(folder)
    assert run(arguments) == code
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert said in lines[0]


def test_a_weights_file_that_is_none(folder, capsys):
    for text, said in (
        ("nonsense", "not JSON"),
        ("[]", "expected"),
        ('{"ann": "x"}', "weight 'x'"),
    ):
        (folder / "w.json").write_text(text)
        merged = ["consensus", folder / "ann", folder / "bob", "--out", folder / "x"]
        assert ran(*merged, "--weights", folder / "w.json") == 3
        assert said in capsys.readouterr().err
