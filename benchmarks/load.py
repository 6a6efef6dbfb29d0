"""Closed-loop clients over HTTP: each sends its next request when it has its answer."""

from __future__ import annotations

import http.client
import itertools
import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

__all__ = ["Outcome", "Request", "once", "percentile", "run"]


@dataclass(frozen=True)
class Request:
    """One POST, or a GET where `body` is None."""

    path: str
    body: bytes | None = None
    kind: str = "application/json"


@dataclass
class Outcome:
    """What the clients of one run saw: seconds of each answer, refusals (503) counted apart."""

    seconds: list[float] = field(default_factory=list)
    refused: int = 0
    failed: int = 0
    took: float = 0.0

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.seconds) / self.took


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile; NaN of nothing."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)] if ranked else math.nan


def run(port: int, requests: Sequence[Request], clients: int, seconds: float) -> Outcome:
    """`clients` threads repeat the requests for so many seconds, each on its own connection."""
    end = time.perf_counter() + seconds
    supply = itertools.cycle(requests)
    return drive(port, itertools.takewhile(lambda _: time.perf_counter() < end, supply), clients)


def once(port: int, requests: Sequence[Request], clients: int) -> Outcome:
    """`clients` threads send each request once, each thread on its own connection."""
    return drive(port, iter(requests), clients)


def drive(port: int, supply: Iterator[Request], clients: int) -> Outcome:
    """Send what `supply` has until it ends."""
    outcome, lock = Outcome(), threading.Lock()
    start = time.perf_counter()

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        while True:
            with lock:
                request = next(supply, None)
            if request is None:
                break
            began = time.perf_counter()
            status = answered(connection, request)
            with lock:
                note(outcome, status, time.perf_counter() - began)
            if status == http.HTTPStatus.SERVICE_UNAVAILABLE:
                time.sleep(0.05)
        connection.close()

    together(client, clients)
    outcome.took = time.perf_counter() - start
    return outcome


def answered(connection: http.client.HTTPConnection, request: Request) -> int:
    """Send one request, read all of the answer; its status."""
    if request.body is None:
        connection.request("GET", request.path)
    else:
        connection.request("POST", request.path, request.body, {"Content-Type": request.kind})
    answer = connection.getresponse()
    answer.read()
    return answer.status


def note(outcome: Outcome, status: int, seconds: float) -> None:
    """Count one answer."""
    if status == http.HTTPStatus.OK:
        outcome.seconds.append(seconds)
    elif status == http.HTTPStatus.SERVICE_UNAVAILABLE:
        outcome.refused += 1
    else:
        outcome.failed += 1


def together(work: Callable[[], None], count: int) -> None:
    """Run `work` in so many threads and wait for all."""
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
