"""The guard over real sockets: keys, origins, bodies, places, headers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import fake_models
import httpx
import pytest
from fake_models import until
from serving import Served, jpeg, serve

KEY = "k3y-of-the-server"
LIMIT = 20_000


@pytest.fixture(scope="module")
def closed(tiny: Path) -> Iterator[Served]:
    """A server that asks for a key."""
    with serve({"tiny": tiny}, api_keys=("first", KEY), max_body=LIMIT) as served:
        yield served


@pytest.fixture(scope="module")
def local(tiny: Path) -> Iterator[Served]:
    """A server of this machine alone, without a key."""
    with serve({"tiny": tiny}) as served:
        yield served


PATHS = [
    ("GET", "/metrics"),
    ("GET", "/api/v1/models"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/api/v1/docs"),
    ("POST", "/api/v1/predict"),
    ("GET", "/api/v1/jobs"),
    ("GET", "/nowhere"),
    ("GET", "/ready/"),
    ("GET", "//ready"),
    ("GET", "/metrics/"),
    ("DELETE", "/metrics"),
    ("OPTIONS", "/api/v1/models"),
    ("GET", "/static/../metrics"),
    ("GET", "/static/..%2fmetrics"),
]


@pytest.mark.parametrize(("method", "path"), PATHS)
@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic d3Jvbmc6", "Token", "nonsense"])
def test_without_the_key_nothing_is_told(
    closed: Served, method: str, path: str, header: str | None
) -> None:
    headers = {"authorization": header} if header else {}
    raw = httpx.URL(closed.url).copy_with(raw_path=path.encode())
    answer = closed.client.request(method, raw, headers=headers)
    assert answer.status_code in (401, 404)
    assert answer.status_code == 401 or path.startswith("/static")
    assert "prelabel_" not in answer.text
    if answer.status_code == 401:
        assert answer.json()["error"]["kind"] == "AccessError"
        assert answer.headers.get_list("www-authenticate") == [
            "Bearer",
            'Basic realm="prelabel", charset="UTF-8"',
        ]


@pytest.mark.parametrize("path", ["/", "/ready", "/static/icon.svg"])
def test_open_paths_need_no_key(closed: Served, path: str) -> None:
    assert closed.client.get(path).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": f"Bearer {KEY}"},
        {"authorization": f"Token {KEY}"},
        {"authorization": httpx.BasicAuth("any", KEY)._auth_header},
        {"authorization": httpx.BasicAuth(KEY, "")._auth_header},
    ],
)
def test_a_key_opens_in_every_form(closed: Served, headers: dict[str, str]) -> None:
    assert closed.client.get("/metrics", headers=headers).status_code == 200


def test_a_script_is_not_offered_basic(closed: Served) -> None:
    answer = closed.client.get("/api/v1/models", headers={"sec-fetch-mode": "cors"})
    assert answer.headers.get_list("www-authenticate") == ["Bearer"]


@pytest.mark.parametrize(
    "header",
    [
        b"Authorization: Bearer \xff\xfe\xfd",
        b"Authorization: Basic \xc3\xbc\xc3\xbc",
        b"Authorization: ",
        f"Authorization: Bearer wrong\r\nAuthorization: Bearer {KEY}".encode(),
    ],
)
def test_odd_credentials_are_wrong_credentials(closed: Served, header: bytes) -> None:
    answer = closed.sent(
        b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + header + b"\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_other_sites_may_not_make_a_browser_act(closed: Served, site: str) -> None:
    headers = {"authorization": f"Bearer {KEY}", "sec-fetch-site": site}
    answer = closed.client.post("/api/v1/jobs", headers=headers, json={})
    assert answer.status_code == 403
    assert answer.json()["error"]["kind"] == "ForeignError"
    assert closed.client.get("/api/v1/jobs", headers=headers).status_code == 200
    headers["sec-fetch-site"] = "same-origin"
    assert closed.client.post("/api/v1/jobs", headers=headers, json={}).status_code == 422


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "10.0.0.1", "localhost.evil"])
def test_without_a_key_only_names_of_this_machine_are_answered(local: Served, host: str) -> None:
    answer = local.client.get("/api/v1/models", headers={"host": host})
    assert answer.status_code == 403
    assert answer.json()["error"]["kind"] == "ForeignError"


@pytest.mark.parametrize("host", ["localhost:9090", "LOCALHOST", "127.0.0.1", "127.1.2.3", "[::1]"])
def test_names_of_this_machine_are_answered(local: Served, host: str) -> None:
    assert local.client.get("/api/v1/models", headers={"host": host}).status_code == 200


def test_with_a_key_or_open_access_any_name_is_answered(closed: Served, tiny: Path) -> None:
    headers = {"host": "prelabel.example", "authorization": f"Bearer {KEY}"}
    assert closed.client.get("/api/v1/models", headers=headers).status_code == 200
    with serve({"tiny": tiny}, open_access=True) as served:
        headers = {"host": "prelabel.example"}
        assert served.client.get("/api/v1/models", headers=headers).status_code == 200


def head(*lines: str) -> bytes:
    first = ("POST /api/v1/predict HTTP/1.1", "Host: x", f"Authorization: Bearer {KEY}")
    return "\r\n".join((*first, "Content-Type: image/jpeg", *lines, "", "")).encode()


def test_a_length_that_is_too_large_is_refused_before_the_body(closed: Served) -> None:
    answer = closed.sent(head(f"Content-Length: {LIMIT + 1}"))
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"TooLargeError" in answer


def test_a_body_that_goes_on_is_refused_while_it_streams(closed: Served) -> None:
    piece = b"1000\r\n" + b"x" * 0x1000 + b"\r\n"
    answer = closed.sent(head("Transfer-Encoding: chunked"), more=piece * 10)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in answer.lower()


def test_a_body_of_exactly_the_limit_is_read(closed: Served) -> None:
    body = jpeg().ljust(LIMIT, b"\0")
    headers = {"authorization": f"Bearer {KEY}", "content-type": "image/jpeg"}
    answer = closed.client.post("/api/v1/predict", content=body, headers=headers)
    assert answer.status_code == 200
    answer = closed.client.post("/api/v1/predict", content=body + b"\0", headers=headers)
    assert answer.status_code == 413


def test_wrong_lengths_are_no_fault(closed: Served) -> None:
    for line in ("Content-Length: many", "Content-Length: -1", "Content-Length: 1, 2"):
        assert closed.sent(head(line)).startswith(b"HTTP/1.1 400 ")
    for digits in (19, 20, 5000):
        status = closed.sent(head("Content-Length: " + "9" * digits)).split()[1]
        assert status in (b"400", b"413")


def test_one_request_more_than_there_are_places_is_refused(tiny: Path) -> None:
    factory = fake_models.Factory(workers=1)
    factory.inside.clear()
    with serve({"tiny": tiny}, opener=factory, in_flight=2, workers=1) as served:

        def predict(seed: int) -> httpx.Response:
            headers = {"content-type": "image/jpeg"}
            return served.client.post("/api/v1/predict", content=jpeg(seed=seed), headers=headers)

        with ThreadPoolExecutor(2) as pool:
            held = [pool.submit(predict, seed) for seed in (1, 2)]
            until(lambda: served.service.gate.waiting + served.service.gate.inside == 2)
            answer = predict(3)
            assert served.client.get("/ready").status_code == 200
            assert served.client.get("/api/v1/models").status_code == 200
            factory.inside.set()
            assert [each.result().status_code for each in held] == [200, 200]
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["error"]["kind"] == "BusyError"


def test_bodies_in_flight_are_bounded_together(tiny: Path) -> None:
    """Nine bodies that are all but whole: the ninth is one too many, and room comes back."""
    size = 10_000
    with serve({"tiny": tiny}, max_body=size) as served, ExitStack() as stack:
        lines = ("POST /api/v1/predict HTTP/1.1", "Host: localhost", "Content-Type: image/jpeg")
        head = "\r\n".join((*lines, f"Content-Length: {size}", "", "")).encode()
        begun = [stack.enter_context(socket.create_connection(served.address)) for _ in range(8)]
        for connection in begun:
            connection.sendall(head + b"x" * (size - 1))
        until(lambda: served.counted("requests_in_flight") == 8)
        answer = served.sent(head, more=b"x" * size)
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"too many large requests at once" in answer
        stack.close()
        until(lambda: served.counted("requests_in_flight") == 0)
        assert served.sent(head, more=b"x" * size).startswith(b"HTTP/1.1 422 ")


@pytest.mark.parametrize("host", ["[", "[::1", "a b", "\x7f", "a:b:c", "1" * 5000, "%00", "@"])
@pytest.mark.parametrize("path", ["/ready", "/api/v1/models", "/api/v1/jobs/x", "/%ff%00/\x7f"])
def test_odd_hosts_and_paths_are_no_fault(local: Served, host: str, path: str) -> None:
    raw = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    status = local.sent(raw.encode("latin-1")).split()[1]
    assert status in (b"200", b"400", b"403", b"404")


def test_probes_may_ask_for_the_head_alone(local: Served) -> None:
    answer = local.client.head("/ready")
    assert (answer.status_code, answer.content) == (200, b"")


PAGES = ["/", "/static/playground.js", "/api/v1/docs", "/api/v1/docs/docs.js"]


@pytest.mark.parametrize("path", [*PAGES, "/api/v1/models", "/nowhere", "/metrics"])
def test_every_answer_carries_the_headers(local: Served, path: str) -> None:
    answer = local.client.get(path, headers={"accept": "text/html"})
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-frame-options"] == "DENY"


def test_a_slow_body_ends_at_the_deadline(tiny: Path) -> None:
    with serve({"tiny": tiny}, request_timeout=0.05) as served:
        raw = b"POST /api/v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
        answer = served.sent(raw + b"Content-Length: 10\r\n\r\nx")
    assert answer.startswith(b"HTTP/1.1 504 ")
    assert b"DeadlineError" in answer


def test_many_clients_at_once_get_their_own_answers(local: Served) -> None:
    failed = threading.Event()

    def ask(seed: int) -> tuple[int, int]:
        headers = {"content-type": "image/jpeg"}
        side = 32 + 2 * seed
        answer = local.client.post(
            "/api/v1/predict", content=jpeg(side, seed), headers=headers, params={"max_det": 1}
        )
        if answer.status_code != 200:
            failed.set()
        return side, answer.json()["image"]["width"]

    with ThreadPoolExecutor(8) as pool:
        assert all(side == width for side, width in pool.map(ask, range(40)))
    assert not failed.is_set()


@pytest.mark.parametrize(("path", "size", "status"), [("/predict", 5000, 401), ("/health", 0, 401)])
def test_a_refusal_arrives_although_the_body_is_still_on_its_way(
    closed: Served, path: str, size: int, status: int
) -> None:
    """Heads and bodies come in packets of their own; a connection closed between would be reset."""
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {size}\r\n\r\n"
    for pause in (0, 0.05, 0.3):
        with socket.create_connection(closed.address, timeout=10) as connection:
            connection.sendall(head.encode())
            threading.Event().wait(pause)
            connection.sendall(b"x" * size)
            threading.Event().wait(0.05)
            connection.sendall(
                b"GET /ready HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
            )
            told = b"".join(iter(lambda c=connection: c.recv(65536), b""))
        assert told.startswith(f"HTTP/1.1 {status} ".encode())
        assert told.count(b"HTTP/1.1 200 ") == 1, "the connection goes on"


def test_a_refusal_does_not_wait_for_a_body_that_does_not_come(closed: Served) -> None:
    head = b"POST /predict HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5000\r\n\r\n"
    with socket.create_connection(closed.address, timeout=10) as connection:
        connection.sendall(head)
        told = b"".join(iter(lambda: connection.recv(65536), b""))
    assert told.startswith(b"HTTP/1.1 401 ")
    assert b"\r\nconnection: close\r\n" in told
