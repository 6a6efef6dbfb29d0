"""Corrections by webhook: what is kept of an event, of whom, and what of odd ones."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from fake_models import Factory, until
from hypothesis import given, settings
from hypothesis import strategies as st
from label_studio_calls import Start, Studio, config, control, pictures

from formats.dataset import Item
from prelabel.corrections.reading import read
from prelabel.errors import JobError
from server.protocols.label_studio import events

KEY, SECRET = "s3cret", "hush"
FEW = config(control('RectangleLabels model_score_threshold="0.95"'))


def box(x: float, label: str = "red", **more: Any) -> dict[str, Any]:
    """A region of 16 x 16 pixels in a picture of 64."""
    value = {"x": x, "y": 25, "width": 25, "height": 25, "rotation": 0, "rectanglelabels": [label]}
    return {
        "id": f"at{x}",
        "from_name": "box",
        "to_name": "image",
        "type": "rectanglelabels",
        "original_width": 64,
        "original_height": 64,
        "value": value,
        **more,
    }


def saved(
    number: int, data: str | Mapping, result: Sequence[Any] = (), minute: int = 0, **more: Any
) -> dict[str, Any]:
    """An event as Label Studio sends it."""
    at = f"2026-11-20T10:{minute:02d}:00.000000Z"
    annotation = {
        "id": number,
        "result": list(result),
        "created_at": "2026-11-20T10:00:00.000000Z",
        "updated_at": at,
        "unique_id": f"00000000-0000-4000-8000-{number:012d}",
        "lead_time": 12.5,
        "was_cancelled": False,
        "ground_truth": False,
        "completed_by": 3,
        "prediction": {},
        **more,
    }
    return {
        "action": "ANNOTATION_UPDATED" if minute else "ANNOTATION_CREATED",
        "annotation": annotation,
        "task": {"id": 100 + number, "data": {"image": data} if isinstance(data, str) else data},
        "project": {"id": 2, "label_config": FEW},
    }


def send(studio: Studio, *told: Mapping[str, Any], **how: Any) -> None:
    for body in told:
        answer = studio.served.client.post("/webhook", json=body, **how)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def outcome(studio: Studio, name: str) -> float:
    return studio.served.counted("correction_events_total", outcome=name)


def settled(studio: Studio) -> list[Item]:
    """The corrections that count, once everything is worked off."""
    until(lambda: not studio.served.counted("corrections_pending"))
    try:
        folder = Path(studio.served.settings.data_dir) / "corrections"
        return sorted(read(folder, annotators="all")[1].items, key=lambda item: item.path)
    except JobError:
        return []


def counts(studio: Studio) -> list[int]:
    return [len(item.annotations) for item in settled(studio)]


def test_an_annotation_with_all_that_the_model_sees(tiny: Studio, photos: Path) -> None:
    (path,) = pictures(photos, 1)
    send(tiny, saved(901, path, [box(0), box(50, "blue")]))
    until(lambda: outcome(tiny, "kept") >= 1)
    folder = Path(tiny.served.settings.data_dir) / "corrections"
    predicted, corrected = read(folder)
    (left,) = (item for item in corrected.items if item.path == path.lstrip("/"))
    assert left.annotations.boxes.tolist() == [[0, 16, 16, 32], [32, 16, 48, 32]]
    names = [corrected.labels[k].name for k in left.annotations.labels]
    assert names == ["red", "blue"]
    assert (left.annotator, left.extra["lead_time"]) == ("3", 12.5)
    (seen,) = (item for item in predicted.items if item.path == left.path)
    body = {"url": path, "conf": 0.01}
    alone = tiny.served.client.post("/api/v1/predict", json=body).json()["annotations"]
    assert len(alone) > len([one for one in alone if one["score"] >= 0.95]), "some are not shown"
    boxes = np.array([one["box"] for one in alone])
    assert np.allclose(seen.annotations.boxes, boxes, atol=0.01)


def test_its_states_in_any_order(fresh: Studio, photos: Path) -> None:
    (path,) = pictures(photos, 1)
    send(fresh, saved(7, path, [box(0)], 1), saved(7, path, [box(0), box(50)], 3))
    assert counts(fresh) == [2]
    send(fresh, saved(7, path, [], 2), saved(7, path, [box(0), box(50)], 3))
    assert counts(fresh) == [2]
    assert outcome(fresh, "known") == 2
    send(fresh, saved(7, path, [], 4))
    assert counts(fresh) == [0]
    assert fresh.served.counted("corrections_kept") == 1


def test_what_is_deleted_or_skipped_counts_no_more(fresh: Studio, photos: Path) -> None:
    one, two = pictures(photos, 2)
    send(fresh, saved(7, one, [box(0)]), saved(8, two, [box(0)]))
    assert counts(fresh) == [1, 1]
    send(fresh, {"action": "ANNOTATIONS_DELETED", "annotations": [{"id": 7}, {"id": 99}]})
    assert [item.path for item in settled(fresh)] == [two.lstrip("/")]
    send(fresh, saved(7, one, [box(0)], 5))
    assert len(settled(fresh)) == 1, "told late"
    send(fresh, saved(8, two, [], 6, was_cancelled=True))
    assert settled(fresh) == []
    send(fresh, saved(8, two, [box(0)], 7))
    assert counts(fresh) == [1]


def test_copies_of_predictions_in_bulk_teach_nothing(fresh: Studio, photos: Path) -> None:
    (path,) = pictures(photos, 1)
    whole = saved(7, path, [box(0)])
    bulk = {
        **whole,
        "action": "ANNOTATIONS_CREATED",
        "annotation": [whole["annotation"]],
        "task": [whole["task"]],
    }
    send(fresh, bulk)
    assert settled(fresh) == []
    assert outcome(fresh, "new") == 0


def test_a_picture_is_looked_at_once_for_several_annotators(fresh: Studio, photos: Path) -> None:
    (path,) = pictures(photos, 1)
    send(fresh, *(saved(k, path, [box(0)], completed_by=k) for k in (1, 2, 3)))
    assert [item.annotator for item in settled(fresh)] == ["1", "2", "3"]
    assert fresh.inferred == 1


def test_an_event_is_answered_while_models_are_busy(
    fresh: Studio, photos: Path, factory: Factory
) -> None:
    factory.inside.clear()
    paths = pictures(photos, 4)
    slowest = 0.0
    for k, path in enumerate(paths):
        begun = time.monotonic()
        send(fresh, saved(k + 1, path, [box(0)]))
        slowest = max(slowest, time.monotonic() - begun)
    assert slowest < 1, "Label Studio waits so long"
    assert fresh.served.counted("corrections_pending") == 4
    factory.inside.set()
    assert counts(fresh) == [1] * 4


def test_the_next_server_works_off_what_is_left(
    start: Start, photos: Path, factory: Factory
) -> None:
    paths = pictures(photos, 3)
    with start() as studio:
        factory.inside.clear()
        send(studio, *(saved(k, path, [box(0)]) for k, path in enumerate(paths)))
        until(lambda: factory.entered.acquire(blocking=False))
        factory.inside.set()
    with start() as studio:
        assert counts(studio) == [1, 1, 1]


def test_a_picture_that_cannot_be_had_keeps_no_other_waiting(fresh: Studio, photos: Path) -> None:
    (path,) = pictures(photos, 1)
    send(fresh, saved(7, str(photos / "gone.jpg"), [box(0)]), saved(8, path, [box(0)]))
    until(lambda: outcome(fresh, "kept") == 1)
    assert outcome(fresh, "failed") == 1
    assert fresh.served.counted("corrections_pending") == 1


@pytest.mark.parametrize(
    ("keys", "secret", "how", "kept"),
    [
        ((), "", {}, True),
        ((KEY,), "", {}, False),
        ((KEY,), "", {"auth": ("any", KEY)}, True),
        ((KEY,), SECRET, {"params": {"secret": SECRET}}, True),
        ((), SECRET, {"headers": {"x-webhook-secret": SECRET}}, True),
    ],
    ids=["open", "key but no secret", "key sent", "secret in the address", "secret in a header"],
)
def test_strangers_are_not_believed(
    start: Start, photos: Path, keys: tuple, secret: str, how: Any, kept: bool
) -> None:
    (path,) = pictures(photos, 1)
    with start(api_keys=keys, webhook_secret=secret) as studio:
        send(studio, saved(7, path, [box(0)]), **how)
        assert counts(studio) == ([1] if kept else [])
        gone = {"action": "ANNOTATIONS_DELETED", "annotations": [{"id": 7}]}
        assert studio.served.client.post("/webhook", json=gone).status_code in (200, 401)
        assert counts(studio) == ([1] if kept and (keys or secret) else [])


def test_nobody_without_the_secret(start: Start, photos: Path) -> None:
    with start(webhook_secret=SECRET) as studio:
        answer = studio.served.client.post("/webhook", json=saved(7, "a.jpg"))
        assert answer.status_code == 401
        assert outcome(studio, "new") == 0


ODD: dict[str, Any] = {
    "no annotation": {"action": "ANNOTATION_CREATED"},
    "no payload": {"action": "ANNOTATION_CREATED", "project": {"id": 1}},
    "a text": {**saved(1, "a"), "annotation": "x"},
    "no number": saved(1, "a", id=None),
    "no task": {**saved(1, "a"), "task": None},
    "no data": {**saved(1, "a"), "task": {"id": 1, "data": []}},
    "no config": {**saved(1, "a"), "project": {"id": 1, "label_config": None}},
    "deleted, no list": {"action": "ANNOTATIONS_DELETED", "annotations": {"id": 3}},
    "deleted, no numbers": {"action": "ANNOTATIONS_DELETED", "annotations": [1, {}, {"id": True}]},
}


@pytest.mark.parametrize("case", ODD)
def test_odd_events_are_passed_over(tiny: Studio, case: str) -> None:
    before = outcome(tiny, "new") + outcome(tiny, "deleted")
    send(tiny, ODD[case])
    assert outcome(tiny, "new") + outcome(tiny, "deleted") == before


NOTHING = {
    "another config": {"project": {"id": 2, "label_config": "<View><Text name='t'/></View>"}},
    "no XML": {"project": {"id": 2, "label_config": "<View"}},
    "no picture": {"task": {"id": 1, "data": {"text": "hello"}}},
}


@pytest.mark.parametrize("case", NOTHING)
def test_what_no_model_is_asked_about_is_passed(fresh: Studio, case: str) -> None:
    send(fresh, {**saved(7, "a.jpg", [box(0)]), **NOTHING[case]})
    until(lambda: outcome(fresh, "passed") == 1)
    assert settled(fresh) == []


def test_odd_regions_cost_only_themselves(fresh: Studio, photos: Path) -> None:
    (path,) = pictures(photos, 1)
    odd = [
        None,
        3,
        {"type": "rectanglelabels"},
        box(10, value={"x": "a"}),
        box(20, to_name="other"),
    ]
    send(fresh, saved(7, path, [*odd, box(0), box(50, "unheard of")]))
    (left,) = settled(fresh)
    assert left.annotations.boxes[:, 0].tolist() == [0, 32]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text("a1é", max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.just("id"), inner),
    max_leaves=6,
)
PLACES = ["id", "result", "unique_id", "updated_at", "lead_time", "completed_by", "prediction"]


@settings(max_examples=60)
@given(place=st.sampled_from([*PLACES, "task", "project", "was_cancelled"]), value=JSON)
def test_whatever_is_sent_is_read_or_passed_over(place: str, value: Any) -> None:
    body = saved(1, "a.jpg", [box(0)])
    (body if place in body else body["annotation"])[place] = value
    told = events.read(json.dumps(body).encode())
    for event in told.events:
        found = events.saved(event)
        assert isinstance(found.result, list)
        assert event.number
        assert event.at > 0


def test_the_start_of_a_training_is_still_refused(fresh: Studio) -> None:
    answer: httpx.Response = fresh.served.client.post("/webhook", json={"action": "START_TRAINING"})
    assert answer.status_code == 501
