"""`prelabel cost`: two data sets of any formats in; tables, figures and a page out."""

import json
from dataclasses import replace

import pytest
from drawn_detections import drawn

import formats
from formats.dataset import Dataset
from prelabel.commands import run
from prelabel.cost.reading import costs
from prelabel.cost.table import PRESETS, CostTable
from prelabel.cost.tally import Compared, tally

TRUE = CostTable(verify=2, adjust=7, delete=1, draw=15, relabel=3, picture=5)


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    """Detections from .3 on in COCO, what became of them in YOLO."""
    folder = tmp_path_factory.mktemp("sets")
    pre, corrected = drawn(20)
    items = [replace(i, annotations=i.annotations[i.annotations.scores >= 0.3]) for i in pre.items]
    formats.write(Dataset.of(pre.labels, items), folder / "pre", "coco")
    formats.write(corrected, folder / "corrected", "coco")
    formats.write(corrected, folder / "native", "native")
    return folder


def figures(folder, *arguments):
    target = folder / "figures.json"
    assert run(["cost", *map(str, arguments), "--json", str(target)]) == 0
    return json.loads(target.read_text())


def test_edits_and_seconds(sets, tmp_path, capsys):
    page = tmp_path / "cost.html"
    told = figures(tmp_path, sets / "pre", sets / "corrected", "--html", page)
    said = capsys.readouterr().out
    assert "20 corrected pictures" in said
    assert "less than drawing everything" in said
    found = tally(formats.read(sets / "pre"), formats.read(sets / "corrected"))
    kept = found.counts.sum(axis=0).tolist()
    assert [*told["edits"].values()] == kept
    assert told["seconds"] == pytest.approx(float(PRESETS["boxes"].seconds(found.counts).sum()))
    assert sum(row["seconds"] for row in told["classes"]) == pytest.approx(told["seconds"])
    assert sum(row["seconds"] for row in told["by_picture"]) == pytest.approx(told["seconds"])
    text = page.read_text()
    assert "Content-Security-Policy" in text
    assert "class 2" in text


def test_formats_do_not_matter(sets, tmp_path):
    one = figures(tmp_path, sets / "pre", sets / "corrected")
    other = figures(tmp_path, sets / "pre", sets / "native", "--corrected-from", "native")
    assert one["edits"] == other["edits"]


def test_what_would_have_been_shown(sets, tmp_path):
    less = figures(tmp_path, sets / "pre", sets / "corrected", "--conf", "0.6")
    found = tally(formats.read(sets / "pre"), formats.read(sets / "corrected"), Compared(conf=0.6))
    assert less["edits"]["drawn"] == found.counts[:, 3].sum()
    same = figures(tmp_path, sets / "pre", sets / "corrected", "--conf-class", "class 0=.6")
    assert same["edits"]["drawn"] < less["edits"]["drawn"]


def test_seconds_are_learned_from_measured_ones(sets, tmp_path, capsys):
    found = tally(formats.read(sets / "pre"), formats.read(sets / "native"))
    seconds = TRUE.seconds(found.counts)
    times, out = tmp_path / "times.csv", tmp_path / "mine.yaml"
    lines = (f"{path},{s}\n" for path, s in zip(found.paths, seconds, strict=True))
    times.write_text("".join(lines))
    told = figures(tmp_path, sets / "pre", sets / "native", "--fit", times, "--out", out)
    assert told["seconds"] == pytest.approx(float(seconds.sum()), rel=1e-3)
    assert told["fitted"]["assumed"] == ["relabel"]
    assert costs(str(out)).draw == pytest.approx(TRUE.draw, abs=0.01)
    assert "are fitted to 20 measured pictures" in capsys.readouterr().out
    again = figures(tmp_path, sets / "pre", sets / "native", "--costs", out)
    assert again["seconds"] == pytest.approx(told["seconds"], rel=1e-3)


def test_times_in_the_corrected_set(sets, tmp_path):
    data = formats.read(sets / "native")
    found = tally(formats.read(sets / "pre"), data)
    seconds = dict(zip(found.paths, TRUE.seconds(found.counts).tolist(), strict=True))
    items = [replace(i, extra={"lead_time": seconds[i.path]}) for i in data.items]
    formats.write(Dataset.of(data.labels, items), tmp_path / "timed", "native")
    told = figures(tmp_path, sets / "pre", tmp_path / "timed", "--fit", "lead-time")
    assert told["costs"]["draw"] == pytest.approx(TRUE.draw, abs=0.01)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("--out", "mine.yaml"), 2, "--out: writes a fitted table: say --fit as well"),
        (("--costs", "box"), 2, "--costs: no cost table 'box'"),
        (("--fit", "lead-time"), 3, "0 pictures have a time, expected 10"),
        (("--fit", "nowhere.csv"), 3, "nowhere.csv"),
        (("--conf-class", "class 0=2"), 2, "expected a score from 0 to 1"),
    ],
)
def test_what_cannot_be_done(sets, arguments, code, says, capsys):
    assert run(["cost", str(sets / "pre"), str(sets / "native"), *arguments]) == code
    error = capsys.readouterr().err
    assert says in error
    assert len(error.splitlines()) == 1
