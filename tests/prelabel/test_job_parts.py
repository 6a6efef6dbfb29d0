"""Small parts of a job: targets, what is left to do, the folder, least scores, the display."""

from __future__ import annotations

import io
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import formats
from formats.errors import UnknownName
from prelabel import export, least_scores, locks, outfolder, progress, todo
from prelabel.engines import ENGINES, engine
from prelabel.errors import JobError, SettingsError
from prelabel.job import Asked, Spec
from prelabel.sources import Unit
from prelabel.work import Work


@pytest.mark.parametrize(
    ("task", "name"),
    [
        ("detect", "yolo"),
        ("segment", "yolo-seg"),
        ("pose", "yolo-pose"),
        ("obb", "yolo-obb"),
        ("classify", "yolo-cls"),
    ],
)
def test_plain_yolo_is_the_flavour_of_the_task(task: str, name: str) -> None:
    (target,) = export.targets(["yolo"], task, {}, strict=False)
    assert (target.name, target.format.name) == ("yolo", name)
    assert export.targets(["yolo-obb"], task, {}, False)[0].format.name == "yolo-obb"


def test_an_option_goes_to_every_target_that_has_it() -> None:
    coco, yolo = export.targets(["coco", "yolo", "coco"], "detect", {"crowd": "mask"}, True)
    assert (coco.options.crowd, yolo.options.crowd) == ("mask", "mask")
    assert coco.options.overwrite
    assert coco.options.strict
    with pytest.raises(UnknownName, match="no option 'colour' of coco, yolo"):
        export.targets(["coco", "yolo"], "detect", {"colour": "red"}, False)


def test_every_format_can_be_a_target() -> None:
    names = [name for name in formats.FORMATS if name != "yolo-cls"]
    assert [t.name for t in export.targets(names, "detect", {}, False)] == names


def test_batches_are_cut_from_the_order_of_the_sources() -> None:
    units = [Unit(str(i), str(i)) for i in range(7)]
    done = {str(i) for i in (0, 1, 2, 3, 5)}
    assert [[u.path for u in b] for b in todo.unfinished(units, done, 1)] == [["4"], ["6"]]
    assert [[u.path for u in b] for b in todo.unfinished(units, done, 3)] == [
        ["3", "4", "5"],
        ["6"],
    ]
    assert list(todo.unfinished(units, {u.path for u in units}, 3)) == []


def double(number: int) -> int:
    if number == 3:
        raise ValueError("three")
    return 2 * number


@pytest.mark.parametrize("name", list(ENGINES))
def test_an_engine_keeps_the_order_and_hands_on_errors(name: str) -> None:
    outcomes = list(engine(name).map(double, range(20), workers=4))
    assert [unit for unit, _ in outcomes] == list(range(20))
    assert isinstance(outcomes[3][1], ValueError)
    assert [out for unit, out in outcomes if unit != 3] == [2 * i for i in range(20) if i != 3]


def test_work_can_be_pickled() -> None:
    work = Work(Spec(model="a.onnx"), Asked(thresholds=(("red", 0.5),), classes=("red",)), (0, 1))
    copy = pickle.loads(pickle.dumps(work))
    assert (copy.spec, copy.asked, copy.index) == (work.spec, work.asked, work.index)


def test_the_folder_is_gone_again_where_nothing_came_of_it(tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match="x"),
        outfolder.held(tmp_path / "a/b", resume=False, overwrite=False),
    ):
        raise ValueError("x")
    assert not (tmp_path / "a/b").exists()


def test_what_a_killed_process_left_is_swept(tmp_path: Path) -> None:
    for name in (".coco.1234.partial", ".yolo.ff.old"):
        (tmp_path / name / "below").mkdir(parents=True)
    (tmp_path / ".dataset.prelabel.jsonl.partial").touch()
    (tmp_path / "coco").mkdir()
    outfolder.sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["coco"]


def test_a_lock_dies_with_its_process(tmp_path: Path) -> None:
    code = f"""
import os, pathlib, prelabel.locks
held = prelabel.locks.exclusive(pathlib.Path({str(tmp_path)!r}))
held.__enter__()
print("held", flush=True)
input()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], text=True, stdout=subprocess.PIPE, stdin=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(JobError, match=f"process {other.pid} is at work in this folder"):
            locks.exclusive(tmp_path).__enter__()
        other.kill()
    with locks.exclusive(tmp_path):
        assert (tmp_path / locks.LOCK).read_text() == str(os.getpid())
    assert not (tmp_path / locks.LOCK).exists()


def test_least_scores_of_flags_and_files(tmp_path: Path) -> None:
    file = tmp_path / "least.yaml"
    file.write_text("traffic light: 0.6\nno: .5\n")
    flags = [str(file), "a=b=0.25", "no=1"]
    assert least_scores.parse(flags) == {"traffic light": 0.6, "no": 1.0, "a=b": 0.25}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- a\n", "expected lines of the form  name: score"),
        ("a: [1", "is not YAML"),
        ("a: high\n", "is 'high', expected a score from 0 to 1"),
        ("a: nan\n", "is 'nan', expected a score from 0 to 1"),
    ],
)
def test_a_file_of_least_scores_that_is_wrong(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "least.yaml"
    file.write_text(text)
    with pytest.raises(SettingsError) as caught:
        least_scores.parse([str(file)])
    assert told in str(caught.value)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_progress_in_lines() -> None:
    stream = io.StringIO()
    lines = progress.Lines(stream, seconds=0)
    with lines:
        lines.start(total=10, kept=4)
        lines.advance(2, 1)
        lines.advance(4, 0)
    first, last = stream.getvalue().splitlines()
    assert first.startswith("6/10 pictures, 1 failed, ")
    assert "/s, " in first
    assert last.startswith("10/10 pictures, 1 failed, ")
    assert last.endswith(" 0 s left")


def test_progress_in_a_bar(capsys: pytest.CaptureFixture[str]) -> None:
    bar = progress.Bar()
    with bar:
        bar.say("comparing")
        bar.start(total=10, kept=4)
        bar.advance(3, 1)
    assert "comparing" in capsys.readouterr().err


def test_where_nobody_looks_there_are_lines() -> None:
    assert isinstance(progress.on_stderr(), progress.Lines)
