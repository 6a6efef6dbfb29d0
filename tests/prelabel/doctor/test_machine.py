"""`prelabel doctor` says what would run a model on this machine, and what does not and why."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from prelabel import providers, session
from prelabel.commands import run


@pytest.fixture
def starting(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """An onnxruntime that has CUDA, OpenVINO and the CPU; only those named start."""
    start = session._start
    theirs = [providers.PROVIDERS[name] for name in ("cuda", "openvino", "cpu")]
    monkeypatch.setattr(providers.onnxruntime, "get_available_providers", lambda: theirs)

    def only(*names: str) -> None:
        def tried(path: object, name: str, threads: int) -> object:
            if name not in names:
                raise RuntimeError("no such device")
            inner = start(path, "cpu", threads)
            monkeypatch.setattr(inner, "get_providers", lambda: [providers.PROVIDERS[name]])
            return inner

        monkeypatch.setattr(session, "_start", tried)

    return only


def told(capsys: pytest.CaptureFixture[str], *flags: str) -> tuple[int, list[str]]:
    code = run(["doctor", *flags])
    return code, capsys.readouterr().out.splitlines()


def test_auto_takes_the_first_that_starts_and_tells_the_others(
    starting: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(providers, "lacking", lambda library: f"{library}: missing")
    starting("cpu")
    code, (cuda, openvino, cpu) = told(capsys)
    assert code == 0
    assert cuda == (
        "note     auto passes over cuda, which does not start here: libcuda.so.1: missing"
        " -> needs NVIDIA's driver and onnxruntime-gpu[cuda,cudnn]"
    )
    assert openvino == "note     auto passes over openvino, which fails: no such device"
    assert cpu.startswith("ok       auto: models run on cpu (onnxruntime ")
    starting("cuda", "cpu")
    code, (line,) = told(capsys)
    assert line.startswith("ok       auto: models run on cuda ")


def test_one_that_was_asked_for_is_a_problem_where_it_does_not_start(
    starting: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    starting("cpu")
    code, (line,) = told(capsys, "--provider", "openvino")
    assert (code, line) == (1, "problem  provider 'openvino' fails: no such device")
    code, (line,) = told(capsys, "--provider=tensorrt")
    assert code == 1
    assert line.startswith("problem  provider 'tensorrt' is not installed -> needs NVIDIA's driver")


def test_the_runtime_itself_is_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PRELABEL_PROVIDER", "cpu")
    code, (line,) = told(capsys)
    assert code == 0
    assert line.startswith("ok       models run on cpu (onnxruntime ")


def test_flags_of_the_machine_are_not_those_of_a_connection(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["doctor", "--provider", "cpu", "label-studio", "http://127.0.0.1:9"]) == 2
    assert "stand behind its name" in capsys.readouterr().err
