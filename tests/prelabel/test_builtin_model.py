"""The built-in model's files, its card, and its accuracy through the path of a user's model."""

import ast
import hashlib
import re
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

import prelabel
from formats.dataset import Dataset, Item
from prelabel import weights
from prelabel.evaluate import score
from prelabel.image import Image
from prelabel.labeler import Labeler
from prelabel.models.query import Query
from prelabel.outlines import CLASSES, KEYPOINTS
from prelabel.scenes import draw
from prelabel.truth import labels

TASKS = tuple(weights.TASKS)
PACKAGE = Path(prelabel.__file__).parent
HELD_OUT = range(40)
WIDE = Query(conf=0.001, iou=0.65, max_det=300)
SIGMA = 0.1


def session(task):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(weights.path(task), options, ["CPUExecutionProvider"])


def tensor(seed):
    return draw(seed).pixels.transpose(2, 0, 1)[None].astype(np.float32) / 255


@pytest.fixture(scope="module")
def scenes():
    return [draw(seed) for seed in HELD_OUT]


def dataset(labels, tables):
    size = (weights.SIZE, weights.SIZE)
    items = [Item(f"{i}.png", size=size, annotations=table) for i, table in enumerate(tables)]
    return Dataset.of(labels, items)


def scores(task, scenes):
    """The task's figures on the scenes, through recognition, decoding and suppression."""
    with Labeler.open(weights.path(task)) as labeler:
        found = [labeler.label(Image(scene.pixels), WIDE) for scene in scenes]
        seen = dataset(labeler.card.labels, found)
    truth = dataset(labels(), [scene.annotations for scene in scenes])
    return score(seen, truth, sigma=SIGMA)


def test_unknown_task_lists_the_known_ones():
    with pytest.raises(LookupError, match="segment, pose"):
        weights.path("depth")


@pytest.mark.parametrize("task", TASKS)
def test_size_of_the_file(task):
    assert 0.5e6 < weights.path(task).stat().st_size < 1.7e6


@pytest.mark.parametrize("task", TASKS)
def test_interface_of_a_yolo_head(task):
    run = session(task)
    (picture,) = run.get_inputs()
    size, nc, cells = weights.SIZE, len(CLASSES), (weights.SIZE // 4) ** 2
    assert (picture.name, picture.type) == ("images", "tensor(float)")
    assert picture.shape == ["batch", 3, size, size]
    expected = {
        "segment": [["batch", 4 + nc + 32, cells], ["batch", 32, size // 4, size // 4]],
        "pose": [["batch", 4 + nc + 3 * len(KEYPOINTS), cells]],
    }[task]
    assert [node.shape for node in run.get_outputs()] == expected
    assert {node.type for node in run.get_outputs()} == {"tensor(float)"}
    assert [node.name for node in run.get_outputs()] == ["output0", "output1"][: len(expected)]


@pytest.mark.parametrize("task", TASKS)
def test_metadata(task):
    told = session(task).get_modelmeta().custom_metadata_map
    assert told["task"] == task
    assert ast.literal_eval(told["names"]) == dict(enumerate(CLASSES))
    assert ast.literal_eval(told["imgsz"]) == [weights.SIZE, weights.SIZE]
    assert (told["stride"], told["channels"], told["batch"]) == ("4", "3", "1")
    assert (told["license"], told["author"]) == ("Apache-2.0", "prelabel")
    assert ("kpt_shape" in told) == (task == "pose")
    if task == "pose":
        assert ast.literal_eval(told["kpt_shape"]) == [len(KEYPOINTS), 3]
        assert ast.literal_eval(told["kpt_names"])[0] == list(KEYPOINTS)


@pytest.mark.parametrize("task", TASKS)
def test_weights_are_stored_as_float16(task):
    stored = onnx.load(weights.path(task)).graph.initializer
    large = [t for t in stored if np.prod(t.dims) >= 64 and t.data_type != onnx.TensorProto.INT64]
    assert large
    assert {t.data_type for t in large} == {onnx.TensorProto.FLOAT16}


@pytest.mark.parametrize("task", TASKS)
def test_a_batch_answers_as_its_pictures_alone(task):
    run, one, two = session(task), tensor(1), tensor(2)
    both = run.run(None, {"images": np.concatenate([one, two])})
    for joined, first, second in zip(
        both, run.run(None, {"images": one}), run.run(None, {"images": two}), strict=True
    ):
        np.testing.assert_allclose(joined, np.concatenate([first, second]), rtol=1e-3, atol=1e-2)


def test_both_heads_state_the_same_boxes():
    picture = {"images": tensor(3)}
    segment, pose = (session(task).run(None, picture)[0] for task in TASKS)
    common = 4 + len(CLASSES)
    np.testing.assert_allclose(segment[:, :common], pose[:, :common], rtol=1e-3, atol=1e-2)


def test_card_holds_the_sums_of_the_generator_and_the_files():
    """Whoever changes the generator or a file measures again; see scripts/train_builtin."""
    card = (PACKAGE / "weights" / "MODEL_CARD.md").read_text(encoding="utf-8")
    stated = dict(re.findall(r"^\| `([\w.-]+)` \| `([0-9a-f]{64})` \|$", card, re.MULTILINE))
    generator = {f"{n}.py": PACKAGE / f"{n}.py" for n in ("scenes", "painting", "outlines")}
    files = {path.name: path for path in map(weights.path, TASKS)}
    found = {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in {**generator, **files}.items()
    }
    assert stated == found


def test_recognised_like_a_users_model():
    with Labeler.open(weights.path("pose")) as labeler:
        card = labeler.card
    assert (card.family, card.task, card.licence) == ("yolo", "pose", "Apache-2.0")
    assert tuple(label.name for label in card.labels) == CLASSES
    assert card.labels[0].keypoints == KEYPOINTS


def test_boxes_and_masks_of_held_out_scenes(scenes):
    figures = scores("segment", scenes)
    assert figures.ap50 >= 0.86
    assert figures.mask_ap50 >= 0.78


def test_keypoints_of_held_out_scenes(scenes):
    assert scores("pose", scenes).keypoint_ap50 >= 0.70


def test_nothing_on_an_empty_ground():
    with Labeler.open(weights.path()) as labeler:
        grey = np.full((weights.SIZE, weights.SIZE, 3), 128, dtype=np.uint8)
        assert len(labeler.label(Image(grey))) == 0
