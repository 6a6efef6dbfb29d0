"""Measured times from files."""

import numpy as np
import pytest

from prelabel.cost.times import read, times
from prelabel.errors import SettingsError

PICTURES = ("train/a.jpg", "train/b.jpg", "val/a.jpg")


@pytest.mark.parametrize(
    "content",
    [
        "picture,seconds\ntrain/a.jpg,3.5\nval/a.jpg,10\n",
        "train/a.jpg,3.5\n\ntrain/b.jpg,0\nval/a.jpg, 10\n",
        '{"train/a.jpg": 3.5, "val/a.jpg": 10}',
        "data/train/a.jpg,3\ndata/train/a.jpg,0.5\ndata/val/a.jpg,10\n",
    ],
)
def test_times_are_found_by_picture(content, tmp_path):
    path = tmp_path / "times"
    path.write_text(content)
    found = times(path, PICTURES)
    assert found[[0, 2]].tolist() == [3.5, 10]
    assert np.isnan(found[1]) or found[1] == 0


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("a.jpg,3\nb.jpg,soon\n", ":2: is 'soon', expected seconds"),
        ("a.jpg,3\nb.jpg\n", ":2: expected picture,seconds"),
        ("a.jpg,-3\n", ":1: is '-3', expected seconds"),
        ('{"a.jpg": null}', "a.jpg: is None, expected seconds"),
        ('{"a.jpg": true}', "a.jpg: is True, expected seconds"),
        ("{", "is not JSON"),
    ],
)
def test_files_that_are_none(content, says, tmp_path):
    path = tmp_path / "times"
    path.write_text(content)
    with pytest.raises(SettingsError) as error:
        read(path)
    assert says in str(error.value)


def test_times_of_other_pictures(tmp_path):
    path = tmp_path / "times"
    path.write_text("elsewhere.jpg,3\n")
    with pytest.raises(SettingsError, match=r"no time of any corrected picture.*elsewhere"):
        times(path, PICTURES)


def test_bytes_that_are_no_text(tmp_path):
    path = tmp_path / "times"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="is not UTF-8"):
        read(path)
