"""The tricky set through every format: what is not as it was is told, everything else is."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import tricky_set

import formats
from formats.annotations import Annotations
from formats.dataset import Dataset, Item
from formats.errors import FormatError

ROOT = Path(__file__).resolve().parents[3]
NEAR = 0.011
"""Pixels."""
UNNAMED = {"yolo-cls", "ultralytics-ndjson-cls"}
"""Formats of whole pictures: no object of this set has a place there."""
RENAMED = {"on_collision": "rename"}
TOLD = {
    "a polygon whose box is another": "stated box|polygon",
    "a polygon of two parts": "part",
    "a crowd": "crowd|ignore region|without a mask",
    "a crowd with a box alone": "crowd|ignore region|without a mask",
    "a crowd that is a polygon": "crowd|ignore region",
    "partly outside": "cut|outside",
    "a polygon partly outside": "cut|outside",
    "wholly outside": "outside|without area",
    "no width": "without area|whole pixel",
    "a negative width": "without area|negative|swapped|whole pixel",
    "keypoints": "keypoint",
    "keypoints out of the picture": "keypoint",
}
"""What the report says of an object that does not come back as it was."""
WHOLE = {
    "coco-panoptic": "boxes without a mask|lost pixels|covered by others|written as a mask",
    "supervisely": "whole pixels|polygon",
}
"""Formats that change objects of every trap, and what they say of it."""
SORTED = {"supervisely"}
"""Formats of one file for each picture and nothing beside: their order is that of the names."""


class Told(NamedTuple):
    """A set that was written and read again, and all that was said of it."""

    dataset: Dataset
    items: list[Item]
    text: str


def names() -> list[str]:
    known = {name: formats.get(name) for name in formats.FORMATS}
    return [name for name, one in known.items() if one.read is not None and not one.clips]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tricky_set.build(tmp_path_factory.mktemp("tricky"))


@pytest.fixture(scope="module")
def told(source: Path, tmp_path_factory: pytest.TempPathFactory):
    """The set as a format has it, once for each."""
    folder = tmp_path_factory.mktemp("through")

    @cache
    def through(name: str) -> Told:
        target = folder / name
        losses = formats.convert(source, target, name, "coco", writing=RENAMED)
        dataset = formats.read(target, name)
        items = list(dataset.items)
        lines = [*losses, *losses.warnings.values(), *losses.notes, *dataset.losses]
        return Told(dataset, items, "\n".join(map(str, lines)))

    return through


def places(items: list[Item]) -> dict[str, Item]:
    """The items by the paths of the tricky set: a format may put folders before them."""
    paths = sorted((path for path, _, _ in tricky_set.PICTURES.values()), key=len)
    found: dict[str, Item] = {}
    for item in items:
        own = [p for p in paths if item.path == p or item.path.endswith(f"/{p}")]
        if own:
            found[own[-1]] = item
    return found


FOLDERLESS = {
    "openimages": {"images/labels/deep.jpg"},
    "supervisely": {"a/1.jpg", "b/1.jpg", "images/labels/deep.jpg"},
    **{
        f"ultralytics-ndjson{task}": {"a/1.jpg", "b/1.jpg", "images/labels/deep.jpg"}
        for task in ("", "-seg", "-pose", "-obb", "-cls")
    },
}
"""Pictures that a format calls by another path: it has no folders, or its own."""
NO_ENDING = {"yolo", "yolo-seg", "yolo-pose", "yolo-obb", "yolo-cls", "voc"}
"""Formats that know a picture by the ending of its name."""


@pytest.mark.parametrize("name", [name for name in names() if name != "yolo-cls"])
def test_every_picture_is_there_in_its_order_and_of_its_size(name: str, told) -> None:
    """Of yolo-cls, pictures without a class are no part."""
    found = places(told(name).items)
    renamed = FOLDERLESS.get(name, set()) | ({"7"} if name in NO_ENDING else set())
    wanted = {p: size for p, size, _ in tricky_set.PICTURES.values() if p not in renamed}
    kept = [path for path in found if path in wanted]
    assert sorted(kept) == sorted(wanted)
    assert name in SORTED or kept == list(wanted)
    assert {path: found[path].size for path in kept} == wanted
    short = "picture of an ending" in told(name).text
    assert len(told(name).items) == len(tricky_set.PICTURES) - short


@pytest.mark.parametrize("name", sorted(set(names()) - {"yolo-cls"}))
def test_classes_are_the_same_in_the_same_order(name: str, told) -> None:
    found = [label.name for label in told(name).dataset.labels]
    wanted = [str(entry["name"]) for entry in tricky_set.CATEGORIES]
    assert found[: len(wanted)] == wanted
    assert found[len(wanted) :] in ([], ["DontCare"])


@pytest.mark.parametrize("name", sorted(set(names()) - UNNAMED))
def test_an_object_that_is_not_as_it_was_is_told(name: str, told, source: Path) -> None:
    labels = [label.name for label in told(name).dataset.labels]
    found = places(told(name).items)
    silent = {}
    for path, before in places(list(formats.read(source, "coco").items)).items():
        if path not in found:
            continue
        assert before.annotations is not None
        after = found[path].annotations or Annotations.empty()
        for trap in changed(before.annotations, after, labels):
            wanted = f"{TOLD.get(trap, '(nothing)')}|{WHOLE.get(name, '(nothing)')}"
            if not re.search(wanted, told(name).text):
                silent[trap] = wanted
    assert silent == {}


def changed(before: Annotations, after: Annotations, labels: list[str]) -> list[str]:
    """The traps whose object has no box of its class near its own."""
    names = [str(entry["name"]) for entry in tricky_set.CATEGORIES]
    left = list(range(len(after)))
    found = []
    for i in range(len(before)):
        off = np.nan_to_num(np.abs(after.boxes - before.boxes[i]).max(axis=1), nan=np.inf)
        same = [j for j in left if labels[after.labels[j]] == names[before.labels[i]]]
        near = min(same, key=lambda j: off[j], default=None)
        if near is None or off[near] > NEAR:
            assert before.extra is not None
            found.append(str(before.extra[i]["trap"]))
        else:
            left.remove(near)
    return found


@pytest.mark.parametrize("name", names())
def test_strict_refuses_exactly_what_is_lost(name: str, source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    with pytest.raises(FormatError, match="--strict"):
        formats.convert(source, target, name, "coco", writing={**RENAMED, "strict": True})
    assert list(tmp_path.iterdir()) == []


BYTES = """
import hashlib, sys, json
from pathlib import Path
import formats
found = {}
for name in sys.argv[3:]:
    target = Path(sys.argv[2], name)
    formats.convert(sys.argv[1], target, name, "coco", writing={"on_collision": "rename"})
    for file in sorted(p for p in target.rglob("*") if p.is_file()):
        found[str(file.relative_to(sys.argv[2]))] = hashlib.sha256(file.read_bytes()).hexdigest()
print(json.dumps(found))
"""


def test_the_same_set_gives_the_same_bytes_in_any_process(source: Path, tmp_path: Path) -> None:
    done = []
    for seed in ("0", "1"):
        command = [sys.executable, "-c", BYTES, str(source), str(tmp_path / seed), *names()]
        done.append(
            subprocess.Popen(
                command, cwd=ROOT, env={"PYTHONHASHSEED": seed}, stdout=subprocess.PIPE
            )
        )
    one, other = (json.loads(process.communicate()[0]) for process in done)
    assert len(one) > 100
    assert {name.split("/")[0] for name in one} == set(names())
    assert {k for k in one.keys() | other.keys() if one.get(k) != other.get(k)} == set()
