"""The seam of all writers: whole or not at all, with the losses of reading in the report."""

from __future__ import annotations

from pathlib import Path

import pytest

from formats import FORMATS, get, staging, write
from formats.dataset import Chunk, Dataset, Item
from formats.errors import FormatError
from formats.losses import Losses
from formats.options import Options


def dataset(root: str = "") -> Dataset:
    losses = Losses()
    losses.add("line that cannot be read", 2, "a.txt:1")
    return Dataset.of((), [Item("a.jpg", (4, 3)), Item("b.jpg", (4, 3))], losses=losses, root=root)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


class Listed:
    """Writes a file for every picture, and a last one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, chunk: Chunk) -> None:
        for item in chunk.items:
            (self.folder / f"{item.path}.txt").touch()

    def finish(self) -> None:
        (self.folder / "last").touch()


def test_every_chunk_then_the_end(tmp_path: Path) -> None:
    with staging.opened(dataset(), tmp_path / "out", Options()) as (folder, losses):
        staging.fill(Listed(folder), dataset())
        losses.add("tag")
    assert names(tmp_path / "out") == ["a.jpg.txt", "b.jpg.txt", "last"]
    assert [(loss.what, loss.count) for loss in losses] == [
        ("tag", 1),
        ("line that cannot be read", 2),
    ]


@pytest.mark.parametrize("lone", [True, False])
def test_strict_refuses_a_loss_of_reading_and_leaves_nothing(lone: bool, tmp_path: Path) -> None:
    opened = staging.opened(dataset(), tmp_path / "out", Options(strict=True), lone=lone)
    with pytest.raises(FormatError, match="2 lines that cannot be read"), opened as (place, _):
        (place if lone else place / "a.txt").write_text("x")
    assert names(tmp_path) == []


def test_strict_lets_pass_what_is_allowed(tmp_path: Path) -> None:
    options = Options(strict=True, allow=("line that cannot be read",))
    with staging.opened(dataset(), tmp_path / "out", options, lone=True) as (place, losses):
        place.write_text("x")
    assert losses
    assert (tmp_path / "out").read_text() == "x"


@pytest.mark.parametrize("name", list(FORMATS))
def test_no_format_replaces_the_folder_of_the_pictures(name: str, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    options = get(name).options(overwrite=True)
    with pytest.raises(FormatError, match="lies in the target"):
        write(dataset(str(tmp_path)), tmp_path, name, options)
    assert names(tmp_path) == ["a.jpg"]
