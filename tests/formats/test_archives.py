"""Damaged zip files: an error that names the place, never another."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import FEW

import formats
from formats.annotations import Annotations
from formats.dataset import Dataset, Label, Media
from formats.errors import FormatError
from formats.tracks import clip

MEMBERS = {"cvat-video": "annotations.xml", "mot": "gt/gt.txt"}


def one_track() -> Dataset:
    shape = [[k, k, k + 20.37, k + 9.81] for k in range(40)]
    table = Annotations.of(40, images=range(40), boxes=shape, tracks=[1] * 40)
    media = Media("a.mp4", (100, 80), 40, 25.0)
    like = Dataset.of([Label("car")], [], media=(media,))
    return clip.dataset([clip.ClipTracks(media, 0, table, np.arange(40))], like)


@pytest.fixture(scope="module", params=MEMBERS)
def archive(request, tmp_path_factory):
    """A set in a zip, packed; where the bytes of its largest member begin and end."""
    name, folder = request.param, tmp_path_factory.mktemp("zip")
    formats.write(one_track(), folder / "set.zip", name)
    path = folder / "packed.zip"
    with (
        zipfile.ZipFile(folder / "set.zip") as plain,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for member in plain.namelist():
            packed.writestr(member, plain.read(member))
        info = packed.getinfo(MEMBERS[name])
    start = info.header_offset + 30 + len(info.filename)
    return name, path, start, start + info.compress_size


@FEW
@given(data=st.data())
def test_damage_inside_a_member_names_the_file(archive, tmp_path_factory, data) -> None:
    name, path, start, stop = archive
    whole = bytearray(path.read_bytes())
    at = data.draw(st.integers(start, stop - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    broken = tmp_path_factory.mktemp("broken") / "set.zip"
    broken.write_bytes(whole)
    found, told = tried(broken, name)
    if found is None:
        assert "set.zip" in told
    else:  # a bit that says nothing about the content, such as that of the last block
        np.testing.assert_array_equal(found, boxes(path, name))


def test_a_member_whose_packed_bytes_are_noise_is_refused(archive, tmp_path) -> None:
    name, path, start, stop = archive
    whole = bytearray(path.read_bytes())
    whole[start:stop] = bytes([255]) * (stop - start)
    (tmp_path / "set.zip").write_bytes(whole)
    with pytest.raises(FormatError, match=r"set\.zip.*: cannot read"):
        boxes(tmp_path / "set.zip", name)


def tried(path: Path, name: str) -> tuple[np.ndarray | None, str]:
    """The boxes, or why there are none."""
    try:
        return boxes(path, name), ""
    except FormatError as error:
        return None, str(error)


def boxes(path: Path, name: str) -> np.ndarray:
    (found,) = clip.clips(formats.read(path, name))
    return found.table.boxes
