"""Predictions on their way into Label Studio: each arrives once, whatever the network does."""

from __future__ import annotations

import json
from collections.abc import Iterable

import httpx
import pytest
from studio_double import Double

from prelabel.clients.rest import AnswerError
from prelabel.push.outbox import MOST, PAUSES, SECONDS, Outbox, Prediction


def prediction(task: int, label: str = "bird", fill: int = 0) -> Prediction:
    region = {"type": "rectanglelabels", "value": {"rectanglelabels": [label]}, "fill": "x" * fill}
    line = {"task": task, "model_version": "v", "score": 0.5, "result": [region]}
    return Prediction(task, json.dumps(line).encode())


class Sender:
    """An outbox to a Label Studio in memory, with a clock that stands still."""

    def __init__(self, studio: Double) -> None:
        self.studio = studio
        self.refused: dict[int, str] = {}
        self.now = 0.0
        self.pauses: list[float] = []
        self.outbox = Outbox(
            studio.client(),
            7,
            "v",
            self.refused.__setitem__,
            clock=lambda: self.now,
            sleep=self.pauses.append,
        )

    def send(self, predictions: Iterable[Prediction]) -> None:
        for one in predictions:
            self.outbox.add(one)
        self.outbox.flush()

    @property
    def arrived(self) -> list[int]:
        return sorted(p["task"] for p in self.studio.stored)


def studio(count: int, **more: object) -> Double:
    return Double("<View/>", {i: {} for i in range(1, count + 1)}, **more)


def test_predictions_go_in_bulk() -> None:
    sender = Sender(studio(2 * MOST + 3))
    sender.send(map(prediction, range(1, 2 * MOST + 4)))
    assert sender.studio.imports == [MOST, MOST, 3]
    assert sender.outbox.imported == 2 * MOST + 3
    assert not sender.refused


def test_large_predictions_go_in_fewer_at_a_time() -> None:
    sender = Sender(studio(9))
    sender.send(prediction(i, fill=3 << 20) for i in range(1, 10))
    assert sender.studio.imports == [2, 2, 2, 2, 1]


def test_nothing_waits_for_long() -> None:
    sender = Sender(studio(3))
    sender.outbox.add(prediction(1))
    sender.now += SECONDS
    sender.outbox.add(prediction(2))
    assert sender.arrived == [1, 2]


def test_a_task_that_is_gone_costs_the_others_nothing() -> None:
    sender = Sender(studio(20))
    del sender.studio.data[13]
    sender.send(map(prediction, range(1, 21)))
    assert sender.arrived == [i for i in range(1, 21) if i != 13]
    assert list(sender.refused) == [13]
    assert "task" in sender.refused[13]
    assert sender.outbox.imported == 19


def test_what_is_left_out_without_a_word_is_found_out() -> None:
    sender = Sender(studio(5, invalid={"fish"}))
    sender.send(prediction(i, "fish" if i == 4 else "bird") for i in range(1, 6))
    assert sender.arrived == [1, 2, 3, 5]
    assert list(sender.refused) == [4]
    assert sender.outbox.imported == 4


@pytest.mark.parametrize("early", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("fault", [httpx.ReadTimeout("late"), httpx.Response(502)], ids=repr)
def test_an_answer_that_got_lost_makes_no_prediction_twice(fault: object, early: bool) -> None:
    faults = iter([fault])
    sender = Sender(studio(7, fault=lambda _: next(faults, None), early=early))
    sender.send(map(prediction, range(1, 8)))
    assert sender.arrived == list(range(1, 8))
    assert sender.outbox.imported == 7
    assert sender.pauses == [PAUSES[0]]


def test_a_label_studio_that_stays_away_ends_it() -> None:
    sender = Sender(studio(3, fault=lambda _: httpx.Response(503)))
    with pytest.raises(AnswerError, match="503"):
        sender.send([prediction(1)])
    assert sender.pauses == list(PAUSES)


def test_a_user_who_may_not_is_told_at_once() -> None:
    sender = Sender(studio(3, fault=lambda _: httpx.Response(403)))
    with pytest.raises(AnswerError, match="403"):
        sender.send([prediction(1)])
    assert sender.studio.imports == [1]


def test_a_proxy_that_limits_requests_gets_smaller_ones() -> None:
    def limit(predictions: list[dict]) -> httpx.Response | None:
        return httpx.Response(413) if len(predictions) > 3 else None

    sender = Sender(studio(10, fault=limit))
    sender.send(map(prediction, range(1, 11)))
    assert sender.arrived == list(range(1, 11))
    assert not sender.refused
