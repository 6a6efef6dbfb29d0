"""Real models on real pictures: tuned thresholds against fixed ones and those of best F1."""

import pytest

import formats
from benchmarks.tune import LEAST, TABLES, predictions, replay
from prelabel.tune.saved import saved
from prelabel.tune.trial import RIVALS, TUNED, trials

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.mark.parametrize("model", ["yolov8n_640_w16", "yolo11n_640_w16", "yolox_nano_416"])
def test_they_are_never_clearly_worse_and_pay_where_drawing_is_dear(real_data, tmp_path, model):
    truth = real_data / "datasets" / "coco_tiny38" / "annotations"
    found = predictions(real_data / "models" / f"{model}.onnx", truth, tmp_path)
    played, labels = replay(found, formats.read(truth))
    for name, trial in trials(played, labels, TABLES, repeats=4).items():
        own = trial.seconds(TUNED)
        best = min(trial.seconds(way).mean() for way in RIVALS)
        assert own.mean() <= best + max(1.0, 0.02 * best)
        for way in RIVALS:
            assert saved(own, trial.seconds(way)).value >= LEAST[name]
