"""`prelabel label` from the command line, with a model whose answers can be worked out by hand."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from jobs import Job, content, draw
from PIL import Image

from formats.native import NAME
from prelabel.work import Work


@pytest.fixture
def job(tmp_path: Path) -> Job:
    draw(tmp_path / "photos", 5)
    return Job(tmp_path, "--to", "coco", "--conf", "0.6")


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each picture went through the model, by digest."""
    counts: Counter[str] = Counter()
    label = Work.label

    def counting(self, picture, run):
        counts[picture.digest] += 1
        return label(self, picture, run)

    monkeypatch.setattr(Work, "label", counting)
    return counts


def coco(out: Path) -> dict:
    return json.loads((out / "coco/annotations/instances_default.json").read_text())


def test_what_is_found_is_what_is_in_the_picture(tmp_path: Path) -> None:
    pixels = np.zeros((128, 128, 3), np.uint8)
    pixels[64:, :64] = (0, 204, 0)
    (tmp_path / "photos").mkdir()
    Image.fromarray(pixels).save(tmp_path / "photos/a.png")
    job = Job(tmp_path, "--conf", "0.5")
    assert job.run() == 0
    found = coco(job.out)
    assert found["images"] == [{"id": 1, "file_name": "a.png", "width": 128, "height": 128}]
    assert [c["name"] for c in found["categories"]] == ["red", "green", "blue"]
    cells = [a["bbox"] for a in found["annotations"]]
    assert {a["category_id"] for a in found["annotations"]} == {2}
    assert [a["score"] for a in found["annotations"]] == pytest.approx([0.8] * 21, abs=1e-4)
    assert [0, 64, 64, 64] in cells
    assert all(x + w <= 64 and y >= 64 for x, y, w, h in cells)
    assert len(cells) == 16 + 4 + 1  # a model's best class per cell, cells of three sizes


def test_outputs_are_the_same_wherever_and_however_it_runs(job: Job, tmp_path: Path) -> None:
    draw(tmp_path / "elsewhere/pictures", 5)
    job.flags += ("--to", "coco-results,yolo", "-o", "images=none")
    assert job.run("--workers", "1") == 0
    other = tmp_path / "other"
    assert job.run("--workers", "4", source=tmp_path / "elsewhere/pictures", out=other) == 0
    assert content(other) == content(job.out)
    assert not any(str(tmp_path).encode() in data for data in content(other).values())


def test_several_formats_each_in_its_folder(job: Job) -> None:
    assert job.run("--to", "yolo", "--to", "coco-results,native") == 0
    assert {path.name for path in job.out.iterdir()} == {
        *("coco", "coco-results", "native", "yolo", NAME)
    }
    rows = json.loads((job.out / "coco-results/results.json").read_text())
    assert [row["score"] for row in rows] == [a["score"] for a in coco(job.out)["annotations"]]


def test_a_folder_with_something_in_it_is_refused(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    assert job.run() == 0
    before = content(job.out)
    assert job.run() == 7
    told = capsys.readouterr().err
    assert "--resume" in told
    assert "--overwrite" in told
    assert content(job.out) == before
    assert job.run("--overwrite") == 0
    assert content(job.out) == before


def test_resume_starts_afresh_where_there_is_nothing(job: Job) -> None:
    assert job.run("--resume") == 0
    whole = content(job.out)
    empty = job.folder / "empty"
    empty.mkdir()
    assert job.run("--resume", out=empty) == 0
    assert content(empty) == whole


def test_resume_of_a_folder_that_is_no_job_is_refused(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    job.out.mkdir()
    (job.out / "thesis.txt").write_text("mine")
    assert job.run("--resume") == 7
    assert "no dataset.prelabel.jsonl to go on with" in capsys.readouterr().err
    assert job.run("--overwrite") == 0
    assert (job.out / "thesis.txt").read_text() == "mine"


def test_a_finished_job_is_only_written_again(job: Job, seen: Counter[str]) -> None:
    assert job.run() == 0
    before, inferred = content(job.out), seen.total()
    assert job.run("--resume") == 0
    assert content(job.out) == before
    assert seen.total() == inferred == 5


def test_pictures_that_are_new_changed_or_gone(
    job: Job, seen: Counter[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert job.run() == 0
    paths = sorted(job.photos.rglob("*.png"))
    paths[0].unlink()
    Image.new("RGB", (64, 64), (255, 0, 0)).save(paths[1])
    draw(job.photos, 2, seed=9)
    assert job.run("--resume") == 0
    assert "0-0000.png: is no longer among the sources" in capsys.readouterr().err
    assert seen.total() == 5 + 1 + 2
    fresh = job.folder / "fresh"
    assert job.run(out=fresh) == 0
    assert content(job.out) == content(fresh)


def test_a_job_goes_on_only_with_its_own_settings(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    assert job.run() == 0
    names = job.folder / "names.txt"
    names.write_text("rot\ngreen\nblue\n")
    renamed = job.folder / "map.yaml"
    renamed.write_text("red: rosso\n")
    before = content(job.out)
    for flags, told in {
        ("--conf", "0.7"): "conf 0.6, now it is 0.7",
        ("--iou", "0.5"): "iou 0.7, now it is 0.5",
        ("--max-det", "3"): "max-det 300, now it is 3",
        ("--classes", "red,blue"): "classes [], now it is ['blue', 'red']",
        ("--conf-class", "red=0.9"): "conf-class {}, now it is {'red': 0.9}",
        ("--tile", "32"): "tile 0, now it is 32",
        ("--polygons", "2"): "polygons None, now it is 2.0",
        ("--labels", str(names)): "labels ['red', 'green', 'blue'], now it is ['rot',",
        ("--labels-map", str(renamed)): "labels-map {}, now it is {'red': 'rosso'}",
    }.items():
        assert job.run("--resume", *flags) == 7
        assert told in capsys.readouterr().err
    assert content(job.out) == before
    assert job.run("--resume", "--workers", "3", "--threads", "2", "--provider", "cpu") == 0


def test_another_model_is_told(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    assert job.run() == 0
    other = Job(job.folder, "--conf", "0.6", layers=1)
    assert other.run("--resume") == 7
    assert "the job was begun with model '" in capsys.readouterr().err


def test_classes_and_least_scores(job: Job) -> None:
    least = job.folder / "least.yaml"
    least.write_text("blue: 0.9\n")
    flags = ("--conf-class", "red=.8", "--conf-class", str(least), "--classes", "red,blue")
    assert job.run(*flags) == 0
    rows = coco(job.out)["annotations"]
    assert {row["category_id"] for row in rows} == {1, 3}
    assert min(row["score"] for row in rows if row["category_id"] == 1) >= 0.8
    assert min(row["score"] for row in rows if row["category_id"] == 3) >= 0.9
    assert len(coco(job.out)["categories"]) == 3


def test_classes_under_other_names(job: Job) -> None:
    assert job.run() == 0
    plain = Counter(row["category_id"] for row in coco(job.out)["annotations"])
    renamed = job.folder / "map.yaml"
    renamed.write_text("red: warm\nblue: cold\ngreen: cold\n")
    assert job.run("--overwrite", "--labels-map", str(renamed)) == 0
    found = coco(job.out)
    assert [c["name"] for c in found["categories"]] == ["warm", "cold"]
    counts = Counter(row["category_id"] for row in found["annotations"])
    assert counts == {1: plain[1], 2: plain[2] + plain[3]}


def test_a_dataset_keeps_ids_names_splits_and_categories(job: Job) -> None:
    dataset = {
        "images": [
            {"id": 70, "file_name": "more/0-0002.png", "width": 64, "height": 64},
            {"id": 7, "file_name": "0-0000.png", "width": 64, "height": 64},
        ],
        "annotations": [],
        "categories": [{"id": 40, "name": "Blue", "supercategory": "cold"}, {"id": 9, "name": "x"}],
    }
    (job.photos / "annotations").mkdir()
    source = job.photos / "annotations" / "instances_val.json"
    source.write_text(json.dumps(dataset))
    job.flags = ("--conf", "0.05")
    assert job.run("--to", "coco", source=source) == 0
    found = json.loads((job.out / "coco/annotations/instances_val.json").read_text())
    assert [(i["id"], i["file_name"]) for i in found["images"]] == [
        (70, "more/0-0002.png"),
        (7, "0-0000.png"),
    ]
    assert [(c["id"], c["name"]) for c in found["categories"]] == [(40, "Blue"), (9, "x")]
    assert {row["category_id"] for row in found["annotations"]} == {40}
    assert {row["image_id"] for row in found["annotations"]} == {7}


def test_a_dataset_whose_categories_changed_is_another_job(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    source = job.photos / "instances_val.json"
    images = [{"id": 1, "file_name": "0-0000.png", "width": 64, "height": 64}]
    for names, code in (("blue", "red"), 0), (("blue", "red"), 0), (("red", "blue"), 7):
        categories = [{"id": i, "name": name} for i, name in enumerate(names, 1)]
        data = {"images": images, "annotations": [], "categories": categories}
        source.write_text(json.dumps(data))
        assert job.run("--resume", source=source) == code
    told = "categories ['blue', 'red'], now it is ['red', 'blue']"
    assert told in capsys.readouterr().err


def test_a_dataset_that_is_no_journal_is_not_gone_on_with(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    job.out.mkdir()
    (job.out / NAME).write_text('{"prelabel":1,"labels":[]}\n')
    assert job.run("--resume") == 7
    assert "is a dataset, not the journal of a job" in capsys.readouterr().err


def test_the_summary_tells_what_was_done(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    (job.photos / "broken.png").write_text("no picture")
    summary = job.folder / "summary.json"
    assert job.run("--summary", str(summary)) == 1
    facts = json.loads(summary.read_text())
    assert (facts["pictures"], facts["labelled"], facts["kept"]) == (6, 6, 0)
    assert facts["failures"] == [{"path": "broken.png", "reason": "is not a picture: it is text"}]
    assert sum(facts["objects"].values()) == len(coco(job.out)["annotations"])
    assert facts["pictures_per_second"] > 0
    assert facts["startup_seconds"] > 0
    assert facts["provider"] == "cpu"
    table = capsys.readouterr().out
    assert " pictures/s on cpu\n" in table
    assert "pictures" in table
    assert f"{facts['objects']['red']}" in table
    assert not (job.out / "summary.json").exists()


def test_previews_are_written(job: Job) -> None:
    assert job.run("--preview") == 0
    assert (job.out / "preview/index.html").is_file()
    assert len(list((job.out / "preview/previews").rglob("*.jpg"))) == 5
    (job.photos / "0-0000.png").unlink()
    assert job.run("--preview", "--resume") == 0
    assert len(list((job.out / "preview/previews").rglob("*.jpg"))) == 4


def test_the_jobs_folder_is_a_dataset(job: Job) -> None:
    import formats

    assert job.run() == 0
    found = formats.read(job.out)
    written = formats.read(job.out / "coco")
    assert [item.path for item in found.items] == [item.path for item in written.items]
    pairs = zip(found.items, written.items, strict=True)
    assert all(np.array_equal(a.annotations.scores, b.annotations.scores) for a, b in pairs)


def test_an_input_size_is_refused_where_the_model_has_its_own(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    assert job.run("--imgsz", "96x64") == 6
    assert "takes pictures of" in capsys.readouterr().err
    assert job.run("--imgsz", "wide") == 2
    assert "--imgsz: is 'wide', expected 640 or 640x480" in capsys.readouterr().err
