"""Broken exports of every family are found, sound ones pass."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from formats.dataset import Label
from prelabel import models
from prelabel.errors import ModelError
from prelabel.models.check import check, pictures
from prelabel.session import open_session

A = 84
PLAIN = {"task": "detect", "names": "{0: 'cat', 1: 'dog'}", "stride": "32"}


def task(name: str, **more: str) -> dict[str, Any]:
    return {"metadata": {**PLAIN, "task": name, **more}}


def zeros(*shape: int) -> tuple[tuple[int, ...], np.ndarray]:
    return shape, np.zeros(shape, np.float32)


def heads(*named: tuple[str, tuple[int, ...]]) -> dict[str, tuple]:
    return {name: zeros(*shape) for name, shape in named}


SIZES = {"extra_inputs": {"orig_target_sizes": ((1, 2), "int64")}}
RAW = {
    "yolo detect": (heads(("o", (1, 6, A))), task("detect")),
    "yolo segment": (heads(("o", (1, 38, A)), ("p", (1, 32, 16, 16))), task("segment")),
    "yolo pose": (heads(("o", (1, 12, A))), task("pose", kpt_shape="[2, 3]")),
    "yolo obb": (heads(("o", (1, 7, A))), task("obb")),
    "yolo classify": (heads(("o", (1, 2))), task("classify")),
    "yolox": (heads(("o", (1, A, 7))), {}),
    "rtdetr scores": (
        heads(("o", (1, 300, 6))),
        task("detect", description="rtdetr-l", names="['cat']"),
    ),
    "rtdetr logits": (heads(("pred_logits", (1, 9, 2)), ("pred_boxes", (1, 9, 4))), {}),
}
RAW["rtdetr scores"][0]["o"] = zeros(1, 300, 5)
FINISHED = {
    "yolo nms": (heads(("o", (1, 300, 6))), task("detect", args="{'nms': True}")),
    "yolo end2end segment": (
        heads(("o", (1, 300, 38)), ("p", (1, 32, 16, 16))),
        task("segment", end2end="True"),
    ),
    "rtdetr rows": (heads(("o", (1, 300, 6))), task("detect", head="RTDETRDecoder")),
    "rtdetr finished": (
        {
            "labels": ((1, 9), np.zeros((1, 9), np.int64)),
            **heads(("boxes", (1, 9, 4)), ("scores", (1, 9))),
        },
        SIZES,
    ),
    "mmdeploy": (
        {"labels": ((1, 9), np.zeros((1, 9), np.int64)), **heads(("dets", (1, 9, 5)))},
        {},
    ),
}


def checked(path: Path, *, strict: bool = False) -> tuple[str, ...]:
    session = open_session(path)
    labels = None if "names" in session.graph.metadata else [Label("cat"), Label("dog")]
    card = models.recognise(session.graph, labels=labels)
    return check(card, lambda _, x, *, key=None: session.run(x), strict=strict, where="here.onnx")


@pytest.mark.parametrize("name", list(RAW))
def test_constant_scores_of_a_raw_head_are_refused(made: Callable[..., Path], name: str) -> None:
    outputs, more = RAW[name]
    with pytest.raises(ModelError, match=r"here.onnx: every score is 0, .*export is broken"):
        checked(made(outputs, frozen=True, **more))


@pytest.mark.parametrize("name", list(RAW))
def test_scores_that_answer_to_the_picture_pass(made: Callable[..., Path], name: str) -> None:
    outputs, more = RAW[name]
    assert checked(made(outputs, **more), strict=True) == ()


@pytest.mark.parametrize("name", list(FINISHED))
def test_seeing_nothing_is_a_warning_where_the_graph_suppresses(
    made: Callable[..., Path], name: str
) -> None:
    outputs, more = FINISHED[name]
    path = made(outputs, frozen=True, **more)
    assert checked(path) == ("sees nothing in three test pictures",)
    with pytest.raises(ModelError, match=r"here.onnx: sees nothing"):
        checked(path, strict=True)


@pytest.mark.parametrize("name", list(FINISHED))
def test_a_sound_graph_that_suppresses_passes(made: Callable[..., Path], name: str) -> None:
    outputs, more = FINISHED[name]
    assert checked(made(outputs, **more), strict=True) == ()


def test_a_head_that_does_not_look_is_doubted(made: Callable[..., Path]) -> None:
    """Scores differ by candidate, but not by picture: a network that was never trained."""
    values = np.random.default_rng(0).random((1, 6, A), dtype=np.float32)
    path = made({"o": ((1, 6, A), values)}, frozen=True, **task("detect"))
    assert checked(path) == ("its scores are the same for three different pictures",)
    with pytest.raises(ModelError, match="the same for three"):
        checked(path, strict=True)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_no_numbers(made: Callable[..., Path], bad: float) -> None:
    values = np.zeros((1, 6, A), np.float32)
    values[0, 2, 3] = bad
    with pytest.raises(ModelError, match=r"output 0 holds 1 values .* of 504"):
        checked(made({"o": ((1, 6, A), values)}, **task("detect")))


@pytest.mark.parametrize("dtype", ["float32", "float16", "uint8"])
def test_input_types(made: Callable[..., Path], dtype: str) -> None:
    outputs, more = RAW["yolo detect"]
    assert checked(made(outputs, dtype=dtype, **more)) == ()


def test_half_outputs_and_free_axes(made: Callable[..., Path]) -> None:
    free = {"o": (("n", 6, A), np.full((1, 6, A), 0.01, np.float16))}
    assert checked(made(free, shape=("n", 3, "h", "w"), **task("detect", imgsz="[64, 64]"))) == ()


def test_an_input_that_the_graph_does_not_take(made: Callable[..., Path]) -> None:
    outputs, more = RAW["yolo detect"]
    with pytest.raises(ModelError, match="run failed"):
        checked(made(outputs, shape=(4, 3, 64, 64), **more))


def test_three_runs_over_different_pictures() -> None:
    scene, noise, ramp = pictures((96, 64))
    assert {image.size for image in (scene, noise, ramp)} == {(96, 64)}
    assert len({image.digest for image in (scene, noise, ramp)}) == 3
    assert [p.digest for p in pictures((96, 64))] == [p.digest for p in (scene, noise, ramp)]


@pytest.mark.real
def test_the_quantised_pose_model_is_refused(real_data: Path) -> None:
    path = real_data / "models" / "yolo11n-pose_640_int8qdq_ZEROSCORES.onnx"
    with pytest.raises(ModelError, match="every score is 0"):
        checked(path)


@pytest.mark.real
@pytest.mark.parametrize("name", ["yolov8n_640_w16", "yolo26n_640_e2e_w16", "yolo11n-pose_640_w16"])
def test_sound_models_pass(real_data: Path, name: str) -> None:
    assert checked(real_data / "models" / f"{name}.onnx", strict=True) == ()
