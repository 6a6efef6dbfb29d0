"""Files as other systems leave them: byte order marks, line ends, endings in capitals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from mutants import making, seeds
from mutants.seeds import Seed

import formats
from formats.annotations import Annotations
from formats.dataset import Dataset
from formats.errors import FormatError

TEXTS = (".txt", ".csv", ".json", ".xml", ".yaml", ".ndjson", ".names", ".data", ".ini")
MARK = b"\xef\xbb\xbf"
OURS = {"native"}
"""Formats that nobody else writes."""


def samples() -> list[Seed]:
    return [seed for seed in seeds.seeds() if seed.format not in OURS]


def changed(seed: Seed) -> Seed:
    """The same set with a byte order mark before each text and the line ends of Windows."""
    files = []
    for name, data in seed.files:
        text = (name or seed.ending).lower().endswith(TEXTS)
        files.append((name, _windows(data) if text else data))
    return Seed(seed.name, seed.format, seed.ending, tuple(files))


def _windows(data: bytes) -> bytes:
    plain = data.removeprefix(MARK).replace(b"\r\n", b"\n")
    return MARK + plain.replace(b"\n", b"\r\n")


def shown(dataset: Dataset) -> list[object]:
    """What is in a set, without where it lies."""
    names = [label.name for label in dataset.labels]
    found: list[object] = [names]
    for item in dataset.items:
        table = item.annotations if item.annotations is not None else Annotations.empty()
        boxes = np.nan_to_num(table.boxes, nan=-1).tolist()
        seen = (item.annotations is not None, item.split, item.path, item.size)
        found.append([*seen, table.labels.tolist(), boxes])
    return found


@pytest.mark.parametrize("seed", samples(), ids=lambda seed: seed.name)
def test_marks_and_line_ends_of_other_systems_change_nothing(seed: Seed, tmp_path: Path) -> None:
    plain = making.placed(seed, tmp_path / "a")
    other = making.placed(changed(seed), tmp_path / "b")
    assert shown(formats.read(other, seed.format)) == shown(formats.read(plain, seed.format))
    assert formats.claims(other).keys() == formats.claims(plain).keys()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_texts_of_other_encodings_are_named(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"images": []}', encoding=encoding)
    for path in (tmp_path, tmp_path / "a.json"):
        with pytest.raises(FormatError, match=rf"is {encoding.upper()} text, .*\(save it as UTF-8"):
            formats.read(path)
    with pytest.raises(FormatError, match=rf"a\.json: {encoding.upper()} text, expected UTF-8$"):
        formats.read(tmp_path / "a.json", "coco")
