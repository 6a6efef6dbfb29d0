"""Every protocol answers every kind of failure in its own way, and tells no secret with it.

What each makes of a failure stands in `WAYS`; a protocol that is listed in `PROTOCOLS` and not
there fails the first test.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import fake_models
import httpx
import pytest
from fake_models import until
from serving import jpeg, serve

from server.protocols import PROTOCOLS, members, of_path
from server.protocols import Protocol as Member

KEY = "k3y-of-the-server"
SECRET = "/srv/models/secret-place"
FORBIDDEN = (KEY, SECRET, "Traceback", 'File "', ".py", "site-packages", "/tmp/", "prelabel-data")


@dataclass
class Way:
    """How a protocol is asked for a prediction, and what it says to failures.

    `ask` takes a client, a seed for the picture and a number of bytes to add. `statuses`: of busy,
    large, late, key and fault. `told` checks a body.
    """

    ask: Callable[..., httpx.Response]
    told: Callable[[str, httpx.Response], None]
    statuses: dict[str, int]
    late: dict[str, Any] = field(default_factory=dict)


def ask_native(client: httpx.Client, seed: int = 0, more: int = 0, **extra: Any) -> httpx.Response:
    body = jpeg(seed=seed) + b"\0" * more
    headers = {"content-type": "image/jpeg", **extra.pop("headers", {})}
    return client.post("/api/v1/predict", content=body, headers=headers, **extra)


KINDS = {
    "busy": "BusyError",
    "large": "TooLargeError",
    "late": "DeadlineError",
    "key": "AccessError",
    "fault": "InternalError",
}


def native_told(case: str, answer: httpx.Response) -> None:
    error = answer.json()["error"]
    assert set(error) == {"kind", "message", "hint"}
    assert error["kind"] == KINDS[case]
    assert error["message"]
    assert ("retry-after" in answer.headers) == (case == "busy")


CONFIG = """<View><Image name="image" value="$image"/><RectangleLabels name="boxes" toName="image">
<Label value="red"/></RectangleLabels></View>"""


def ask_label_studio(
    client: httpx.Client, seed: int = 0, more: int = 0, **extra: Any
) -> httpx.Response:
    image = "data:image/jpeg;base64," + base64.b64encode(jpeg(seed=seed)).decode()
    tasks = [{"id": seed, "data": {"image": image}, "filler": "x" * more}]
    body = {"tasks": tasks, "project": f"{seed}.1", "label_config": CONFIG, "params": {}}
    return client.post("/predict", json=body, **extra)


def label_studio_told(case: str, answer: httpx.Response) -> None:
    """Nothing for the task where it may come again; the plain form where it must not."""
    if answer.status_code == 200:
        entries = answer.json()["results"]
        assert len(entries) == 1
        assert entries[0] in ([], {"result": []}) or entries[0].get("result") == []
    else:
        assert answer.json()["error"]["kind"] == KINDS[case]


WAYS: dict[str, Way] = {
    "native": Way(
        ask_native,
        native_told,
        {"busy": 503, "large": 413, "late": 504, "key": 401, "fault": 500},
        {"request_timeout": 0.3},
    ),
    "label_studio": Way(
        ask_label_studio,
        label_studio_told,
        {"busy": 200, "large": 413, "late": 200, "key": 401, "fault": 200},
        {"label_studio_deadline": 0.3},
    ),
}


class Faulty(fake_models.Factory):
    """Models whose predictions fail with what must not go out."""

    def enter(self, sha256: str) -> None:
        raise RuntimeError(f"cannot read {SECRET}/model.onnx with {KEY}")


@pytest.fixture(params=list(PROTOCOLS))
def way(request: pytest.FixtureRequest) -> Way:
    return WAYS[request.param]


@pytest.fixture
def held() -> Iterator[fake_models.Factory]:
    """Models whose predictions wait until they may go on."""
    factory = fake_models.Factory(workers=1)
    factory.inside.clear()
    yield factory
    factory.inside.set()


def check(way: Way, case: str, answer: httpx.Response) -> None:
    assert answer.status_code == way.statuses[case], answer.text
    way.told(case, answer)
    for text in (answer.text, str(answer.headers)):
        assert not [word for word in FORBIDDEN if word in text]


def test_every_protocol_says_here_what_it_does() -> None:
    assert set(WAYS) == set(PROTOCOLS)


@pytest.mark.parametrize("room", [{"queue": 1}, {"in_flight": 2}], ids=["gate", "door"])
def test_busy(way: Way, held: fake_models.Factory, tiny: Path, room: dict[str, int]) -> None:
    with (
        serve({"tiny": tiny}, opener=held, workers=1, **room) as served,
        ThreadPoolExecutor(2) as others,
    ):
        gate = served.service.gate
        begun = [others.submit(ask_native, served.client, seed) for seed in (1, 2)]
        until(lambda: (gate.inside, gate.waiting) == (1, 1))
        answer = way.ask(served.client, 3)
        held.inside.set()
        assert [each.result().status_code for each in begun] == [200, 200]
    check(way, "busy", answer)


def test_too_large(way: Way, tiny: Path) -> None:
    with serve({"tiny": tiny}, max_body=30_000) as served:
        answer = way.ask(served.client, more=40_000)
    check(way, "large", answer)


def test_too_late(way: Way, held: fake_models.Factory, tiny: Path) -> None:
    with serve({"tiny": tiny}, opener=held, workers=1, **way.late) as served:
        answer = way.ask(served.client)
        held.inside.set()
    check(way, "late", answer)


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic d3Jvbmc6", "Basic \xff"])
def test_a_wrong_key(way: Way, tiny: Path, header: str | None) -> None:
    with serve({"tiny": tiny}, api_keys=(KEY,)) as served:
        headers = {"authorization": header.encode("latin-1")} if header else {}
        answer = way.ask(served.client, headers=headers)
        check(way, "key", answer)
        right = way.ask(served.client, headers={"authorization": f"Bearer {KEY}"})
        assert right.status_code == 200
    assert "basic" in answer.headers["www-authenticate"].lower()


def test_a_fault_of_ours(way: Way, tiny: Path, caplog: pytest.LogCaptureFixture) -> None:
    with serve({"tiny": tiny}, opener=Faulty()) as served:
        answer = way.ask(served.client)
        assert served.client.get("/ready").status_code == 200
    check(way, "fault", answer)
    traces = [record for record in caplog.records if record.exc_info]
    assert any(SECRET in str(record.exc_info[1]) for record in traces if record.exc_info)


def test_an_answer_by_a_failure_that_fails_itself(tiny: Path) -> None:
    def broken(error: Exception, request: object) -> Any:
        raise OSError(f"no such file: {SECRET}")

    native = next(member for member in members() if member.name == "native")
    spoilt = Member(name="native", prefixes=native.prefixes, routes=native.routes, failure=broken)
    with serve({"tiny": tiny}, protocols={"native": spoilt}) as served:
        answer = served.client.get("/api/v1/jobs/none")
    assert answer.status_code == 500
    assert SECRET not in answer.text


def test_failed_requests_leave_no_place_taken(way: Way, tiny: Path) -> None:
    with serve({"tiny": tiny}, in_flight=2, max_body=30_000) as served:
        for seed in range(6):
            assert way.ask(served.client, seed, 40_000).status_code == 413
        assert way.ask(served.client).status_code == 200


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api/v1", "native"),
        ("/api/v1/jobs/1", "native"),
        ("/api/v10", ""),
        ("/predict", "label_studio"),
        ("/predict/x", "label_studio"),
        ("/predictions", ""),
        ("/", ""),
    ],
)
def test_a_path_belongs_to_the_longest_prefix(path: str, name: str) -> None:
    found = of_path(path, members())
    assert (found.name if found else "") == name
