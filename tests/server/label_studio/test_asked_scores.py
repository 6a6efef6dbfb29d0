"""What a model is asked for: the least score that any control of a config takes."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_models import write
from label_studio_configs import tag, view

from prelabel.label_studio.configs import Configs
from prelabel.label_studio.plan import Planner
from prelabel.modelfile import ModelFile
from prelabel.pool import Pool
from prelabel.settings import Settings

LOW, HIGH = (f'model_score_threshold="{score}"' for score in (0.05, 0.9))


@pytest.mark.parametrize(
    ("controls", "asked"),
    [
        ([tag("RectangleLabels", "a", more=LOW), tag("BrushLabels", "c")], [0.05]),
        ([tag("BrushLabels", "c")], [0.25]),
        ([tag("BrushLabels", "c", more=HIGH)], [0.9]),
        ([tag("RectangleLabels", "a", more=HIGH), tag("BrushLabels", "c")], [0.25]),
        ([], []),
    ],
    ids=["one below the usual", "none stated", "one above", "one above, one not stated", "none"],
)
def test_the_model_is_asked_for_the_least_that_any_control_takes(
    tmp_path: Path, controls: list[str], asked: list[float]
) -> None:
    """Thresholds under .25 have no effect in the reference backend."""
    file = ModelFile("a", str(write(tmp_path / "a.onnx", "car", "person")))
    with Pool([file], Settings()) as pool:
        parts = Planner(pool, {}).plan(Configs().parsed(view(*controls))).parts
    assert [part.query.conf for part in parts] == asked
