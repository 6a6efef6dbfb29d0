"""Who may speak, and what a refusal looks like: /health for two clients, events, failures."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import httpx
import pytest
from fake_models import Factory, until
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from label_studio_calls import BOXES, Start, Studio, pictures

from prelabel.fetch.pictures import Pictures

KEY = "s3cret"
BASIC = ("annotator", KEY)
PATHS = [("POST", "/setup"), ("POST", "/predict"), ("GET", "/versions"), ("POST", "/train")]


def refused(answer: httpx.Response) -> bool:
    """A 401 that names what is taken."""
    offered = answer.headers.get_list("www-authenticate")
    return answer.status_code == 401 and any(text.startswith("Basic ") for text in offered)


class TestHealth:
    def test_its_body(self, fresh: Studio, photos: Path) -> None:
        before = time.time()
        found = fresh.served.client.get("/health").json()
        assert found.keys() == {"status", "models_loaded", "timestamp"}
        assert (found["status"], found["models_loaded"]) == ("healthy", 0)
        assert before - 1 < found["timestamp"] < time.time() + 1
        fresh.predict(pictures(photos, 1))
        assert fresh.served.client.get("/health").json()["models_loaded"] == 1

    def test_label_studio_is_asked_for_credentials(self, start: Start) -> None:
        with start(api_keys=(KEY,)) as studio:
            client = studio.served.client
            assert refused(client.get("/health"))
            assert refused(client.get("/health", auth=("annotator", "wrong")))
            assert client.get("/health", auth=BASIC).json()["status"] == "healthy"
            assert client.get("/health", auth=(KEY, "")).json()["status"] == "healthy"

    def test_x_anylabeling_is_let_in_by_its_header(self, start: Start) -> None:
        with start(api_keys=(KEY,)) as studio:
            client = studio.served.client
            for token in ("", "wrong", KEY):
                assert client.get("/health", headers={"Token": token}).status_code == 200
            for method, path in PATHS:
                assert refused(client.request(method, path, headers={"Token": ""}))

    def test_bad_credentials_are_refused_not_an_error(self, start: Start) -> None:
        odd = (
            b"Bearer x",
            b"Basic",
            b"Basic \xff\xfe",
            b"Basic =",
            b"Basic YQ==",
            b"\xe4\xf6",
            b"",
        )
        with start(api_keys=(KEY,)) as studio:
            for value in odd:
                headers = [(b"authorization", value)]
                assert refused(studio.served.client.get("/health", headers=headers)), value


def test_the_other_paths_need_the_key(start: Start) -> None:
    body = {"tasks": [], "label_config": BOXES, "schema": BOXES}
    with start(api_keys=(KEY,)) as studio:
        for method, path in PATHS:
            assert refused(studio.served.client.request(method, path, json=body)), path
            answer = studio.served.client.request(method, path, json=body, auth=BASIC)
            assert answer.status_code == (501 if path == "/train" else 200), path


class TestToken:
    """The token that /setup brings along is that of whoever calls."""

    SITE = "http://studio.example:8080"

    @staticmethod
    def sent(studio: Studio, site: str) -> dict[str, str]:
        """The credentials that go to a site for a picture."""
        fetcher = studio.served.service.fetcher
        assert isinstance(fetcher, Pictures)
        tokens = fetcher.label_studio.tokens
        return tokens.headers(f"{site}/data/upload/1/a.jpg") if tokens else {}

    def test_it_goes_to_the_set_host_alone(self, start: Start) -> None:
        with start(label_studio_url=self.SITE) as studio:
            for other in ("http://other.example:8080", f"{self.SITE}1", "studio.example:8080", ""):
                studio.setup(hostname=other, access_token="legacy")
                assert self.sent(studio, self.SITE) == {}
            studio.setup(hostname=self.SITE, access_token="legacy")
            assert self.sent(studio, self.SITE) == {"Authorization": "Token legacy"}
            assert self.sent(studio, "http://other.example:8080") == {}

    def test_a_token_that_was_set_stays(self, start: Start) -> None:
        with start(label_studio_url=self.SITE, label_studio_api_key="ours") as studio:
            studio.setup(hostname=self.SITE, access_token="theirs")
            assert self.sent(studio, self.SITE) == {"Authorization": "Token ours"}

    def test_without_a_set_host_it_goes_nowhere(self, start: Start) -> None:
        with start() as studio:
            studio.setup(hostname=self.SITE, access_token="legacy")
            assert self.sent(studio, self.SITE) == {}

    def test_odd_ones_are_passed_over(self, start: Start) -> None:
        with start(label_studio_url=self.SITE) as studio:
            for odd in ("a\nb", "ü", 3, None, ["x"]):
                studio.setup(hostname=self.SITE, access_token=odd)
                assert self.sent(studio, self.SITE) == {}


class TestEvents:
    def test_they_are_counted(self, fresh: Studio) -> None:
        actions = ["ANNOTATION_CREATED", "ANNOTATION_CREATED", "TASKS_DELETED", "ODD\n{}", "x" * 99]
        for action in actions:
            body = {"action": action, "annotation": {"result": []}, "task": {}, "project": {}}
            assert fresh.served.client.post("/webhook", json=body).status_code == 200
        for odd in ({}, {"action": None}, {"action": [1]}):
            assert fresh.served.client.post("/webhook", json=odd).status_code == 200
        counted = {
            name: fresh.served.counted("label_studio_events_total", action=name)
            for name in ("ANNOTATION_CREATED", "TASKS_DELETED", "other", "ODD\n{}")
        }
        assert list(counted.values()) == [2, 1, 5, 0]

    def test_training_is_not_pretended(self, studio: Studio) -> None:
        client = studio.served.client
        for answer in (
            client.post("/webhook", json={"action": "START_TRAINING", "project": {"id": 1}}),
            client.post("/train", json={"annotations": [], "project": "1.2"}),
        ):
            assert answer.status_code == 501
            assert "training is not offered" in answer.json()["error"]

    def test_they_come_without_the_key(self, start: Start) -> None:
        with start(api_keys=(KEY,)) as studio:
            answer = studio.served.client.post("/webhook", json={"action": "TASKS_CREATED"})
            assert answer.status_code == 200

    def test_a_secret_is_asked_for_where_one_is_set(self, start: Start) -> None:
        event = {"action": "TASKS_CREATED"}
        with start(api_keys=(KEY,), webhook_secret="hush") as studio:
            client = studio.served.client
            assert refused(client.post("/webhook", json=event))
            assert refused(client.post("/webhook", json=event, params={"secret": "hus"}))
            odd = [(b"x-webhook-secret", b"\xfc\xff")]
            assert refused(client.post("/webhook", json=event, headers=odd))
            for way in (
                {"params": {"secret": "hush"}},
                {"headers": {"X-Webhook-Secret": "hush"}},
                {"auth": BASIC},
            ):
                assert client.post("/webhook", json=event, **way).status_code == 200
            assert studio.served.counted("label_studio_events_total", action="TASKS_CREATED") == 3

    def test_without_keys_the_secret_still_counts(self, start: Start) -> None:
        with start(webhook_secret="hush") as studio:
            answer = studio.served.client.post("/webhook", json={}, auth=BASIC)
            assert refused(answer)


FLOATS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | FLOATS | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "tasks": VALUES
        | st.lists(st.fixed_dictionaries({}, optional={"id": VALUES, "data": VALUES})),
        "label_config": VALUES | st.just(BOXES),
        "schema": VALUES | st.just(BOXES),
        "action": VALUES,
        "params": VALUES | st.fixed_dictionaries({"context": VALUES}),
        "hostname": VALUES,
        "access_token": VALUES,
    },
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BODIES)
def test_whatever_is_sent_is_no_fault(studio: Studio, body: dict) -> None:
    for path in ("/predict", "/setup", "/webhook"):
        answer = studio.served.client.post(path, json=body)
        assert answer.status_code in (200, 422), (path, answer.text)
        if path == "/predict" and answer.status_code == 200:
            assert len(answer.json()["results"]) == len(body["tasks"])
            assert answer.json()["model_version"]


class TestFailures:
    def test_too_many_requests_are_nothing_for_each_task(
        self, start: Start, photos: Path, factory: Factory
    ) -> None:
        paths = pictures(photos, 3)
        with start(in_flight=1, label_studio_deadline=10) as studio:
            factory.inside.clear()
            blocked = threading.Thread(target=studio.post, args=(paths[:1],))
            blocked.start()
            assert factory.entered.acquire(timeout=10)
            answer = studio.post(paths)
            assert answer.status_code == 200
            assert answer.json()["results"] == [[], [], []]
            assert studio.served.client.get("/health").status_code == 200
            factory.inside.set()
            blocked.join(20)

    def test_a_fault_is_nothing_for_its_task(
        self, studio: Studio, photos: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        paths = pictures(photos, 3)
        decode = studio.served.service.fetcher.read

        def faulty(address: str, *rest: object) -> bytes:
            if address == paths[1]:
                raise ZeroDivisionError("a fault of ours")
            return decode(address, *rest)

        monkeypatch.setattr(studio.served.service.fetcher, "read", faulty)
        assert [result != [] for result in studio.predict(paths)] == [True, False, True]
        assert studio.predict(paths[1:2]) == [[]]

    def test_a_fault_of_everything_is_nothing_for_each_task(
        self, studio: Studio, photos: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        paths = pictures(photos, 3)

        def faulty(name: str) -> str:
            raise ZeroDivisionError("a fault of ours")

        monkeypatch.setattr(studio.served.service.pool, "look", faulty)
        assert studio.predict(paths) == [[], [], []]
        assert studio.predict(paths[:1]) == [[]]

    def test_too_large_a_body_is_413(self, start: Start) -> None:
        with start(max_body=1000) as studio:
            assert studio.post(["x" * 2000]).status_code == 413

    def test_unknown_paths_are_404(self, studio: Studio) -> None:
        for path in ("/health/x", "/predict/1", "/validate", "/job_status"):
            assert studio.served.client.get(path).status_code == 404
        assert studio.served.client.get("/predict").status_code == 405

    def test_a_restart_in_the_middle_answers_what_is_there(
        self, start: Start, photos: Path, factory: Factory
    ) -> None:
        paths = pictures(photos, 40)
        answers: list[httpx.Response] = []
        with start(label_studio_deadline=20) as studio:
            client = httpx.Client(base_url=studio.served.url, trust_env=False, timeout=30)
            body = {
                "tasks": [studio.task(i, p) for i, p in enumerate(paths)],
                "label_config": BOXES,
            }
            call = threading.Thread(
                target=lambda: answers.append(client.post("/predict", json=body))
            )
            factory.inside.clear()
            call.start()
            until(lambda: studio.served.service.gate.inside > 0)
        call.join(30)
        client.close()
        (answer,) = answers
        assert answer.status_code == 200
        assert len(answer.json()["results"]) == 40
