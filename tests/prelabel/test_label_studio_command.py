"""What the commands for Label Studio say before they have spoken to it."""

from __future__ import annotations

from pathlib import Path

import pytest
import tiny_model

from prelabel.commands import run


@pytest.fixture(autouse=True)
def _unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known from the environment."""
    for name in ("LABEL_STUDIO_URL", "LABEL_STUDIO_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def model(tmp_path: Path) -> str:
    return str(tiny_model.write(tmp_path / "tiny.onnx"))


def test_an_address_is_needed(model: str, capsys: pytest.CaptureFixture) -> None:
    assert run(["label-studio", "push", "3", "--model", model]) == 2
    assert "LABEL_STUDIO_URL" in capsys.readouterr().err
    assert run(["label-studio", "pull", "3", "--out", "x"]) == 2
    assert run(["doctor", "label-studio"]) == 2


def test_an_address_must_be_one(model: str, capsys: pytest.CaptureFixture) -> None:
    where = ["--url", "localhost:8080", "--api-key", "k"]
    assert run(["label-studio", "push", "3", "--model", model, *where]) == 2
    assert "expected http://host" in capsys.readouterr().err


def test_the_token_is_never_told(model: str, capsys: pytest.CaptureFixture) -> None:
    where = ["--url", "http://127.0.0.1:9", "--api-key", "secret token"]
    assert run(["label-studio", "push", "3", "--model", model, *where]) == 2
    told = capsys.readouterr()
    assert "secret" not in told.err + told.out


def test_going_on_needs_a_journal(model: str, capsys: pytest.CaptureFixture) -> None:
    where = ["--url", "http://127.0.0.1:9", "--api-key", "k"]
    assert run(["label-studio", "push", "3", "--model", model, "--resume", *where]) == 2
    assert "--out" in capsys.readouterr().err


def test_a_model_that_is_none_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    where = ["--url", "http://127.0.0.1:9", "--api-key", "k"]
    arguments = ["label-studio", "push", "3", "--model", str(tmp_path / "gone.onnx"), *where]
    assert run(arguments) == 6


def test_the_doctor_says_that_nothing_is_there(capsys: pytest.CaptureFixture) -> None:
    assert run(["doctor", "label-studio", "http://127.0.0.1:9"]) == 1
    told = capsys.readouterr().out
    assert told.startswith("problem  http://127.0.0.1:9 refuses connections")
    assert " -> start Label Studio" in told


@pytest.mark.parametrize("verb", ["push", "pull"])
def test_help_explains_the_options(verb: str, capsys: pytest.CaptureFixture) -> None:
    assert run(["label-studio", verb, "--help"]) == 0
    told = capsys.readouterr().out
    assert "LABEL_STUDIO_API_KEY" in told
