"""The verbs `convert` and `formats`, and the functions behind them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from coco_files import coco
from PIL import Image

import formats
from formats.dataset import Dataset
from formats.errors import FormatError, UnknownName
from formats.options import make
from prelabel.commands import run

HEAVY = ("onnxruntime", "cv2", "fastapi", "torch")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A COCO folder of two splits, with pictures; one object is a crowd, one id is 0."""
    for split, first in (("train", 0), ("val", 5)):
        images = [{"id": first + k, "file_name": f"{split}{k}.png"} for k in (1, 2)]
        for image in images:
            image |= {"width": 40, "height": 20}
            path = tmp_path / "data/images" / split / str(image["file_name"])
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("L", (40, 20)).save(path)
        rows = [
            {"id": first + k, "image_id": first + 1, "category_id": 2 + k % 2, "bbox": [k, 1, 9, 8]}
            for k in range(3)
        ]
        rows[2]["iscrowd"] = 1
        categories = [{"id": 2, "name": "cat"}, {"id": 3, "name": "dog"}, {"id": 7, "name": "no"}]
        value = {"images": images, "annotations": rows, "categories": categories}
        file = tmp_path / f"data/annotations/instances_{split}.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(value))
    return tmp_path / "data"


def test_convert_writes_and_reports(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "out"
    assert run(["convert", str(source), str(target), "--to", "coco", "--crowd", "skip"]) == 0
    out, err = capsys.readouterr()
    assert out == f"coco -> coco: {target}\n"
    assert "lost or changed: 2 crowd regions (first: train1.png)" in err
    assert "looks wrong, kept as it stands: 1 annotation id 0" in err
    assert len(list(target.glob("annotations/*.json"))) == 2


def of_pictures() -> list[str]:
    """Formats that keep the names of pictures and hold boxes."""
    names = (name for name in formats.FORMATS if not formats.get(name).clips)
    return [name for name in names if name not in ("yolo-pose", "yolo-cls")]


@pytest.mark.parametrize("to", of_pictures())
def test_to_every_format_and_back(source: Path, to: str, tmp_path: Path) -> None:
    formats.convert(source, tmp_path / "there", to)
    formats.convert(tmp_path / "there", tmp_path / "back", "coco", to)
    dataset = formats.read(tmp_path / "back", "coco")
    labels = [label.name for label in dataset.labels]
    assert labels == ["cat", "dog", "no", *(["DontCare"] if to == "kitti" else [])]
    names = [Path(item.path).name for item in dataset.items]
    assert names == ["train1.png", "train2.png", "val1.png", "val2.png"]
    assert {item.size for item in dataset.items} == {(40, 20)}


def test_a_target_that_is_there_is_refused(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    target.write_text("precious")
    arguments = ["convert", str(source / "annotations/instances_val.json"), str(target)]
    assert run([*arguments, "--to", "coco"]) == 3
    assert target.read_text() == "precious"
    assert run([*arguments, "--to", "coco", "--overwrite"]) == 0
    assert json.loads(target.read_text())["images"]


def test_the_source_is_not_overwritten(source: Path) -> None:
    before = sorted(source.rglob("*"))
    for target in (source, source.parent):
        with pytest.raises(FormatError, match="lies in the target"):
            formats.convert(source, target, "native", writing={"overwrite": True})
    assert sorted(source.rglob("*")) == before


def test_a_file_may_be_converted_onto_itself(source: Path) -> None:
    file = source / "annotations/instances_val.json"
    formats.convert(file, file, "coco", writing={"overwrite": True})
    assert [row["id"] for row in json.loads(file.read_text())["annotations"]] == [5, 6, 7]


def test_strict_leaves_the_target_alone(source: Path, tmp_path: Path) -> None:
    options = ["--to", "coco", "--crowd", "skip", "--strict"]
    assert run(["convert", str(source), str(tmp_path / "out"), *options]) == 3
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data"]


def test_strict_lets_named_kinds_of_loss_pass(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["convert", str(source), str(tmp_path / "out"), "--to", "yolo", "--strict"]
    assert run([*arguments, "--allow", "annotation id", "--allow", "Picture IDs"]) == 3
    told = capsys.readouterr().err
    assert "2 ignore regions (crowd) left out" in told
    assert "with --allow 'ignore region (crowd) left out'" in told
    assert "annotation id" not in told
    assert "picture id" not in told
    assert not (tmp_path / "out").exists()
    assert run([*arguments, "--allow", "ignore region*", "--allow", "*id", "--allow", "*ids"]) == 0
    assert "lost or changed: 4 annotation ids" in capsys.readouterr().err


def test_what_reading_leaves_out_may_be_allowed_too(source: Path, tmp_path: Path) -> None:
    formats.convert(source, tmp_path / "yolo", "yolo")
    label = next((tmp_path / "yolo/labels").rglob("train1.txt"))
    label.write_text(label.read_text() + "99 .5 .5 .1 .1\n")
    arguments = ["convert", str(tmp_path / "yolo"), str(tmp_path / "out"), "--to", "coco"]
    assert run([*arguments, "--strict"]) == 3
    assert run([*arguments, "--strict", "--allow", "annotation id"]) == 3
    assert run([*arguments, "--strict", "--allow", "line left out"]) == 0


def test_allow_goes_with_strict(source: Path, tmp_path: Path) -> None:
    arguments = ["convert", str(source), str(tmp_path / "out"), "--to", "coco", "--allow", "score"]
    assert run(arguments) == 2
    options = {"strict": True, "allow": ("annotation id",)}
    with pytest.raises(FormatError, match="crowd"):
        formats.convert(source, tmp_path / "out", "yolo", writing=options)
    assert not (tmp_path / "out").exists()


def test_a_dry_run_reports_and_writes_nothing(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(tmp_path.rglob("*"))
    arguments = ["convert", str(source), str(tmp_path / "out"), "--to", "yolo"]
    assert run([*arguments, "--dry-run"]) == 0
    rehearsed, told = capsys.readouterr()
    assert sorted(tmp_path.rglob("*")) == before
    assert rehearsed == f"coco -> yolo: {tmp_path / 'out'} (nothing written)\n"
    assert run(arguments) == 0
    assert capsys.readouterr().err == told
    assert "lost or changed: 2 ignore regions (crowd) left out" in told
    assert run([*arguments, "--dry-run"]) == 3


def test_classes_force_an_order_and_lose_none(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    arguments = ["convert", str(source), str(target), "--to", "native", "--classes"]
    assert run([*arguments, "no, dog"]) == 0
    dataset = formats.read(target)
    assert [(e.name, e.id) for e in dataset.labels] == [("no", 7), ("dog", 3), ("cat", 2)]
    first = next(dataset.items).annotations
    assert first is not None
    assert first.labels.tolist() == [2, 1, 2]
    assert run([*arguments, "dgo", "--overwrite"]) == 2


def test_options_by_name_go_to_the_side_that_has_them(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["convert", str(source), str(tmp_path / "out"), "--to", "yolo"]
    assert run([*arguments, "-o", "images=none", "-o", f"from.images={source}"]) == 0
    assert not list((tmp_path / "out").rglob("*.png"))
    assert run([*arguments, "--overwrite", "-o", "colour=red"]) == 2
    assert "no option 'colour'" in capsys.readouterr().err
    assert run([*arguments, "--overwrite", "-o", "images"]) == 2
    assert "expected NAME=VALUE" in capsys.readouterr().err
    assert run([*arguments, "--overwrite", "-o", "images=maybe"]) == 3
    assert "maybe" in capsys.readouterr().err


def test_options_of_all_formats_go_to_both_sides(tmp_path: Path) -> None:
    source, stated = tmp_path / "set", tmp_path / "stated.csv"
    (source / "labels").mkdir(parents=True)
    (source / "labels/1.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    (source / "list.txt").write_text("./images/1.jpg\n")
    (source / "data.yaml").write_text("train: list.txt\nnames: [cat]\n")
    stated.write_text("images/1.jpg,100,50\n")
    arguments = ["convert", str(source), str(tmp_path / "out.json"), "--to", "coco"]
    assert run(arguments) == 3
    assert run([*arguments, "-o", f"to.sizes={stated}"]) == 3
    assert run([*arguments, "-o", f"sizes={stated}"]) == 0
    (image,) = json.loads((tmp_path / "out.json").read_text())["images"]
    assert (image["width"], image["height"]) == (100, 50)


def test_faults_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["convert", str(tmp_path / "none"), str(tmp_path / "x"), "--to", "coco"]) == 3
    assert run(["convert", str(tmp_path), str(tmp_path / "x"), "--to", "coco"]) == 3
    (tmp_path / "a.json").write_text("{")
    arguments = ["convert", str(tmp_path / "a.json"), str(tmp_path / "x"), "--from", "coco"]
    assert run([*arguments, "--to", "coco"]) == 3
    assert run([*arguments, "--to", "coko"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4
    assert "no such file or folder" in lines[0]
    assert "no format claims it" in lines[1]
    assert "a.json:1: not JSON" in lines[2]
    assert "did you mean 'coco'" in lines[3]


def test_a_tie_is_an_error_that_lists_the_claims(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = {"one": formats.Match("a", 0.5), "two": formats.Match("b", 0.5)}
    monkeypatch.setattr(formats, "claims", lambda path: claims)
    with pytest.raises(FormatError, match=r"one \(a\), two \(b\)"):
        formats.sniff(tmp_path)


def test_defaults_are_shown_as_they_are_written(capsys: pytest.CaptureFixture[str]) -> None:
    """1 is equal to True, but a number of processes is no yes."""
    assert run(["formats", "label-studio"]) == 0
    told = capsys.readouterr().out
    for line in ("workers = 1    (int)", "framerate = 0.0    (float)", "strict = no    (bool)"):
        assert f"  {line}\n" in told


def test_formats_lists_and_describes_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["formats"]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert listed == list(formats.FORMATS)
    for name in formats.FORMATS:
        assert run(["formats", name]) == 0
        text = capsys.readouterr().out
        assert text.startswith(f"{name}: ")
        assert "overwrite = no" in text
        assert "Replace what lies at the target." in text
    assert run(["formats", "koko"]) == 2


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("images=foo", "option images: is 'foo', expected link | copy | none"),
        ("class_lists=maybe", "option class_lists: is 'maybe', expected yes or no"),
        ("workers=x", "option workers: is 'x', expected int"),
    ],
)
def test_an_option_that_cannot_be_used_is_told_with_what_it_takes(
    option: str, told: str, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["convert", str(source), str(tmp_path / "out"), "--to", "voc", "-o", option]
    assert run(arguments) == 3
    assert capsys.readouterr().err == f"prelabel: {told}\n"


@pytest.mark.parametrize(
    ("word", "value"), [("yes", True), ("true", True), ("1", True), ("no", False), ("No", False)]
)
def test_yes_and_no_are_options_as_they_are_shown(word: str, value: bool) -> None:
    options = make(formats.get("voc").options, {"class_lists": word})
    assert options.class_lists is value


def test_options_of_the_wrong_kind_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="did you mean 'strict'"):
        formats.write(Dataset.of([], []), tmp_path / "x", "coco", {"stritc": True})


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["convert", "--help"], ["formats", "--help"], ["formats", "coco"], None],
)
def test_nothing_heavy_is_imported(
    arguments: list[str] | None, source: Path, tmp_path: Path
) -> None:
    arguments = arguments or ["convert", str(source), str(tmp_path / "out"), "--to", "yolo"]
    code = (
        "import sys\nfrom prelabel.commands import run\n"
        f"assert run({arguments!r}) == 0\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "[]"


def test_options_of_reading_go_to_the_source(tmp_path: Path) -> None:
    source, out = tmp_path / "set", tmp_path / "out"
    (source / "labels").mkdir(parents=True)
    (source / "labels/1.txt").write_text("1 .5 .5 .2 .2 .9\n")
    (source / "list.txt").write_text("./images/1.jpg\n")
    (tmp_path / "names.txt").write_text("cow\ndog\n")
    (source / "data.yaml").write_text("train: list.txt\nnc: 2\n")
    (tmp_path / "sizes.csv").write_text("images/1.jpg,100,80\n")
    given = ["-o", f"names={tmp_path / 'names.txt'}", "-o", "columns=conf"]
    arguments = [str(source), str(out), "--to", "yolo", "--sizes", str(tmp_path / "sizes.csv")]
    assert run(["convert", *arguments, *given]) == 0
    (item,) = formats.read(out, "yolo").items
    assert item.annotations is not None
    assert item.annotations.scores.tolist() == [0.9]
    assert "dog" in (out / "classes.json").read_text()


def test_a_list_of_results_stays_one(tmp_path: Path) -> None:
    truth, results, out = (tmp_path / f"{name}.json" for name in ("truth", "results", "out"))
    truth.write_text(json.dumps(coco()))
    results.write_text(json.dumps([{"image_id": 7, "category_id": 3, "bbox": [1, 2, 3, 4]}]))
    option = ["-o", f"categories={truth}"]
    assert run(["filter", str(results), str(out), "--only", "cat", *option]) == 0
    assert json.loads(out.read_text())[0]["bbox"] == [1, 2, 3, 4]
