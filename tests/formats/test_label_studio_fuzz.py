"""Whatever an export, a result or a config holds: an answer, a count or a FormatError, no crash."""

from __future__ import annotations

import copy
import json
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from label_studio_configs import EVERY, POSE
from label_studio_tasks import SIZE, annotation, box, region, task

import formats
from formats.dataset import Label
from formats.errors import FormatError
from formats.label_studio import bitmask, brush, config, decoding
from formats.label_studio.mapping import route
from formats.losses import Losses
from geometry import masks

LABELS = (Label("car"), Label("person", keypoints=("head", "hand", "foot")))
MASK = masks.encode(np.eye(SIZE[1], SIZE[0]) > 0)
SEEDS = [
    box(),
    box("person", 30.0, 12.0, id="p", score=0.5, meta={"text": ["x"]}),
    region("ellipselabels", {"x": 5, "y": 6, "radiusX": 3, "radiusY": 4, "rotation": 3}),
    region("polygonlabels", {"points": [[0, 0], [9, 0], [9, 9]], "closed": True}),
    region("vectorlabels", {"vertices": [{"x": 1, "y": 2, "isBezier": False}], "closed": True}),
    region("keypointlabels", {"x": 1, "y": 2, "width": 1}, "head", parentID="p"),
    region("brushlabels", {"format": "rle", "rle": list(brush.encode(MASK))}),
    region("bitmasklabels", {"imageDataURL": bitmask.encode(MASK)}),
    region("choices", {"choices": ["car"]}),
    {"type": "relation", "from_id": "a", "to_id": "b"},
]
JUNK = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.sampled_from([10**400, -1, 0, 2**31, 1e308, float("nan"), float("inf"), ""]),
        st.floats(),
        st.text(max_size=5),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) inside a value of JSON."""
    found: list[tuple[Any, Any]] = []
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, child in list(inside):
        found.append((value, key))
        if isinstance(child, dict | list):
            found += places(child)
    return found


@st.composite
def damaged(draw: st.DrawFn, value: Any) -> Any:
    """A value of JSON with some parts replaced by junk or taken away."""
    whole = copy.deepcopy(value)
    for _ in range(draw(st.integers(1, 4))):
        spots = places(whole)
        if not spots:
            break
        container, key = spots[draw(st.integers(0, len(spots) - 1))]
        if draw(st.booleans()):
            container[key] = draw(JUNK)
        else:
            del container[key]
    return whole


@given(results=damaged(SEEDS))
def test_results_of_any_form(results: Any) -> None:
    losses = Losses()
    table = decoding.decode(results, LABELS, SIZE, losses)
    assert len(table) <= len(SEEDS) + 1
    for column in (table.boxes, table.rotated, table.keypoints):
        if column is not None:
            assert not np.isinf(column).any()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return tmp_path_factory.mktemp("export") / "export.json"


TASKS = [
    task(1, annotation(*SEEDS)),
    task(2, predictions=[{"model_version": "m", "score": 0.5, "result": SEEDS[:2]}]),
    {"image": "a.jpg", "id": 1, "box": [SEEDS[0]["value"]], "annotator": 1, "annotation_id": 2},
]


@given(tasks=damaged(TASKS), rows=st.sampled_from(["auto", "predictions", "annotations"]))
def test_exports_of_any_form(place: Any, tasks: Any, rows: str) -> None:
    place.write_text(json.dumps(tasks))
    formats.claims(place)
    with suppress(FormatError):
        dataset = formats.read(place, "label-studio", {"rows": rows})
        assert list(dataset.items) is not None


@given(data=st.data())
def test_configs_of_any_form(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([EVERY, POSE]))
    start, stop = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    stop = min(stop, start + data.draw(st.integers(0, 40)))
    new = data.draw(st.one_of(st.text(max_size=8), st.sampled_from(['"', "<a>", "&lt;", "toName"])))
    with suppress(FormatError):
        assert len(route(config.parse(text[:start] + new + text[stop:]), LABELS)) <= 8
