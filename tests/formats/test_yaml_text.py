"""YAML that is none, or that is meant to do harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from formats import yaml_text
from formats.errors import FormatError


def saved(folder: Path, text: str | bytes) -> Path:
    path = folder / "data.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_all_scalars_are_texts(tmp_path: Path) -> None:
    text = "\ufeffnames: {0: no, 1: 2020-01-01, 2: 0x10, 3: ~}\nx: &a [1]\ny: [*a, *a]\n"
    assert yaml_text.load(saved(tmp_path, text)) == {
        "names": {"0": "no", "1": "2020-01-01", "2": "0x10", "3": "~"},
        "x": ["1"],
        "y": [["1"], ["1"]],
    }


BOMB = "a0: &a0 [x, x]\n" + "".join(
    f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 10)}]\n" for k in range(1, 12)
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: b\nc: [", "data.yaml:2: no YAML: "),
        ("a: *b", "data.yaml:1: no YAML: found undefined alias"),
        (b"a: \x95", "data.yaml: no YAML: "),
        ("a: " + "[" * 100_000, "data.yaml:1: no YAML: nested too deeply"),
        ("a: " + "{x: " * 2000, "data.yaml:1: no YAML: nested too deeply"),
        ("".join(f"{' ' * k}a:\n" for k in range(2000)), "data.yaml: no YAML: nested too deeply"),
        ("a: &a [*a]", "data.yaml"),
        ("a" * 10_000_001, "data.yaml: 10,000,001 bytes"),
        (BOMB, "data.yaml: aliases that stand for more than"),
        ("? [1, 2]\n: 3", "data.yaml:1: no YAML"),
    ],
)
def test_faults_name_the_place_in_one_line(text: str | bytes, told: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        yaml_text.load(saved(tmp_path, text))
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_tag_makes_an_object(tmp_path: Path) -> None:
    evil = f"a: !!python/object/apply:pathlib.Path.touch ['{tmp_path}/evil']"
    assert yaml_text.load(saved(tmp_path, evil)) == {"a": [f"{tmp_path}/evil"]}
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: [yes, 2.5, ~]\n", {"a": 1, "b": [True, 2.5, None]}),
        ("a: 2024-05-01\n", {"a": "2024-05-01"}),
        ("a: .nan\nb: 3\n", {"a": ".nan", "b": 3}),
        ("a: !!set {x, y}\n", {"a": {"x": "", "y": ""}}),
        ("a: !!bool maybe\nb: 3\n", {"a": "maybe", "b": "3"}),
        ('a: !!int ""\n', {"a": ""}),
        ("a: !!timestamp soon\n", {"a": "soon"}),
        ("a: !!python/object:os.system x\n", {"a": "x"}),
        ("!!set {a: 1}\n", {"a": "1"}),
        ('a: "\\uD800"\nb: 1\n', {"b": 1}),
        ("skip: 1\n", {}),
    ],
)
def test_values_have_the_types_that_json_can_say(
    text: str, expected: object, tmp_path: Path
) -> None:
    path = tmp_path / "data.yaml"
    path.write_text(text)
    assert yaml_text.typed(path, yaml_text.load(path), {"skip"}) == expected
