"""Files of class names."""

from __future__ import annotations

from pathlib import Path

import pytest

from prelabel.errors import SettingsError
from prelabel.models.labels import read_labels

SOUND = [
    ("a.txt", "cat\ndog \n\n"),
    ("a.names", "\ufeffcat\r\ndog\r\n"),
    ("a.yaml", "[cat, dog]"),
    ("a.yaml", "- cat\n- dog\n"),
    ("a.yaml", "path: x\nnames:\n  0: cat\n  1: dog\n"),
    ("a.yml", "1: dog\n0: cat\n"),
    ("a.json", '["cat", "dog"]'),
    ("a.json", '{"names": {"1": "dog", "0": "cat"}}'),
]


@pytest.mark.parametrize(("name", "text"), SOUND)
def test_every_form_gives_the_names_in_order(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    labels = read_labels(path)
    assert [(label.name, label.id) for label in labels] == [("cat", 0), ("dog", 1)]


def test_keypoints_of_a_data_yaml(tmp_path: Path) -> None:
    path = tmp_path / "data.yaml"
    path.write_text("names: [cat]\nkpt_shape: [2, 3]\nkpt_names:\n  0: [nose, tail]\n")
    assert read_labels(path)[0].keypoints == ("nose", "tail")
    path.write_text("names: [cat]\nkpt_shape: [2, 3]\n")
    assert read_labels(path)[0].keypoints == ("0", "1")


def test_numbers_and_yes_are_names_too(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("[0, 1, 2.5]")
    assert [label.name for label in read_labels(path)] == ["0", "1", "2.5"]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.txt", "\n\n", "holds no class names"),
        ("a.txt", "cat\n\ndog\n", r"a\.txt:2: an empty name"),
        ("a.yaml", "names: 3", "expected a list or a mapping"),
        ("a.yaml", "just text", "expected a list or a mapping"),
        ("a.yaml", "{0: cat, 2: dog}", "do not count 0, 1, 2"),
        ("a.yaml", "{zero: cat}", "do not count"),
        (
            "a.yaml",
            "names: [a]\nkpt_shape: [2]",
            r"kpt_shape is \[2\], expected \[points, 2 or 3\]",
        ),
        ("a.json", "[1, ", "neither YAML nor JSON"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_line(
    tmp_path: Path, name: str, text: str, told: str
) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(SettingsError, match=told) as error:
        read_labels(path)
    assert "\n" not in str(error.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        read_labels(tmp_path / "none.txt")
    (tmp_path / "a.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="is not text"):
        read_labels(tmp_path / "a.txt")
