"""Who claims which interface; nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from formats.dataset import Label
from prelabel import models
from prelabel.errors import ModelError, UnknownName
from prelabel.models.graph import Graph, Tensor

TWO, POSE = "{0: 'cat', 1: 'dog'}", {"kpt_shape": "[4, 3]"}
CELLS = 64 + 16 + 4
HEAD, PROTOTYPES = "output0", ("output1", (1, 32, 16, 16))


def graph(
    *outputs: tuple, shape: tuple = (1, 3, 64, 64), labels: str = "", **metadata: str
) -> Graph:
    """A graph of one picture input; outputs are (name, shape)."""
    return Graph(
        "folder/some.onnx",
        "abc",
        (Tensor("images", shape, "float32"),),
        tuple(Tensor(name, size, "float32") for name, size in outputs),
        metadata,
        tuple(Label(name) for name in labels.split()),
    )


def ultralytics(task: str, *outputs: tuple, **metadata: str) -> Graph:
    shape = metadata.pop("shape", (1, 3, 64, 64))
    return graph(*outputs, shape=shape, task=task, names=TWO, stride="32", **metadata)


FREE = ("batch", "rows", "anchors")
CASES = [
    (ultralytics("detect", (HEAD, (1, 6, CELLS))), "yolo detect raw"),
    (ultralytics("segment", (HEAD, (1, 38, CELLS)), PROTOTYPES), "yolo segment raw"),
    (ultralytics("segment", PROTOTYPES, (HEAD, (1, 38, CELLS))), "yolo segment raw"),
    (ultralytics("pose", (HEAD, (1, 18, CELLS)), **POSE), "yolo pose raw"),
    (ultralytics("obb", (HEAD, (1, 7, CELLS))), "yolo obb raw"),
    (ultralytics("classify", (HEAD, (1, 2))), "yolo classify scores"),
    (ultralytics("detect", (HEAD, (1, 300, 6)), end2end="True"), "yolo detect rows"),
    (ultralytics("detect", (HEAD, (1, 300, 6)), args="{'nms': True}"), "yolo detect rows"),
    (ultralytics("detect", (HEAD, (1, 300, 6)), head="v10Detect"), "yolo detect rows"),
    (ultralytics("detect", (HEAD, (1, 300, 6)), description="YOLOv10n"), "yolo detect rows"),
    (ultralytics("segment", (HEAD, (1, 300, 38)), PROTOTYPES), "yolo segment rows"),
    (ultralytics("pose", (HEAD, (1, 300, 18)), **POSE), "yolo pose rows"),
    (ultralytics("obb", (HEAD, (1, 300, 7))), "yolo obb rows"),
    (ultralytics("detect", (HEAD, FREE), end2end="False"), "yolo detect raw"),
    (ultralytics("detect", (HEAD, FREE), end2end="True"), "yolo detect rows"),
    (ultralytics("obb", (HEAD, FREE)), "yolo obb either"),
    (ultralytics("detect", (HEAD, (1, 300, 6)), head="RTDETRDecoder"), "rtdetr detect rows"),
    (ultralytics("detect", (HEAD, (1, 300, 6)), description="rtdetr-l"), "rtdetr detect either"),
    (ultralytics("detect", (HEAD, FREE), description="rtdetr-l"), "rtdetr detect either"),
    (
        graph((HEAD, (1, 300, 6)), task="detect", names="['cat']", head="RTDETRDecoder"),
        "rtdetr detect rows",
    ),
    (
        graph((HEAD, (1, 300, 5)), task="detect", names="['cat']", description="rtdetr-x"),
        "rtdetr detect scores",
    ),
    (graph((HEAD, (1, 6, CELLS)), labels="cat dog"), "yolo detect raw"),
    (graph((HEAD, (1, 7, CELLS)), labels="cat dog"), "yolo obb raw"),
    (graph((HEAD, (1, 6, CELLS + 256)), labels="cat dog"), "yolo detect raw"),
    (graph((HEAD, (1, 38, CELLS)), PROTOTYPES, labels="cat dog"), "yolo segment raw"),
    (graph((HEAD, (1, 300, 7)), labels="cat dog"), "yolo obb rows"),
    (graph(("output", (1, CELLS, 7)), labels="cat dog"), "yolox detect grid"),
    (graph(("output", (1, CELLS + 1, 7)), labels="cat dog"), "yolox detect grid"),
    (
        graph(("pred_logits", (1, 9, 2)), ("pred_boxes", (1, 9, 4)), labels="cat dog"),
        "rtdetr detect logits",
    ),
    (graph(("dets", (1, 9, 5)), ("labels", (1, 9)), labels="cat dog"), "mmdeploy detect finished"),
    (
        graph(
            ("dets", ("b", "n", 5)), ("labels", ("b", "n")), shape=("b", 3, "h", "w"), labels="a"
        ),
        "mmdeploy detect finished",
    ),
]


@pytest.mark.parametrize(
    ("given", "expected"), CASES, ids=lambda x: x if isinstance(x, str) else ""
)
def test_one_family_claims_it(given: Graph, expected: str) -> None:
    card = models.recognise(given)
    assert f"{card.family} {card.task} {card.head}" == expected
    assert (card.name, card.sha256, card.input_name) == ("some", "abc", "images")
    assert [label.name for label in card.labels] in (["cat", "dog"], ["cat"], ["a"])
    assert card.why


def test_the_authors_rtdetr_has_a_second_input() -> None:
    outputs = [("labels", (1, 300)), ("boxes", (1, 300, 4)), ("scores", (1, 300))]
    bare = graph(*outputs, labels="cat dog")
    sizes = Tensor("orig_target_sizes", ("N", 2), "int64")
    card = models.recognise(replace(bare, inputs=(*bare.inputs, sizes)))
    assert (card.family, card.head) == ("rtdetr", "finished")
    with pytest.raises(ModelError, match="no model family knows"):
        models.recognise(bare)


def test_six_numbers_without_metadata_are_asked_about() -> None:
    bare = graph((HEAD, (1, 300, 6)), labels="cat dog")
    with pytest.raises(
        ModelError, match=r"more than one family.*yolo:.*pixels.*rtdetr:.*0\.\.1"
    ) as told:
        models.recognise(bare)
    assert told.value.hint == "say which with --family yolo|rtdetr"
    assert models.recognise(bare, "yolo").head == "rows"
    assert models.recognise(bare, "rtdetr").head == "rows"


def test_six_numbers_of_an_unnamed_ultralytics_model_are_asked_about() -> None:
    """An old export of RT-DETR and one of YOLO v10 do not differ."""
    with pytest.raises(ModelError, match="more than one family"):
        models.recognise(ultralytics("detect", (HEAD, (1, 300, 6)), description="best model"))


def test_a_head_that_fits_two_tasks_is_asked_about() -> None:
    labels = (Label("cat", keypoints=("a",)), Label("dog", keypoints=("a",)))
    two_readings = graph((HEAD, (1, 8, CELLS)))
    assert models.recognise(two_readings, labels=labels).options["kpt_shape"] == (1, 2)
    with pytest.raises(ModelError, match="does not fit 2 class names: no metadata; detect"):
        models.recognise(two_readings, labels=[Label("cat"), Label("dog")])


def test_nobody_knows_it() -> None:
    with pytest.raises(ModelError, match=r"inputs images \[1, 1, 64, 64\] float32") as told:
        models.recognise(graph((HEAD, (1, 6, CELLS)), shape=(1, 1, 64, 64)))
    for name in models.FAMILIES:
        assert f"{name}: " in told.value.hint


def test_grids_of_anchors_are_not_taken_for_yolox() -> None:
    """YOLO v5 before v5u has three candidates a cell."""
    with pytest.raises(ModelError, match="no model family knows"):
        models.recognise(graph(("output", (1, 3 * CELLS, 7)), labels="cat dog"))


def test_names_come_from_the_user_where_the_file_has_none() -> None:
    bare = graph(("output", (1, CELLS, 7)))
    with pytest.raises(ModelError, match=r"names no classes.*--labels FILE"):
        models.recognise(bare)
    assert models.claim(bare).labels == ()
    card = models.recognise(bare, labels=[Label("x"), Label("y")])
    assert [label.name for label in card.labels] == ["x", "y"]


def test_names_of_the_user_stand_over_the_file() -> None:
    named = ultralytics("pose", (HEAD, (1, 18, CELLS)), **POSE)
    card = models.recognise(named, labels=[Label("x"), Label("y")])
    assert [label.name for label in card.labels] == ["x", "y"]
    assert card.labels[0].keypoints == ("0", "1", "2", "3")


COUNTED = [case for case in CASES if case[1].endswith(("raw", "classify scores", "grid"))]
COUNTED = [case for case in COUNTED if case[0].outputs[0].sizes[1] is not None]


@pytest.mark.parametrize(("given", "expected"), COUNTED, ids=[case[1] for case in COUNTED])
def test_a_wrong_number_of_names_is_refused(given: Graph, expected: str) -> None:
    five = [Label(name) for name in "vwxyz"]
    with pytest.raises(ModelError, match=r"5 (class )?names|5 classes"):
        models.recognise(given, labels=five)


def test_a_task_that_is_not_supported_is_named() -> None:
    with pytest.raises(ModelError, match=r"task 'depth' is not supported.*detect, segment"):
        models.recognise(ultralytics("depth", (HEAD, (1, 64, 64))))


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("names", "{0: 'cat', 2: 'dog'}"),
        ("names", "cat"),
        ("imgsz", "[1, 2, 3]"),
        ("stride", "["),
        ("stride", "-32"),
        ("imgsz", "[640, 99999]"),
        ("kpt_shape", "[17, 5]"),
    ],
)
def test_metadata_that_cannot_be_read_is_named(key: str, text: str) -> None:
    known = ultralytics("detect", (HEAD, (1, 6, CELLS)))
    with pytest.raises(ModelError, match=f"metadata '{key}' cannot be read"):
        models.recognise(replace(known, metadata={**known.metadata, key: text}))


def test_metadata_of_others_is_left_alone() -> None:
    other = graph(
        (HEAD, (1, 6, CELLS)), labels="cat dog", names="cat;dog", stride="no", kpt_shape="[1, 9]"
    )
    assert models.recognise(other).family == "yolo"


def test_an_unknown_family_lists_those_that_are() -> None:
    with pytest.raises(UnknownName, match=r"no model family 'yol'.*did you mean 'yolo'"):
        models.recognise(CASES[0][0], "yol")


def test_size_of_a_free_graph() -> None:
    free = ultralytics("detect", (HEAD, FREE), shape=("b", 3, "h", "w"), imgsz="[96, 160]")
    card = models.recognise(free)
    assert (card.dynamic_size, card.dynamic_batch, card.input_size) == (True, True, (160, 96))
    assert models.recognise(free, size=(320, 320)).input_size == (320, 320)
    fixed = CASES[0][0]
    assert models.recognise(fixed, size=(64, 64)).input_size == (64, 64)
    with pytest.raises(ModelError, match="takes pictures of 64 x 64 only"):
        models.recognise(fixed, size=(320, 320))


def test_a_person_of_17_points_is_cocos() -> None:
    person = ultralytics("pose", (HEAD, (1, 56, CELLS)), kpt_shape="[17, 3]")
    person = replace(person, metadata={**person.metadata, "names": "{0: 'person'}"})
    label = models.recognise(person).labels[0]
    assert (label.keypoints[0], len(label.keypoints), len(label.bones)) == ("nose", 17, 19)
    assert [label.mirror[label.mirror[k]] for k in range(17)] == list(range(17))
    named = {**person.metadata, "kpt_names": repr({0: [f"p{k}" for k in range(17)]})}
    assert models.recognise(replace(person, metadata=named)).labels[0].keypoints[16] == "p16"


def test_the_interface_of_a_session(made: Callable[..., Path]) -> None:
    path = made(
        {"out": (("n", 2), np.zeros((1, 2), np.float16))},
        shape=("n", 3, 8, 8),
        dtype="float16",
        metadata={"task": "x"},
    )
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    seen = Graph.of_session(session, str(path), "f00")
    assert seen.inputs == (Tensor("images", ("n", 3, 8, 8), "float16"),)
    assert seen.outputs == (Tensor("out", ("n", 2), "float16"),)
    assert (seen.metadata, seen.sha256, seen.stem) == ({"task": "x"}, "f00", "made")
    assert seen.describe() == ("inputs images ['n', 3, 8, 8] float16; outputs out ['n', 2] float16")
