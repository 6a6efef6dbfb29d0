"""The doctor of Label Studio, against answers as version 1.23.2 gives them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from label_studio_tokens import jwt

from prelabel.doctor import Finding, Mark, backend
from prelabel.doctor.label_studio import Case, examine

URL = "http://studio.example:8080"
BACKEND = "http://127.0.0.1:9090"
KEY = "legacy-token"
BLOCKED = "URL resolves to a reserved network address (block: 127.0.0.0/8)"
ABOUT = "Can't connect to ML backend, health check failed. Additional info: "
MISSING = "404 Client Error: Not Found for url: http://127.0.0.1:9090/prelabel-doctor/health"
REFUSED = "HTTPConnectionPool(host='127.0.0.1', port=9090): Max retries exceeded: refused"

Answer = tuple[int, Any]


@dataclass
class Studio:
    """Answers of Label Studio 1.23.2, as observed, and of a server of ours beside it."""

    model_blocked: bool = False
    events_blocked: bool = False
    reached: str = MISSING
    legacy: bool = True
    files: bool = True
    rows: list[dict] = field(default_factory=list)
    hooks: list[dict] = field(default_factory=list)
    projects: list[dict] = field(default_factory=lambda: [{"id": 7}])
    version: str = "1.23.2"
    accepts: bool = False
    health: Answer = (200, {"status": "healthy"})
    deleted: list[str] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if str(request.url).startswith(BACKEND):
            return answer(*self.health)
        path = request.url.path.removeprefix("/studio")
        if path == "/api/version":
            return answer(200, {"release": self.version, "label-studio-os-package": {}})
        if path == "/api/token/refresh/":
            return answer(200, {"access": jwt("access", 300)})
        refusal = self.refusal(request.headers.get("authorization", ""))
        if refusal:
            return answer(401, {"detail": refusal})
        if request.method == "POST":
            return answer(*self.posted(path, json.loads(request.content)))
        if request.method == "DELETE":
            self.deleted.append(path)
            return answer(204, None)
        return answer(*self.found(path))

    def refusal(self, header: str) -> str:
        if header.startswith("Bearer "):
            return ""
        if header != f"Token {KEY}":
            return "Invalid token."
        if not self.legacy:
            return (
                "Authentication token no longer valid: legacy token authentication has been "
                "disabled for this organization"
            )
        return ""

    def found(self, path: str) -> Answer:
        return {
            "/api/current-user/whoami": (200, {"email": "a@example.com"}),
            "/api/jwt/settings": (200, {"legacy_api_tokens_enabled": self.legacy}),
            "/api/projects": (200, {"results": self.projects}),
            "/api/ml": (200, self.rows),
            "/api/webhooks/": (200, self.hooks),
            "/data/local-files/": (404, "") if self.files else (403, "... it's disabled by ..."),
        }[path]

    def posted(self, path: str, body: dict) -> Answer:
        """A form is read field by field: an address that is blocked is told before the rest."""
        blocked = self.model_blocked if path == "/api/ml" else self.events_blocked
        if blocked:
            return 403, {"detail": BLOCKED}
        if body.get("auth_method") == "BASIC_AUTH" or "actions" in body:
            return 400, {"detail": "Validation error", "validation_errors": {"actions": ["no"]}}
        if self.accepts:
            return 201, {"id": 31}
        return 400, {"validation_errors": {"non_field_errors": [ABOUT + self.reached]}}

    def told(self, **case: Any) -> list[Finding]:
        given = {"url": URL, "key": KEY, "backend": BACKEND} | case
        return list(examine(Case(**given), httpx.MockTransport(self)))

    def problems(self, **case: Any) -> list[str]:
        return [str(f) for f in self.told(**case) if f.mark is Mark.PROBLEM]


def answer(status: int, body: Any) -> httpx.Response:
    if isinstance(body, str):
        return httpx.Response(status, text=body)
    return httpx.Response(status, json=body)


def row(number: int = 1, state: str = "CO", url: str = BACKEND) -> dict:
    words = {"CO": "Connected", "DI": "Disconnected", "ER": "Error"}
    return {"id": number, "state": state, "readable_state": words[state], "url": url}


HOOK = {"url": f"{BACKEND}/webhook"}


def test_a_connection_in_order_has_no_problem_and_no_note() -> None:
    found = Studio(rows=[row()], hooks=[HOOK]).told()
    assert {finding.mark for finding in found} == {Mark.OK}
    assert len(found) == 6


@pytest.mark.parametrize(
    ("studio", "case", "what", "todo"),
    [
        (Studio(model_blocked=True, events_blocked=True), {}, BLOCKED, "SSRF_PROTECTION_ENABLED"),
        (Studio(model_blocked=True, events_blocked=True), {}, BLOCKED, "ML_BLOCK_LOCAL_IP=false"),
        (Studio(events_blocked=True), {}, "half-create", "SSRF_PROTECTION_ENABLED=false"),
        (Studio(model_blocked=True), {}, "refuses", "ML_BLOCK_LOCAL_IP=false"),
        (Studio(rows=[row()]), {}, "half-created", "delete it"),
        (Studio(rows=[row(state="DI")], hooks=[HOOK]), {}, "Disconnected", "start it"),
        (Studio(rows=[row(1), row(2)], hooks=[HOOK]), {}, "2 times", "all but one"),
        (Studio(reached=REFUSED), {}, "cannot reach http://127.0.0.1:9090", "listens"),
        (Studio(), {"key": ""}, "no token", "LABEL_STUDIO_API_KEY"),
        (Studio(), {"key": "other"}, "does not know this token", "copy it again"),
        (Studio(), {"key": "two words"}, "a blank", "copy it again"),
        (Studio(), {"key": jwt("refresh", 9).rpartition(".")[0]}, "last part", "three parts"),
        (Studio(legacy=False), {}, "legacy tokens are off", "Personal Access Token"),
        (Studio(), {"url": "studio.example:8080"}, "expected http", "take http://studio.example"),
        (Studio(), {"url": f"{URL}/projects/7/data?tab=1"}, "is a page", f"take {URL}"),
        (Studio(health=(404, {})), {}, "answers 404", "without a path"),
        (Studio(health=(200, "fine")), {}, "not answer in JSON", "prelabel's server"),
        (Studio(health=(401, {})), {"keys": ["k"]}, "refuses the key", "of that server"),
        (Studio(), {"backend": "localhost:9090"}, "expected http", "prints"),
    ],
)
def test_each_trouble_is_told_with_what_to_do(
    studio: Studio, case: dict, what: str, todo: str
) -> None:
    problems = studio.problems(**case)
    assert len(problems) == 1
    said, _, advice = problems[0].partition(" -> ")
    assert what in said
    assert todo in advice


def test_a_page_is_a_problem_and_the_rest_is_looked_at_all_the_same() -> None:
    found = Studio().told(url=f"{URL}/studio/projects/7/data")
    assert f"take {URL}/studio" in str(found[0])
    assert "accepted" in "".join(map(str, found))


@pytest.mark.parametrize(
    ("raised", "what", "todo"),
    [
        (httpx.ConnectError("[Errno 111] Connection refused"), "refuses connections", "8080"),
        (httpx.ConnectError("[Errno -2] Name or service not known"), "not known", "spelling"),
        (httpx.ConnectTimeout("timed out"), "does not answer", "firewall"),
        (httpx.ConnectError("CERTIFICATE_VERIFY_FAILED"), "certificate", "trusts"),
        (httpx.ConnectError("[SSL: WRONG_VERSION_NUMBER]"), "http, not https", "take https://"),
        (httpx.RemoteProtocolError("Server disconnected"), "not speak http", "take https://"),
    ],
)
def test_where_nothing_answers(raised: Exception, what: str, todo: str) -> None:
    found = list(examine(Case(URL, KEY), httpx.MockTransport(raising(raised))))
    assert len(found) == 1
    assert what in found[0].what
    assert todo in found[0].todo


def raising(error: Exception) -> Callable[[httpx.Request], httpx.Response]:
    def network(request: httpx.Request) -> httpx.Response:
        raise error

    return network


@pytest.mark.parametrize(
    ("given", "what", "todo"),
    [
        (httpx.Response(404, text="nginx"), "not Label Studio", "8080"),
        (httpx.Response(200, json={"release": "1"}), "not Label Studio", "8080"),
        (httpx.Response(502), "a proxy answers 502", "start Label Studio"),
        (
            httpx.Response(400, text="The plain HTTP request was sent to HTTPS port"),
            "wants https",
            "take https://studio.example:8080",
        ),
        (
            httpx.Response(301, headers={"location": "https://studio.example/api/version"}),
            "elsewhere",
            "take https://studio.example",
        ),
    ],
)
def test_where_something_else_answers(given: httpx.Response, what: str, todo: str) -> None:
    (found,) = examine(Case(URL, KEY), httpx.MockTransport(lambda _: given))
    assert found.mark is Mark.PROBLEM
    assert what in found.what
    assert todo in found.todo


def test_what_may_be_as_it_should_be_is_a_note() -> None:
    studio = Studio(legacy=False, files=False, version="1.14.0", health=(401, {}))
    found = studio.told(key=jwt("refresh", 9000))
    notes = " ".join(str(f) for f in found if f.mark is Mark.NOTE)
    for words in ("tested with", "legacy tokens are off", "no local files", "credentials"):
        assert words in notes
    assert not studio.problems(key=jwt("refresh", 9000))


def test_without_a_project_the_address_itself_is_judged() -> None:
    notes = [f for f in Studio(projects=[]).told() if f.mark is Mark.NOTE]
    assert "no project" in notes[0].what
    assert "SSRF_PROTECTION_ENABLED=false" in notes[1].todo


def test_a_probe_that_was_accepted_after_all_is_taken_back() -> None:
    studio = Studio(accepts=True)
    studio.told()
    assert studio.deleted == ["/api/ml/31"]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:9090", "this machine"),
        ("http://[::1]:9090", "this machine"),
        ("http://2130706433:9090", "this machine"),
        ("http://10.1.2.3", "a private network"),
        ("http://192.168.0.7:9090/x", "a private network"),
        ("http://8.8.8.8", ""),
        ("http://", ""),
    ],
)
def test_which_addresses_label_studio_refuses_as_it_comes(url: str, reason: str) -> None:
    assert backend.private(url) == reason
