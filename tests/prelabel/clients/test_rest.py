"""Requests to an annotation server: what is repeated, what is told, where the token goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import httpx
import pytest
from label_studio_tokens import jwt

from prelabel.clients.rest import LONGEST, PAUSES, TRIES, AnswerError, Rest
from prelabel.clients.tokens import Tokens
from prelabel.errors import FetchError

URL = "http://studio.example:8080"
PATH = "api/projects/7"
Answer = httpx.Response | Exception


class Network:
    """Gives the answers of a list, the last one for ever; notes requests and pauses."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.pauses: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    def rest(self, key: str = "legacy", exchange: Callable | None = None) -> Rest:
        tokens = Tokens(URL, key, exchange)
        return Rest(tokens, httpx.MockTransport(self), self.pauses.append)


def fine() -> httpx.Response:
    return httpx.Response(200, json={"id": 7})


def test_an_answer_is_its_json_and_the_request_carries_the_token() -> None:
    network = Network([fine()])
    with network.rest() as rest:
        assert rest.get(PATH, page=2) == {"id": 7}
    (request,) = network.requests
    assert str(request.url) == f"{URL}/{PATH}?page=2"
    assert request.headers["authorization"] == "Token legacy"


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_reading_is_tried_again(status: int) -> None:
    network = Network([httpx.Response(status), httpx.Response(status), fine()])
    assert network.rest().get(PATH) == {"id": 7}
    assert network.pauses == list(PAUSES[:2])


def test_tries_end() -> None:
    network = Network([httpx.Response(503)])
    with pytest.raises(AnswerError, match="503 Service Unavailable") as caught:
        network.rest().get(PATH)
    assert len(network.requests) == TRIES
    assert caught.value.status == 503
    assert f"{URL}/{PATH}" in str(caught.value)


@pytest.mark.parametrize(("asked", "pause"), [("7", 7.0), ("86400", LONGEST), ("soon", PAUSES[0])])
def test_the_server_says_how_long_to_wait(asked: str, pause: float) -> None:
    network = Network([httpx.Response(429, headers={"retry-after": asked}), fine()])
    network.rest().get(PATH)
    assert network.pauses == [pause]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_writing_is_not_repeated_when_it_may_have_happened(status: int) -> None:
    network = Network([httpx.Response(status)])
    with pytest.raises(AnswerError) as caught:
        network.rest().post(PATH, b"{}")
    assert len(network.requests) == 1
    assert caught.value.sent


def test_writing_is_not_repeated_when_the_answer_got_lost() -> None:
    network = Network([httpx.ReadTimeout("late")])
    with pytest.raises(AnswerError, match="did not answer") as caught:
        network.rest().post(PATH, b"{}")
    assert len(network.requests) == 1
    assert caught.value.sent


@pytest.mark.parametrize("refusal", [httpx.ConnectError("refused"), httpx.Response(429)])
def test_writing_is_repeated_when_nothing_has_happened(refusal: Answer) -> None:
    network = Network([refusal, fine()])
    assert network.rest().post(PATH, b'{"a":1}') == {"id": 7}
    assert [request.content for request in network.requests] == [b'{"a":1}'] * 2


def test_a_server_that_is_not_there_is_told_after_some_tries() -> None:
    network = Network([httpx.ConnectError("Connection refused")])
    with pytest.raises(AnswerError, match="is it running, and") as caught:
        network.rest().get(PATH)
    assert len(network.requests) == TRIES
    assert not caught.value.sent


def test_a_401_is_tried_once_more_with_a_new_access_token() -> None:
    count = iter(range(9))
    network = Network([httpx.Response(401), fine()])
    rest = network.rest(
        jwt("refresh", 9000), lambda *_: (200, {"access": jwt("access", 300, next(count))})
    )
    assert rest.get(PATH) == {"id": 7}
    first, second = (request.headers["authorization"] for request in network.requests)
    assert first != second
    assert not network.pauses


@pytest.mark.parametrize("key", ["legacy", jwt("refresh", 9000)])
def test_a_401_that_stays_is_told(key: str) -> None:
    network = Network([httpx.Response(401, json={"detail": "Invalid token."})])
    with pytest.raises(FetchError, match=r"401 Unauthorized: Invalid token\. .*doctor") as caught:
        network.rest(key, lambda *_: (200, {"access": jwt("access", 300)})).get(PATH)
    assert len(network.requests) <= 2
    assert key not in str(caught.value)


def test_redirects_are_told_and_not_followed() -> None:
    elsewhere = "https://studio.example/api/projects/7"
    network = Network([httpx.Response(301, headers={"location": elsewhere})])
    with pytest.raises(AnswerError, match=elsewhere):
        network.rest().get(PATH)
    assert len(network.requests) == 1


def test_cookies_are_not_kept() -> None:
    network = Network([httpx.Response(200, json={}, headers={"set-cookie": "sessionid=1; Path=/"})])
    rest = network.rest()
    rest.get(PATH)
    rest.get(PATH)
    assert all("cookie" not in request.headers for request in network.requests)


def test_a_page_is_not_an_answer() -> None:
    network = Network([httpx.Response(200, text="<html>")])
    with pytest.raises(AnswerError, match="does not answer with JSON"):
        network.rest().get(PATH)


def test_what_a_server_says_at_length_is_one_short_line() -> None:
    network = Network([httpx.Response(400, json={"validation_errors": ["a\nb " * 1000]})])
    with pytest.raises(AnswerError) as caught:
        network.rest().get(PATH, query="secret")
    assert len(str(caught.value)) < 500
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)
