"""Data sets in archives, as CVAT, Roboflow and Label Studio export them."""

from __future__ import annotations

import gc
import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import formats
from formats import archives
from formats.errors import FormatError
from prelabel.commands import run

NAME = "ü 日本.png"
COCO = {
    "images": [{"id": 3, "file_name": NAME, "width": 9, "height": 8}],
    "annotations": [{"id": 5, "image_id": 3, "category_id": 0, "bbox": [1, 1, 5, 5]}],
    "categories": [{"id": 0, "name": "cat"}],
}
VOC = (
    "<annotation><filename>1.png</filename><object><name>cat</name><bndbox><xmin>2</xmin>"
    "<ymin>2</ymin><xmax>6</xmax><ymax>6</ymax></bndbox></object></annotation>"
)
CVAT = (
    '<annotations><version>1.1</version><image id="0" name="1.png" width="9" height="8">'
    '<box label="cat" occluded="0" xtl="1" ytl="1" xbr="6" ybr="6" z_order="0"/></image>'
    "</annotations>"
)
LABELME = {
    "version": "5.0.1",
    "flags": {},
    "shapes": [{"label": "cat", "points": [[1, 1], [6, 6]], "shape_type": "rectangle"}],
    "imagePath": "1.png",
    "imageData": None,
    "imageHeight": 8,
    "imageWidth": 9,
}


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that archives are unpacked in."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def png() -> bytes:
    stream = io.BytesIO()
    Image.new("L", (9, 8)).save(stream, "PNG")
    return stream.getvalue()


def packed(path: Path, members: dict[str, Any]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, value in members.items():
            text = json.dumps(value) if isinstance(value, dict) else value
            archive.writestr(name, text)
    return path


SETS: dict[str, tuple[str, dict[str, Any]]] = {
    "coco": ("coco", {"annotations/instances_val.json": COCO, f"images/val/{NAME}": png()}),
    "roboflow": ("coco", {"valid/_annotations.coco.json": COCO, f"valid/{NAME}": png()}),
    "label studio": ("coco", {"result.json": COCO, f"images/{NAME}": png()}),
    "voc": ("voc", {"Annotations/1.xml": VOC, "JPEGImages/1.png": png()}),
    "yolo": (
        "yolo",
        {"data.yaml": "train: images\nval: images\nnames: [cat]", "images/1.png": png()}
        | {"labels/1.txt": "0 0.388889 0.4375 0.555556 0.625\n"},
    ),
    "cvat": ("cvat", {"annotations.xml": CVAT, "images/1.png": png()}),
    "labelme": ("labelme", {"1.json": LABELME, "1.png": png()}),
    "in a folder": ("labelme", {"a/b/1.json": LABELME, "a/b/1.png": png()}),
    "a file alone": ("coco", {"mine.json": COCO}),
}


@pytest.mark.parametrize("name", SETS)
def test_a_set_in_an_archive(name: str, tmp_path: Path, temporary: Path) -> None:
    format_, members = SETS[name]
    path = packed(tmp_path / "export.ZIP", {"__MACOSX/._x": "x", **members})
    assert formats.sniff(path) == format_
    target = tmp_path / "out"
    formats.convert(path, target, "yolo-seg", writing={"crowd": "keep"})
    gc.collect()
    assert not any(temporary.iterdir())
    (item,) = formats.read(target).items
    assert item.annotations is not None
    assert item.size == (9, 8)
    assert item.annotations.boxes.round(3).tolist() == [[1, 1, 6, 6]]
    pictures = [p for p in target.rglob("*.png") if p.read_bytes() == png()]
    assert len(pictures) == (name != "a file alone")
    assert not any(p.is_symlink() for p in target.rglob("*"))


def test_names_that_are_utf8_without_saying_so(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", SETS["coco"][1])
    data = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        assert any(member.flag_bits & 0x800 for member in archive.infolist())
    flag = bytes([0x00, 0x08])
    path.write_bytes(data.replace(b"PK\x03\x04\x14\x00" + flag, b"PK\x03\x04\x14\x00\0\0"))
    data = path.read_bytes()
    path.write_bytes(
        data.replace(b"PK\x01\x02\x14\x03\x14\x00" + flag, b"PK\x01\x02\x14\x03\x14\0\0\0")
    )
    with zipfile.ZipFile(path) as archive:
        assert NAME not in "".join(archive.namelist())
    dataset = formats.read(path)
    assert [item.path for item in dataset.items] == [NAME]
    assert (Path(dataset.root) / "images/val" / NAME).is_file()


@pytest.mark.parametrize("name", ["../x.json", "/tmp/x.json", "c:/x.json", "a\\..\\..\\x.json"])
def test_a_name_that_leads_out_is_refused(name: str, tmp_path: Path, temporary: Path) -> None:
    path = packed(tmp_path / "a.zip", {name: COCO})
    with pytest.raises(FormatError, match=r"a\.zip/.*leaves the data set's folder"):
        formats.read(path, "coco")
    gc.collect()
    assert not any(temporary.iterdir())


def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "ALWAYS", 100_000)
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", b"0" * 200_000)
    with pytest.raises(FormatError, match="too many"):
        formats.read(path, "coco")


def test_messages_name_the_archive(tmp_path: Path, temporary: Path) -> None:
    rows = [*COCO["annotations"], {"id": 6, "image_id": 4, "category_id": 0}]
    path = packed(tmp_path / "a.zip", {"a.json": {**COCO, "annotations": rows}})
    dataset = formats.read(path)
    assert len(list(dataset.items)) == 1
    (loss,) = dataset.losses
    assert loss.example == f"{path}/a.json#/annotations/1/image_id = 4"
    broken = packed(tmp_path / "b.zip", {"annotations/instances_val.json": '{"images": [{}'})
    with pytest.raises(FormatError, match=r"b\.zip/annotations/instances_val\.json") as caught:
        formats.read(broken, "coco")
    assert str(temporary) not in str(caught.value)


def test_a_damaged_archive_and_one_of_nothing(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", SETS["voc"][1])
    data = path.read_bytes()
    path.write_bytes(data.replace(b"<xmin>2", b"<xmin>3", 1))
    with pytest.raises(FormatError, match="CRC"):
        formats.read(path)
    path.write_bytes(data[:-30])
    with pytest.raises(FormatError):
        formats.read(path, "voc")
    packed(tmp_path / "b.zip", {"a.doc": "x", "a.doc/b": "y"})
    with pytest.raises(FormatError):
        formats.read(tmp_path / "b.zip", "coco")
    packed(tmp_path / "c.zip", {"a.doc": "x"})
    with pytest.raises(FormatError, match="no format claims it"):
        formats.read(tmp_path / "c.zip")


def test_an_archive_through_the_verbs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(packed(tmp_path / "a.zip", SETS["coco"][1]))
    assert run(["info", path]) == 0
    assert "1 found" in capsys.readouterr().out
    other = str(packed(tmp_path / "b.zip", SETS["yolo"][1]))
    assert run(["merge", path, other, "--out", str(tmp_path / "m"), "--to", "voc"]) == 0
    assert sorted(p.name for p in (tmp_path / "m/JPEGImages").rglob("*.png")) == ["1.png", NAME]
