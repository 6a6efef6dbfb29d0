"""`prelabel models check` and `show`, as a user calls them."""

from __future__ import annotations

from pathlib import Path

import pytest
import tiny_model

from prelabel.commands import run


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tiny_model.write(tmp_path / "tiny.onnx")


def test_check_of_a_sound_model(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "check", str(model), "--strict"]) == 0
    told = capsys.readouterr()
    assert told.out == f"{model}: yolo detect, 3 classes: in order on cpu\n"
    assert told.err == ""


def test_check_of_a_batch_of_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "check", str(tiny_model.write(tmp_path / "two.onnx", batch=2))]) == 0
    assert capsys.readouterr().out.endswith(": in order on cpu\n")


def test_check_on_a_provider(
    model: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["models", "check", str(model), "--provider", "tensorrt"]) == 6
    assert "provider 'tensorrt' is not installed (here: cpu)" in capsys.readouterr().err
    monkeypatch.setenv("PRELABEL_PROVIDER", "tensorrt")
    assert run(["models", "check", str(model)]) == 6
    assert run(["models", "check", str(model), "--provider", "cpu"]) == 0


def test_check_with_other_names(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = tmp_path / "names.txt"
    names.write_text("one\ntwo\n")
    assert run(["models", "check", str(model), "--labels", str(names)]) == 6
    told = capsys.readouterr().err
    assert "outputs do not fit task detect with 2 classes" in told
    assert told.count("\n") == 1


def test_show(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = tmp_path / "names.yaml"
    names.write_text("[rot, grün, blau]")
    assert run(["models", "show", str(model), "--labels", str(names)]) == 0
    lines = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert lines["name"] == "tiny"
    assert lines["model"] == "yolo detect, head raw"
    assert lines["input"] == "images float32, fixed size 64 x 64, fixed batch"
    assert lines["classes"] == "rot, grün, blau"
    assert lines["graph"].startswith("inputs images [1, 3, 64, 64] float32; outputs ")


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["missing.onnx"], 6, "no such model file"),
        (["{}", "--family", "yol"], 2, "did you mean 'yolo'?"),
        (["{}", "--family", "mmdeploy"], 6, "no model family knows this graph"),
        (["{}", "--labels", "missing.txt"], 2, "missing.txt: cannot be read"),
    ],
)
@pytest.mark.parametrize("verb", ["check", "show"])
def test_errors_are_one_line(
    model: Path,
    capsys: pytest.CaptureFixture[str],
    verb: str,
    arguments: list[str],
    code: int,
    text: str,
) -> None:
    assert run(["models", verb, *(word.format(model) for word in arguments)]) == code
    told = capsys.readouterr()
    assert text in told.err
    assert told.err.count("\n") == 1
    assert told.out == ""


@pytest.mark.real
def test_a_broken_export_is_refused(real_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = real_data / "models" / "yolo11n-pose_640_int8qdq_ZEROSCORES.onnx"
    assert run(["models", "check", str(path)]) == 6
    assert "every score is 0" in capsys.readouterr().err


@pytest.mark.real
def test_a_model_without_names_says_so(real_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = real_data / "models" / "yolox_nano_416.onnx"
    assert run(["models", "check", str(path)]) == 6
    assert "names no classes" in capsys.readouterr().err
    assert run(["models", "show", str(path)]) == 0
    assert "use --labels FILE" in capsys.readouterr().out
