"""The verbs `split`, `filter` and `remap`, as a person uses them."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_sets import named, objects, of, pictures

import formats
from prelabel.commands import run


@pytest.fixture
def source(tmp_path: Path) -> Path:
    items = pictures({f"{k}.jpg": [k % 2, 2] if k else [] for k in range(10)}, split="train")
    formats.write(of(named("cat", "dog", "bus"), items), tmp_path / "in", "coco")
    return tmp_path / "in"


def test_split(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert run(["split", str(source), str(out), "--parts", "train=rest,val=2,test=.1"]) == 0
    told = capsys.readouterr()
    assert told.out == (
        f"coco -> coco: {out}\n"
        "train  7 pictures, 3 classes\n"
        "val    2 pictures, 3 classes\n"
        "test   1 picture, 2 classes\n"
    )
    assert "note: test has no picture with " in told.err
    names = sorted(path.name for path in out.rglob("*.json"))
    assert names == ["instances_test.json", "instances_train.json", "instances_val.json"]
    dataset = formats.read(out)
    assert sorted(objects(dataset)) == sorted(objects(formats.read(source)))


def test_of_a_split_is_told_what_was_divided(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts, again = tmp_path / "parts", tmp_path / "again"
    assert run(["split", str(source), str(parts), "--parts", "train=.6,val=.4"]) == 0
    capsys.readouterr()
    divided = ["--of", "train", "--parts", "train=4,val=2"]
    assert run(["split", str(parts), str(again), *divided]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(",")[0] for line in lines[1:]] == [
        "train  4 pictures of train",
        "val    2 pictures of train",
    ]
    splits = [item.split for item in formats.read(again).items]
    assert sorted(splits) == ["train"] * 4 + ["val"] * 6


def test_the_same_seed_gives_the_same_bytes(source: Path, tmp_path: Path) -> None:
    for name, seed in (("a", "3"), ("b", "3"), ("c", "4")):
        assert run(["split", str(source), str(tmp_path / name), "--seed", seed]) == 0
    texts = [
        [path.read_bytes() for path in sorted((tmp_path / name).rglob("*.json"))]
        for name in ("a", "b", "c")
    ]
    assert texts[0] == texts[1] != texts[2]


def test_filter(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    arguments = ["filter", str(source), str(out), "--only", "dog,bus", "--where", "label!=bus"]
    assert run([*arguments, "--empty", "drop", "--to", "native"]) == 0
    assert objects(formats.read(out)) == {f"{k}.jpg": ["dog"] for k in (1, 3, 5, 7, 9)}
    assert "note: 5 pictures left out\nnote: 13 objects left out\n" in capsys.readouterr().err
    assert run([*arguments, "--dry-run"]) == 3
    assert run([*arguments, "--dry-run", "--overwrite"]) == 0
    assert [path.name for path in out.iterdir()] == ["dataset.prelabel.jsonl"]


def test_remap(source: Path, tmp_path: Path) -> None:
    file = tmp_path / "map.yaml"
    file.write_text("animal: [cat, dog]\nbus: tram")
    out = tmp_path / "out"
    arguments = ["remap", str(source), str(out), "--map", str(file), "--classes", "tram"]
    assert run(arguments) == 0
    dataset = formats.read(out)
    assert [label.name for label in dataset.labels] == ["tram", "animal"]
    assert objects(dataset)["3.jpg"] == ["animal", "tram"]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["split", "--parts", "train=.5"], 3, "the parts take 5 of 10 pictures"),
        (["split", "--parts", "train"], 3, "expected NAME=SHARE"),
        (["split", "--group", "["], 3, "neither auto, none, folder nor a regular expression"),
        (["filter", "--only", "cow"], 2, "no class 'cow'"),
        (["filter", "--where", "wide>3"], 2, "no field 'wide'"),
        (["filter", "--pictures", "objects"], 3, "expected FIELD SIGN VALUE"),
        (["remap", "--map", "none.yaml"], 3, "none.yaml: cannot read"),
        (["remap", "--classes", "cow"], 2, "no class of the data set 'cow'"),
        (["filter", "--to", "cocoa"], 2, "did you mean 'coco'"),
    ],
)
def test_faults_are_one_line(
    arguments: list[str],
    code: int,
    told: str,
    source: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    verb, *further = arguments
    assert run([verb, str(source), str(tmp_path / "out"), *further]) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line
    assert not (tmp_path / "out").exists()
