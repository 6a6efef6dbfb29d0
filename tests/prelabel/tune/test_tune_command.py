"""`prelabel tune`: from data sets, or a model, to a file that `label` reads."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import yaml
from corrected import correction, view
from drawn_detections import drawn
from PIL import Image as Pillow

import formats
from formats.dataset import Dataset, Item, Label
from prelabel import least_scores, truth, weights
from prelabel.commands import run
from prelabel.corrections.event import Event
from prelabel.corrections.store import Store
from prelabel.scenes import draw

PICTURES = 12


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sets")
    for name, data in zip(("pre", "corrected"), drawn(60), strict=True):
        formats.write(data, folder / name, "native")
    return folder


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    """Drawn scenes that the built-in model knows, with their truth."""
    folder = tmp_path_factory.mktemp("scenes")
    items = []
    for seed in range(PICTURES):
        scene = draw(seed, 160)
        Pillow.fromarray(scene.pixels).save(folder / f"{seed}.png")
        items.append(Item(f"{seed}.png", (160, 160), truth.table(scene)))
    formats.write(Dataset.of(truth.labels(), items), folder / "truth", "native")
    return folder


def tuned(*arguments):
    return run(["tune", *map(str, arguments), "--repeats", "1"])


def test_thresholds_from_two_data_sets(sets, tmp_path, capsys):
    out, figures, page = (tmp_path / name for name in ("t.yaml", "t.json", "t.html"))
    files = ("--out", out, "--json", figures, "--html", page)
    assert tuned(sets / "pre", sets / "corrected", *files) == 0
    said = capsys.readouterr().out
    assert "60 corrected pictures" in said
    assert "best F1" in said
    told = json.loads(figures.read_text())
    scores = least_scores.read(out)
    assert scores == pytest.approx(told["thresholds"], abs=5e-4)
    assert set(scores) == {"class 0", "class 1", "class 2"}
    assert all(0.01 <= score < 0.25 for score in scores.values())
    assert told["seconds"]["tuned"][0] < told["seconds"]["fixed .25"][0]
    assert "Content-Security-Policy" in page.read_text()


def test_dearer_drawing_shows_more(sets, tmp_path):
    least = []
    for name in ("clicks", "boxes", "polygons"):
        out = tmp_path / f"{name}.yaml"
        assert tuned(sets / "pre", sets / "corrected", "--costs", name, "--out", out) == 0
        least.append(np.mean(list(least_scores.read(out).values())))
    assert least[0] > least[1] > least[2]


def test_a_model_is_asked_again_and_label_reads_the_file(scenes, tmp_path, capsys):
    model, out = weights.path("segment"), tmp_path / "least.yaml"
    asked = ("--model", model, "--images", scenes, "--task", "boxes", "--workers", "1")
    assert tuned(scenes / "truth", *asked, "--out", out) == 0
    assert f"{PICTURES} pictures in which" in capsys.readouterr().out
    names = set(yaml.safe_load(out.read_text()))
    assert names == {label.name for label in truth.labels()}
    arguments = ["label", str(scenes / "0.png"), "--model", str(model), "--workers", "1"]
    assert run([*arguments, "--conf-class", str(out), "--out", str(tmp_path / "out")]) == 0


def test_the_models_answers_are_those_of_label(scenes, tmp_path):
    """Asked again, or labelled with --conf .01 and read: the same thresholds."""
    model = str(weights.path("segment"))
    again, beside = tmp_path / "again.yaml", tmp_path / "beside.yaml"
    own = ("--task", "boxes", "--unfiltered")
    flags = ("--model", model, "--images", scenes, "--workers", "1")
    assert tuned(scenes / "truth", *flags, *own, "--out", again) == 0
    pictures = [str(scenes / f"{k}.png") for k in range(PICTURES)]
    labelled = tmp_path / "labelled"
    arguments = ["label", *pictures, "--model", model, "--conf", ".01", "--to", "native"]
    assert run([*arguments, "--workers", "1", "--out", str(labelled)]) == 0
    assert tuned(labelled / "native", scenes / "truth", *own, "--out", beside) == 0
    assert yaml.safe_load(again.read_text()) == yaml.safe_load(beside.read_text())


def test_splits_may_lie_in_folders_of_their_own(scenes, tmp_path):
    """COCO's own layout: one folder of pictures per split, file names without it."""
    items = [
        replace(item, split="train" if k % 2 else "val")
        for k, item in enumerate(formats.read(scenes / "truth", "native").items)
    ]
    formats.write(Dataset.of(truth.labels(), items), tmp_path / "truth", "native")
    for item in items:
        to = tmp_path / "images" / item.split / item.path
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(scenes / item.path, to)
    flags = ("--model", weights.path("segment"), "--task", "boxes", "--workers", "1")
    outs = [tmp_path / "one.yaml", tmp_path / "two.yaml"]
    assert tuned(scenes / "truth", *flags, "--images", scenes, "--out", outs[0]) == 0
    split = tmp_path / "images"
    assert tuned(tmp_path / "truth", *flags, "--images", split, "--out", outs[1]) == 0
    assert outs[0].read_text() == outs[1].read_text()


def test_predictions_that_were_cut_are_refused(scenes, sets, tmp_path, capsys):
    data = formats.read(sets / "pre")
    least = [item.annotations.scores >= 0.3 for item in data.items]
    from dataclasses import replace

    items = [
        replace(item, annotations=item.annotations[rows])
        for item, rows in zip(data.items, least, strict=True)
    ]
    formats.write(Dataset.of(data.labels, items), tmp_path / "cut", "native")
    assert tuned(tmp_path / "cut", sets / "corrected") == 3
    assert "predictions: the lowest score is 0.3" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("one",),
        ("one", "two", "three"),
        ("one", "two", "--model", "m.onnx"),
        ("one", "--corrections", "dir"),
        ("one", "--corrections", "dir", "--model", "m.onnx"),
    ],
)
def test_too_many_or_too_few_data_sets(arguments, capsys):
    assert tuned(*arguments) == 2
    assert "expected PRELABELS and CORRECTED" in capsys.readouterr().err


def test_pictures_that_are_not_there(sets, capsys):
    model = weights.path("segment")
    assert tuned(sets / "corrected", "--model", model) == 7
    assert "name their folder with --images" in capsys.readouterr().err


def test_a_servers_corrections_teach_as_well(sets, tmp_path):
    """The same as the data sets, though the project calls the classes otherwise."""
    pairs = zip(
        formats.read(sets / "pre").items, formats.read(sets / "corrected").items, strict=True
    )
    classes = tuple(Label(f"class {k}") for k in range(3))
    ours = tuple(Label(f"our {k}") for k in range(3))
    store = tmp_path / "store"
    with Store(store, 1 << 24) as kept:
        for number, (pre, right) in enumerate(pairs):
            told = {"classes": classes, "names": tuple(k.name for k in ours), "labels": ours}
            tables = {"predicted": pre.annotations, "corrected": right.annotations}
            seen = view(path=pre.path, size=pre.size, **told, **tables)
            event = Event("tool", str(number), str(number), float(number))
            kept.arrive([event])
            kept.finish(event, correction(seen))
    out, plain = tmp_path / "stored.yaml", tmp_path / "plain.yaml"
    assert tuned("--corrections", store, "--out", out) == 0
    assert tuned(sets / "pre", sets / "corrected", "--out", plain) == 0
    assert least_scores.read(out) == least_scores.read(plain)


def test_an_empty_folder_of_corrections(tmp_path, capsys):
    assert tuned("--corrections", tmp_path) == 7
    assert "corrections" in capsys.readouterr().err
