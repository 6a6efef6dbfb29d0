"""Accuracy of real models on real pictures, through the public commands: label, then eval.

The marks were measured on the same files with onnxruntime and pycocotools, at a score threshold of
.001, NMS at IoU .65 and at most 300 detections. Clearly below them, the pipeline has a fault.
"""

import json

import pytest

from prelabel.commands import run

pytestmark = [pytest.mark.real, pytest.mark.slow]

SETTINGS = ("--conf", ".001", "--iou", ".65", "--max-det", "300")
MARKS = [
    ("yolov8n_640_w16", "coco_tiny38", "instances", "boxes", 0.355),
    ("yolo11n_640_w16", "coco_tiny38", "instances", "boxes", 0.392),
    ("yolo26n_640_e2e_w16", "coco_tiny38", "instances", "boxes", 0.413),
    ("yolox_nano_416", "coco_tiny38", "instances", "boxes", 0.260),
    ("yolov8n-seg_640_w16", "coco_tiny38", "instances", "masks", 0.273),
    ("yolo11n-pose_640_w16", "coco_pose60", "person_keypoints", "keypoints", 0.510),
]


def class_names(truth, folder):
    """The names of COCO's categories, one per line, for a model file that has none."""
    categories = json.loads(truth.read_text(encoding="utf-8"))["categories"]
    names = folder / "names.txt"
    names.write_text("".join(f"{c['name']}\n" for c in categories), encoding="utf-8")
    return str(names)


@pytest.mark.parametrize(("model", "data", "kind", "task", "mark"), MARKS)
def test_reaches_its_mark(real_data, tmp_path, model, data, kind, task, mark):
    truths = sorted((real_data / "datasets" / data / "annotations").glob(f"{kind}_*.json"))
    out, figures = tmp_path / "out", tmp_path / "figures.json"
    arguments = ["label", *map(str, truths), "--model", str(real_data / "models" / f"{model}.onnx")]
    if model.startswith("yolox"):
        arguments += ["--labels", class_names(truths[0], tmp_path)]
    assert run([*arguments, *SETTINGS, "--to", "coco", "--out", str(out)]) == 0
    truth = str(truths[0].parent)
    assert run(["eval", str(out / "coco"), truth, "--json", str(figures)]) == 0
    assert json.loads(figures.read_text())[task]["ap"] == pytest.approx(mark, abs=0.01)
