"""Providers that are listed and do not work: the reason is told, in one line, nothing falls back
unsaid; and the options that each gets."""

from __future__ import annotations

import logging
from pathlib import Path
from types import SimpleNamespace

import pytest
import tiny_model

from prelabel import providers, session
from prelabel.commands import run
from prelabel.errors import ModelError
from prelabel.session import open_session, told

NO_DEVICE = (
    "/onnxruntime_src/onnxruntime/core/providers/cuda/cuda_call.cc:154 std::conditional_t<THRW, "
    "void, onnxruntime::common::Status> onnxruntime::CudaCall(ERRTYPE, const char*, int) [with "
    "ERRTYPE = cudaError] /onnxruntime_src/onnxruntime/core/providers/cuda/cuda_call.cc:146 "
    "CUDA failure 100: no CUDA-capable device is detected ; GPU=-1 ; hostname=vm ; "
    "file=/onnxruntime_src/onnxruntime/core/providers/cuda/cuda_execution_provider.cc ; line=355 ;"
    " expr=cudaSetDevice(info_.device_id); \n\n"
)
"""What onnxruntime-gpu 1.31 raised beside a driver without a device."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tiny_model.write(tmp_path / "m.onnx")


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names that onnxruntime lists; the CPU alone starts, the others are left out of a session."""
    names = ["tensorrt", "cuda", "openvino", "cpu"]
    start = session._start

    def without(path: Path, name: str, threads: int) -> object:
        return start(path, "cpu", threads)

    theirs = [providers.PROVIDERS[name] for name in names]
    monkeypatch.setattr(providers.onnxruntime, "get_available_providers", lambda: theirs)
    monkeypatch.setattr(session, "_start", without)
    return names


def refusing(monkeypatch: pytest.MonkeyPatch, text: str, *names: str) -> None:
    """These providers raise `text` at the start."""
    start = session._start

    def start_or_raise(path: Path, name: str, threads: int) -> object:
        if name in names:
            raise RuntimeError(text)
        return start(path, "cpu", threads)

    monkeypatch.setattr(session, "_start", start_or_raise)


def broken_library(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """An onnxruntime whose library of a provider cannot be loaded."""
    (folder / "capi").mkdir()
    (folder / "capi" / f"libonnxruntime_providers_{name}.so").write_bytes(b"no library")
    monkeypatch.setattr(providers, "FOLDER", folder / "capi")


@pytest.mark.usefixtures("listed")
def test_auto_says_which_provider_it_passed_over_and_why(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken_library(tmp_path, monkeypatch, "openvino")
    monkeypatch.setattr(providers, "AUTO", ("openvino", "cpu"))
    with caplog.at_level(logging.WARNING, "prelabel"):
        opened = open_session(path)
    assert opened.provider == "cpu"
    (line,) = caplog.messages
    assert line.startswith(f"prelabel: {path}: provider 'openvino' does not start here: ")
    assert "libonnxruntime_providers_openvino.so: " in line
    assert str(tmp_path / "capi") not in line
    assert line.endswith("; it runs on cpu")


def test_a_provider_that_works_is_no_news(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert open_session(path).provider in providers.PROVIDERS
    assert not caplog.messages


@pytest.mark.usefixtures("listed")
def test_one_that_was_asked_for_is_an_error_of_one_line(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--provider", "cuda", "--out", str(tmp_path / "out")]
    (tmp_path / "a.jpg").write_bytes(b"")
    assert run(["label", str(tmp_path / "a.jpg"), "--model", str(path), *asked]) == 6
    told = capsys.readouterr()
    assert told.out == ""
    (line,) = told.err.splitlines()
    assert line.startswith(f"prelabel: {path}: provider 'cuda' does not start here")
    assert line.endswith("(needs NVIDIA's driver and onnxruntime-gpu[cuda,cudnn])")


@pytest.mark.usefixtures("listed")
def test_a_model_that_only_the_cpu_takes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refusing(monkeypatch, "the graph is not acyclic", "openvino")
    with pytest.raises(
        ModelError,
        match=r"provider 'openvino' fails: the graph is not acyclic .provider cpu takes it",
    ):
        open_session(path, provider="openvino")


@pytest.mark.usefixtures("listed")
def test_a_model_that_nothing_takes_is_at_fault_itself(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    refusing(monkeypatch, "No Op registered for Nonsense", "cuda", "openvino", "cpu")
    for provider in ("auto", "openvino", "cpu"):
        with pytest.raises(ModelError, match=r"m\.onnx: No Op registered for Nonsense"):
            open_session(path, provider=provider)
    assert not caplog.messages


def test_what_cuda_raises_becomes_one_short_line() -> None:
    assert told(RuntimeError(NO_DEVICE)) == "CUDA failure 100: no CUDA-capable device is detected"


@pytest.mark.usefixtures("listed")
def test_tensorrt_hands_to_cuda_what_it_does_not_take(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [name for name, _ in providers.chain("tensorrt", 1, 2)]
    assert names == [providers.PROVIDERS[name] for name in ("tensorrt", "cuda", "cpu")]
    alone = [providers.PROVIDERS["tensorrt"], providers.PROVIDERS["cpu"]]
    monkeypatch.setattr(providers.onnxruntime, "get_available_providers", lambda: alone)
    assert [name for name, _ in providers.chain("tensorrt", 1, 2)] == alone


@pytest.mark.parametrize("name", ["cuda", "openvino", "cpu"])
def test_every_other_chain_is_the_provider_and_the_cpu(name: str) -> None:
    theirs = [theirs for theirs, _ in providers.chain(name, 1, 2)]
    assert theirs == list(dict.fromkeys([providers.PROVIDERS[name], providers.PROVIDERS["cpu"]]))


def test_numbers_on_a_gpu_are_those_of_float32() -> None:
    """Left alone, CUDA rounds what convolutions multiply to ten bits."""
    ((_, options), *_) = providers.chain("cuda", 1, 2)
    assert options["use_tf32"] == "0"


def test_openvino_runs_side_by_side_as_the_cpu_does() -> None:
    ((_, options), *_) = providers.chain("openvino", threads=2, runs=3)
    assert options == {"num_of_threads": "6", "num_streams": "3"}


def test_the_libraries_of_nvidias_packages_are_found_without_a_word(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    calls = []

    def preload_dlls() -> None:
        calls.append(1)
        print("Failed to load libcudart.so.13")

    fake = SimpleNamespace(preload_dlls=preload_dlls)
    monkeypatch.setattr(providers, "onnxruntime", fake)
    monkeypatch.setattr(providers, "lacking", lambda library: "")
    for name in ("cpu", "openvino"):
        providers.prepare(name)
    assert calls == []
    providers.prepare("cuda")
    assert calls == [1]
    assert capfd.readouterr() == ("", "")


def test_without_a_driver_nothing_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "onnxruntime", SimpleNamespace())
    monkeypatch.setattr(providers, "lacking", lambda library: f"{library}: missing")
    providers.prepare("cuda")
    assert providers.reason("cuda") == "libcuda.so.1: missing"
    assert providers.reason("openvino") == ""
