"""Real pictures and a real model: planted errors are found earlier than by score."""

import pytest

import formats
from benchmarks.planted import plant
from benchmarks.review import by_score, figures, ours, right
from prelabel.commands import run
from prelabel.review import review


@pytest.mark.real
def test_planted_errors_in_coco_come_earlier_than_by_score(real_data, tmp_path):
    folder = real_data / "datasets" / "coco_tiny38"
    truth, names = formats.read(folder), tmp_path / "names.txt"
    names.write_text("".join(f"{label.name}\n" for label in truth.labels), encoding="utf-8")
    model = real_data / "models" / "yolox_nano_416.onnx"
    arguments = ["label", str(folder / "images"), "--model", str(model), "--labels", str(names)]
    out = tmp_path / "seen"
    assert run([*arguments, "--conf", ".01", "--to", "native", "--out", str(out)]) == 0
    seen = ("yolox_nano", formats.read(out / "native"))
    told, naive = [], []
    for seed in range(3):
        bad, errors = plant(truth, seed, share=0.1)
        told.append(figures(right(ours(review(("labels", bad), [seen])), errors), len(errors))[1])
        naive.append(figures(right(by_score(bad, seen[1]), errors), len(errors))[1])
    assert sum(told) > 1.5 * sum(naive)
