"""What lies at a path is claimed by its format alone, and what no format claims is described."""

from __future__ import annotations

import json
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from small_sets import SIZE, named
from yolo_sets import label_set

import formats
from formats.annotations import Annotations
from formats.columns import Kind
from formats.dataset import Dataset, Item, Label, Media
from formats.errors import FormatError
from geometry import masks
from geometry.rings import Rings

GOLDEN = Path(__file__).parents[1] / "golden"
CASES = [
    pytest.param(folder.name, case, id=f"{folder.name}-{case.name}")
    for folder in sorted(GOLDEN.glob("*/"))
    for case in sorted(folder.iterdir())
]
FAMILIES = ("ultralytics-ndjson", "yolo")
"""Formats whose tasks are formats of their own."""
KINDS = (Kind.BOX, Kind.POLYGON, Kind.ROTATED, Kind.MASK, Kind.POINTS, Kind.TAG)


def best(path: Path) -> list[str]:
    """The formats that claim a path most certainly."""
    found = formats.claims(path)
    most = max((match.certainty for match in found.values()), default=0)
    return [name for name, match in found.items() if match.certainty == most]


@pytest.mark.parametrize(("name", "case"), CASES)
def test_real_files_are_claimed_by_their_format_alone(name: str, case: Path) -> None:
    (found,) = best(case)
    assert found == name or (name in FAMILIES and found.startswith(f"{name}-"))
    assert formats.claims(case)[found].layout


def rows(kind: Kind) -> Annotations:
    """Two rows of one kind."""
    sides = np.array([[5.0, 6, 25, 26], [30, 20, 60, 50]])
    columns: dict[str, object] = {"boxes": sides, "kinds": [kind] * 2, "labels": [0, 1]}
    columns["ids"] = [1, 2]
    if kind == Kind.POLYGON:
        columns["rings"] = Rings.of(
            [[[[[5, 6], [25, 6], [15, 26]]]], [[[[30, 20], [60, 50], [30, 50]]]]]
        )
    if kind == Kind.ROTATED:
        columns["rotated"] = [[15, 16, 20, 10, 0.3], [45, 35, 20, 10, 1.2]]
    if kind == Kind.MASK:
        dense = np.zeros((SIZE[1], SIZE[0]), bool)
        dense[6:26, 5:25] = True
        columns["masks"] = [masks.encode(dense), masks.encode(np.roll(dense, 30, axis=1))]
    if kind == Kind.POINTS:
        columns["keypoints"] = [[[5, 6, 2], [25, 26, 2]], [[30, 20, 2], [60, 50, 1]]]
    if kind == Kind.TAG:
        columns["boxes"] = np.full((2, 4), np.nan)
    return Annotations.of(2, **columns)


def sample(name: str, root: Path) -> Dataset:
    """Three pictures, or frames of a clip, with rows of the kind that the format is made for."""
    format_ = formats.get(name)
    kind = next((kind for kind in KINDS if kind in format_.kinds), Kind.BOX)
    table = rows(kind)
    labels = named("cat", "dog")
    if name.endswith("-pose"):
        table = rows(Kind.POINTS).with_columns(kinds=[kind] * 2)
    if name.endswith("-pose") or kind == Kind.POINTS:
        labels = tuple(replace(label, keypoints=("l", "r"), mirror=(1, 0)) for label in labels)
    if name.endswith("-cls"):
        table = table[:1]
    if name == "coco-results":
        table = table.with_columns(scores=[0.5, 0.25])
    if format_.clips:
        media = (Media("clip.mp4", SIZE, 3, 25.0),)
        tracked = table.with_columns(tracks=[1, 2], ids=None)
        items = [Item(f"{k}.png", SIZE, tracked, media=0, frame=k) for k in range(3)]
        return Dataset.of(labels, items, media=media)
    splits = ("train", "train", "val")
    items = [Item(f"{k}.png", SIZE, table, id=k + 1, split=s) for k, s in enumerate(splits)]
    for k, item in enumerate(items):
        Image.new("L", SIZE, k).save(root / item.path)
        ids = None if table.ids is None else table.ids + 10 * k
        items[k] = replace(item, annotations=table.with_columns(ids=ids))
    return Dataset.of(labels, items, root=str(root))


def readable() -> list[str]:
    return [name for name in formats.FORMATS if formats.get(name).read is not None]


@pytest.mark.parametrize("name", readable())
def test_what_is_written_is_claimed_by_its_format_alone(name: str, tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    formats.write(sample(name, tmp_path / "pictures"), tmp_path / "out", name)
    assert best(tmp_path / "out") == [name]


def test_every_golden_set_is_one_of_a_format() -> None:
    assert {folder.name for folder in GOLDEN.glob("*/")} <= set(formats.FORMATS)


TURNED = "0 .5 .1 .9 .5 .5 .9 .1 .5"
ASKEW = "0 .1 .1 .9 .2 .6 .9 .2 .5"
UPRIGHT = "0 .1 .1 .6 .1 .6 .5 .1 .5"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([TURNED, UPRIGHT], ["yolo-obb"]),
        ([TURNED] * 30 + [ASKEW], ["yolo-obb"]),
        ([UPRIGHT], ["yolo-seg", "yolo-obb"]),
        ([ASKEW, TURNED], ["yolo-seg", "yolo-obb"]),
        ([TURNED, "0 .1 .1 .2 .1 .2 .2"], ["yolo-seg"]),
        (["0 .5 .5 .1 .1"], ["yolo"]),
        (["0 .5 .5 .1 .1", "0 .5", "x y"], ["yolo"]),
        (["x y z"], []),
    ],
)
def test_turned_rectangles_are_told_from_polygons(
    lines: list[str], expected: list[str], tmp_path: Path
) -> None:
    label_set(tmp_path, "\n".join(lines))
    assert best(tmp_path) == expected


def test_a_file_of_instances_may_be_named_after_panoptic(tmp_path: Path) -> None:
    box = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 2, 2]}
    whole = {"images": [], "annotations": [box], "categories": []}
    path = tmp_path / "panoptic_instances.json"
    path.write_text(json.dumps(whole))
    assert best(path) == ["coco"]
    whole["annotations"] = [{"image_id": 1, "file_name": "1.png", "segments_info": [box]}]
    path.write_text(json.dumps(whole))
    assert best(path) == ["coco-panoptic"]


def refusal(path: Path) -> str:
    with pytest.raises(FormatError) as error:
        formats.sniff(path)
    text = str(error.value)
    assert text.startswith(f"{path}: no format claims it: ")
    assert "\n" not in text
    return text.removeprefix(f"{path}: no format claims it: ")


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.json", '{"x": 1, "y": [2]}', "it is a JSON object with the keys x, y"),
        ("a.json", '[{"model": 1, "result": []}]', "it is a JSON list with the keys model, result"),
        ("a.json", '{"x": {"deep": 1}, "y', "it is a JSON object that speaks of x, deep"),
        ("a.json", "[1, 2]", "it is a JSON list"),
        ("a.json", "{}", "it is a JSON object with the keys (none)"),
        ("a.csv", "a;b;c\n1;2;3", "it is a .csv file that begins with 'a;b;c'"),
        ("a.md", "\n" + "x" * 99, "it is a .md file that begins with '" + "x" * 60 + "...'"),
        ("a.txt", "", "it is an empty file"),
        ("a.txt", " \n ", "it is a file of blanks"),
        ("a.bin", "a\0b", "it is a .bin file"),
        ("a.txt", "3 .5 .5 .1 .1", "label lines of YOLO want a list of classes: --from yolo"),
    ],
)
def test_a_file_that_no_format_claims_is_described(
    name: str, text: str, told: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text)
    assert told in refusal(tmp_path / name)
    assert "--from names one" in refusal(tmp_path / name)


def test_a_folder_that_no_format_claims_is_described(tmp_path: Path) -> None:
    assert refusal(tmp_path).startswith("it is an empty folder")
    Image.new("L", SIZE).save(tmp_path / "a.PNG")
    assert "pictures alone: `prelabel label` labels them" in refusal(tmp_path)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/x.json").write_text('{"k": 1}')
    (tmp_path / "y.md").write_text("hello")
    told = "it is a folder of 3 files (1 .png, 1 .md, 1 .json); deep/x.json is a JSON object with"
    assert refusal(tmp_path).startswith(told)
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.writestr("inner.txt", "x")
    assert "a .zip is read where it is named itself" in refusal(tmp_path)
    (tmp_path / "z.tar.gz").write_bytes(b"x")
    assert "unpack it first" in refusal(tmp_path / "z.tar.gz")
    assert "it is a .zip of 1 file, such as inner.txt" in refusal(tmp_path / "z.zip")


@pytest.mark.parametrize(("first", "second"), [("voc", "yolo"), ("createml", "mot")])
def test_two_formats_in_one_folder_are_listed(first: str, second: str, tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    for name in (first, second):
        formats.write(sample(name, tmp_path / "pictures"), tmp_path / name, name)
        shutil.copytree(tmp_path / name, tmp_path / "both", dirs_exist_ok=True, symlinks=True)
    with pytest.raises(FormatError, match=rf"several formats claim it: {first} \(.*, {second} \("):
        formats.sniff(tmp_path / "both")
    assert formats.read(tmp_path / "both", first).labels


def test_data_sets_below_a_folder_are_named(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    formats.write(sample("coco", tmp_path / "pictures"), tmp_path / "all/a", "coco")
    assert refusal(tmp_path / "all").endswith("(data sets are in it, name one: a (coco))")


def test_a_list_of_settings_is_no_json(tmp_path: Path) -> None:
    (tmp_path / "seqinfo.ini").write_text("[Sequence]\nname=a\n")
    assert refusal(tmp_path / "seqinfo.ini").startswith("it is a .ini file that begins with '[Seq")


@pytest.mark.parametrize("name", ["kitti", "dota", "voc"])
def test_a_set_in_a_folder_of_its_own_is_read_with_what_stands_beside(
    name: str, tmp_path: Path
) -> None:
    """A ``.zip`` often holds one folder, or the folder above is named."""
    (tmp_path / "pictures").mkdir()
    found = sample(name, tmp_path / "pictures")
    items = [replace(item, split="val") for item in found.items]
    whole = Dataset.of((Label("zebra"), *found.labels, Label("ant")), items, root=found.root)
    formats.write(whole, tmp_path / "all/set", name, {"images": "copy"})
    (tmp_path / "all/readme.txt").write_text("hello")
    shown = [
        ([label.name for label in one.labels], [(item.path, item.split) for item in one.items])
        for one in (formats.read(tmp_path / "all/set", name), formats.read(tmp_path / "all", name))
    ]
    assert shown[0] == shown[1]
    assert formats.sniff(tmp_path / "all") == name
