"""Clients that go away, and predictions that are blocked: nobody else is held up."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import fake_models
import httpx
import pytest
from fake_models import until
from serving import Served, jpeg, serve


@pytest.fixture
def held() -> Iterator[fake_models.Factory]:
    """Models whose predictions wait until they may go on."""
    factory = fake_models.Factory(workers=1)
    factory.inside.clear()
    yield factory
    factory.inside.set()


def predict(served: Served, seed: int) -> httpx.Response:
    headers = {"content-type": "image/jpeg"}
    return served.client.post("/api/v1/predict", content=jpeg(seed=seed), headers=headers)


def begin(served: Served, body: bytes, *, all_of_it: bool = True) -> socket.socket:
    """A connection that has sent a prediction's request."""
    connection = socket.create_connection(served.address)
    lines = ("POST /api/v1/predict HTTP/1.1", "Host: localhost", "Content-Type: image/jpeg")
    head = "\r\n".join((*lines, f"Content-Length: {len(body)}", "", ""))
    connection.sendall(head.encode() + (body if all_of_it else body[:-1]))
    return connection


def test_the_work_of_a_client_that_left_is_dropped(tiny: Path, held: fake_models.Factory) -> None:
    with serve({"tiny": tiny}, opener=held, workers=1) as served, ThreadPoolExecutor(1) as pool:
        gate = served.service.gate
        first = pool.submit(predict, served, 1)
        until(lambda: gate.inside == 1)
        leaving = begin(served, jpeg(seed=2))
        until(lambda: gate.waiting == 1)
        leaving.close()
        until(lambda: gate.waiting == 0)
        held.inside.set()
        assert first.result().status_code == 200
        assert len(held.runs) == 1
        assert predict(served, 3).status_code == 200
        labels = {"protocol": "native", "route": "/api/v1/predict"}
        until(lambda: served.counted("requests_total", **labels, status="499") == 1)
        assert len(held.runs) == 2


def test_a_client_that_leaves_in_the_middle_of_its_body(
    tiny: Path, held: fake_models.Factory, caplog: pytest.LogCaptureFixture
) -> None:
    with serve({"tiny": tiny}, opener=held, in_flight=1) as served:
        labels = {"protocol": "native", "route": "/api/v1/predict", "status": "499"}
        for count in range(1, 6):
            begin(served, jpeg(seed=count), all_of_it=False).close()
            until(lambda count=count: served.counted("requests_total", **labels) == count)
        held.inside.set()
        assert predict(served, 9).status_code == 200
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_two_clients_with_one_picture_and_one_leaves(tiny: Path, held: fake_models.Factory) -> None:
    with serve({"tiny": tiny}, opener=held, workers=1) as served, ThreadPoolExecutor(1) as pool:
        leaving = begin(served, jpeg(seed=1))
        assert held.entered.acquire(timeout=20)
        staying = pool.submit(predict, served, 1)
        until(lambda: served.counted("requests_in_flight") == 2)
        leaving.close()
        until(lambda: served.counted("requests_in_flight") == 1)
        held.inside.set()
        assert staying.result().status_code == 200


def test_blocked_predictions_delay_nothing_else(tiny: Path, held: fake_models.Factory) -> None:
    """64 predictions that do not move; what touches memory only is answered all the same."""
    blocked, paths = 64, ("/ready", "/health", "/versions", "/api/v1/models", "/", "/metrics")
    with (
        serve({"tiny": tiny}, opener=held, workers=1, queue=blocked) as served,
        ThreadPoolExecutor(blocked) as pool,
    ):
        gate = served.service.gate
        waiting = [pool.submit(predict, served, seed) for seed in range(blocked)]
        until(lambda: gate.inside + gate.waiting == blocked)
        for _ in range(20):
            answers = [served.client.get(path, timeout=10) for path in paths]
            assert [answer.status_code for answer in answers] == [200] * len(paths)
        assert gate.inside + gate.waiting == blocked
        held.inside.set()
        assert {each.result().status_code for each in waiting} == {200}


def test_an_abandoned_prediction_keeps_its_thread_and_no_more(
    tiny: Path, held: fake_models.Factory
) -> None:
    """A model that hangs: requests end at their deadline, threads are bounded, then Busy."""
    settings = {"workers": 1, "in_flight": 2, "request_timeout": 0.1}
    with serve({"tiny": tiny}, opener=held, **settings) as served:
        late = [predict(served, seed) for seed in (1, 2)]
        assert [answer.status_code for answer in late] == [504, 504]
        held.inside.set()
        until(lambda: served.service.gate.inside == 0)
        until(lambda: predict(served, 3).status_code == 200)
