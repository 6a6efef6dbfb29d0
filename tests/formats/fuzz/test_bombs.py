"""Files made to fill the memory, to hang a reader, or to reach what lies outside their folder."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest
from mutants import plain_text, seeds, xml_text

import formats
from formats import archives, label_maps
from formats.errors import FormatError

ROOT = Path(__file__).resolve().parents[3]
ZIPPED = ("cvat", "cvat-video", "mot")
MEMORY = 250 << 20
"""Of data, beside what Python and the libraries take."""
READ = """
import json, os, resource, sys, time
import formats, numpy, orjson, msgspec, yaml, defusedxml.ElementTree, pycocotools, PIL.Image
[formats.get(name) for name in formats.FORMATS]
from pathlib import Path
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
for path, name, memory, seconds in json.loads(sys.argv[1]):
    if child := os.fork():
        _, status, spent = os.wait4(child, 0)
        peak = spent.ru_maxrss >> 10
        print(f"{name}: status {status}, {spent.ru_utime:.1f} s, {peak} MiB", file=sys.stderr)
        continue
    resource.setrlimit(resource.RLIMIT_AS, (used + memory,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    try:
        told = f"read {sum(len(chunk.annotations) for chunk in formats.read(path, name).chunks())}"
    except formats.FormatError as error:
        told = str(error)
    print(told, flush=True)
    os._exit(0)
"""


def answers(asked: Sequence[tuple[Path, str, int, int]]) -> list[str]:
    """What processes say of sets: each its path, format, bytes of memory and seconds of time."""
    told = json.dumps([(str(path), *rest) for path, *rest in asked])
    command = [sys.executable, "-c", READ, told]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    print(done.stderr)  # the figures, where pytest shows them
    assert done.stderr.count("status 0,") == len(asked), done.stderr[-2000:]
    assert len(done.stdout.splitlines()) == len(asked)
    return done.stdout.splitlines(keepends=True)


def read(path: Path, name: str, memory: int = MEMORY) -> str:
    """What a process with so much memory says of a set, in twenty seconds of its time."""
    return answers([(path, name, memory, 20)])[0]


def refused(path: Path, name: str) -> str:
    """What is said of a set that is refused; where it lies is part of it."""
    with pytest.raises(FormatError) as caught:
        list(formats.read(path, name).items)
    told = str(caught.value)
    assert path.name in caught.value.where
    assert "\n" not in told
    return told


@pytest.mark.parametrize("name", ZIPPED)
def test_a_zip_bomb_is_refused_before_it_is_unpacked(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "ALWAYS", 10_000_000)
    path = tmp_path / "set.zip"
    member = zipfile.ZipInfo("gt/gt.txt" if name == "mot" else "annotations.xml")
    member.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w") as made, made.open(member, "w") as stream:
        block = b" " * (1 << 20)
        for _ in range(1 + archives.ALWAYS // len(block)):
            stream.write(block)
    assert path.stat().st_size < 1 << 20
    assert "too many" in refused(path, name)


@pytest.mark.parametrize("name", ["cvat", "cvat-video"])
@pytest.mark.parametrize("prologue", xml_text.PROLOGUES[:4])
def test_xml_entities_and_document_types_are_refused(
    name: str, prologue: str, tmp_path: Path
) -> None:
    path = tmp_path / "set.xml"
    path.write_text(f"{prologue}<annotations><version>&x9;&e;</version></annotations>")
    assert path.name in refused(path, name)


@pytest.mark.parametrize("prologue", xml_text.PROLOGUES[:4])
def test_pascal_voc_knows_no_entities(prologue: str, tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(f"{prologue}<annotation><folder>&x9;&e;</folder></annotation>")
    assert "a.xml" in refused(tmp_path, "voc")


@pytest.mark.parametrize("key", ["names", "path", "train", "kpt_shape", "task", "nc"])
def test_aliases_that_grow_without_end_are_refused(key: str, tmp_path: Path) -> None:
    (tmp_path / "data.yaml").write_text(f"{plain_text.BOMB}\nnc: 1\n{key}: *x8\n")
    assert "aliases" in refused(tmp_path, "yolo")


def picture(width: int, height: int, kind: int = 0, depth: int = 8) -> bytes:
    """The PNG of a size that is a lie: a few bytes of pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def test_a_picture_of_a_label_map_may_not_be_a_bomb(tmp_path: Path) -> None:
    path = tmp_path / "map.png"
    path.write_bytes(picture(60_000, 60_000))
    with pytest.raises(FormatError, match=r"map\.png"):
        label_maps.read(path)


@pytest.mark.parametrize("size", [[10**9, 10**9], [65_536, 65_536]])
def test_a_mask_of_any_stated_size_takes_no_memory(size: list[int], tmp_path: Path) -> None:
    mask = {"size": size, "counts": [0, size[0] * size[1]]}
    rows = [{"image_id": 1, "category_id": 1, "id": 1, "segmentation": mask}]
    image = {"id": 1, "file_name": "a.jpg", "width": size[1], "height": size[0]}
    value = {"images": [image], "annotations": rows, "categories": [{"id": 1, "name": "x"}]}
    path = tmp_path / "set.json"
    path.write_text(json.dumps(value))
    assert read(path, "coco") == "read 1\n" or path.name in read(path, "coco")


LINES = {
    "coco": (4, "set.json", b'{"images": [], "categories": [], "annotations": [], "x": "%s"}'),
    "dota": (6, "labelTxt/a.txt", b"1 1 9 1 9 9 1 9 plane %s0\n"),
    "kitti": (6, "label_2/a.txt", b"Car 0 0 0 1 1 9 9 0 0 0 0 0 0 %s0\n"),
    "label-studio": (
        4,
        "set.json",
        b'[{"id": 1, "data": {"image": "a.jpg", "x": "%s"}, "annotations": []}]',
    ),
    "labelbox": (6, "set.ndjson", b'{"data_row": {"id": "%s"}, "projects": {}}\n'),
    "mot": (4, "set.txt", b"1,1,1,1,1,1,1,%s,1\n"),
    "native": (6, "set.prelabel.jsonl", b'{"prelabel":1,"labels":[]}\n{"path": "a%s"}\n'),
    "openimages": (
        6,
        "set.csv",
        b"ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax\na,x,%s/m/0,1,0,1,0,1\n",
    ),
    "ultralytics-ndjson": (
        10,
        "set.ndjson",
        (
            b'{"type": "dataset", "task": "detect", "class_names": {"0": "a"}}\n'
            b'{"type": "image", "file": "%s.jpg", "width": 9, "height": 9}\n'
        ),
    ),
    "via": (
        10,
        "set.csv",
        (
            b"filename,file_size,file_attributes,region_count,region_id,"
            b'region_shape_attributes,region_attributes\na.jpg,1,{},0,0,"{}",%s\n'
        ),
    ),
    "yolo": (14, "a.txt", b"0 .5 .5 .5 .5%s\n"),
}
"""A set with a place for a long text: how many times that may be in memory, its file, its bytes."""
IN_FOLDERS = {"dota", "kitti", "yolo"}
"""Sets of several files."""
GIGABYTE = 10**9


def test_lines_without_end_are_in_memory_few_times(soak: bool, tmp_path: Path) -> None:
    """Each is read, or refused in one line; with --soak a gigabyte, in room for three of them."""
    length = GIGABYTE if soak else 30_000_000
    asked = []
    for name, (times, place, line) in LINES.items():
        file = tmp_path / name / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(line % (b" " * length))
        room = MEMORY // 10 + length * (3 if soak else times)
        asked.append((tmp_path / name if name in IN_FOLDERS else file, name, room, 600))
    (tmp_path / "yolo/data.yaml").write_text("names: [a]\ntrain: train.txt\n")
    (tmp_path / "yolo/train.txt").write_text("./a.jpg\n")
    for (path, name, *_), told in zip(asked, answers(asked), strict=True):
        assert told.startswith("read") or path.name in told, name
        assert soak or "memory" not in told, name
        assert len(told) < 1000, name  # a line that a person reads
        print(name, told.replace(str(tmp_path), ""))


def test_names_never_lead_out_of_the_folder(tmp_path: Path) -> None:
    """Whatever a set calls its pictures, no writer makes a file beside its target."""
    source = tmp_path / "source"
    source.mkdir()
    for number, name in enumerate(
        ("../evil.jpg", "/tmp/evil.jpg", "a\\..\\..\\evil.jpg", "C:evil")
    ):
        image = {"id": 1, "file_name": name, "width": 9, "height": 9}
        path = source / f"{number}.json"
        path.write_text(json.dumps({"images": [image], "annotations": [], "categories": []}))
        for to in formats.FORMATS:
            target = tmp_path / "out" / f"{number}-{to}"
            with pytest.raises(FormatError, match=r"images/0"):
                formats.convert(path, target, to, "coco")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["source"]


def test_every_archive_reader_is_tried(tmp_path: Path) -> None:
    zipped = {seed.format for seed in seeds.seeds() if seed.files[0][1][:4] == b"PK\x03\x04"}
    assert zipped <= set(ZIPPED)
