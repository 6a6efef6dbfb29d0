"""Telling an ONNX file from everything else, and a whole one from a cut one."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import tiny_model
from hypothesis import given
from hypothesis import strategies as st

from prelabel import onnx_file
from prelabel.errors import ModelError


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model.write(tmp_path_factory.mktemp("model") / "tiny.onnx")


def test_a_whole_model_passes(model: Path) -> None:
    onnx_file.inspect(model)
    assert onnx_file.sha256(model) == hashlib.sha256(model.read_bytes()).hexdigest()


def test_a_model_cut_anywhere_in_its_graph_is_named_cut(model: Path, tmp_path: Path) -> None:
    data = model.read_bytes()
    cut = tmp_path / "cut.onnx"
    for length in range(20, len(data) // 2, 97):
        cut.write_bytes(data[:length])
        with pytest.raises(ModelError, match=rf"is cut: {length} bytes, at least \d+ expected"):
            onnx_file.inspect(cut)


def test_no_cut_model_passes(model: Path, tmp_path: Path) -> None:
    data = model.read_bytes()
    cut = tmp_path / "cut.onnx"
    passed = []
    for length in range(0, len(data), 13):
        cut.write_bytes(data[:length])
        try:
            onnx_file.inspect(cut)
            passed.append(length)
        except ModelError as error:
            assert str(error).startswith(f"{cut}: ")  # noqa: PT017 - most must raise, see below
    graph_ends = data.index(b"task") - 8
    assert all(length > graph_ends for length in passed)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "is empty, expected an ONNX model"),
        (b"hello world\n" * 9, "is not an ONNX model"),
        (b"PK\x03\x04" + bytes(60), "is not an ONNX model: it is a zip archive, such as a PyTorch"),
        (b"version https://git-lfs.github.com/spec/v1\n", "it is a Git LFS pointer"),
        (b"<!DOCTYPE html><html>not found</html>", "it is a web page"),
        (b"\x80\x02}q\x00.", "it is a Python pickle"),
        (b"\x08\x08", "is not an ONNX model"),
    ],
)
def test_what_is_no_model_is_named(data: bytes, told: str, tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(data)
    with pytest.raises(ModelError, match=told) as caught:
        onnx_file.inspect(path)
    assert "\n" not in str(caught.value)


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no such model file$"):
        onnx_file.inspect(tmp_path / "none.onnx")
    with pytest.raises(ModelError, match=r"is a folder, expected an \.onnx file$"):
        onnx_file.inspect(tmp_path)


@given(st.binary(max_size=200))
def test_any_bytes_pass_or_are_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.onnx"
    path.write_bytes(data)
    try:
        onnx_file.inspect(path)
    except ModelError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either outcome is right
    else:
        assert b"\x3a" in data  # the tag of a graph
