"""`Metrics`: what the server counts, in Prometheus' words; it is the service's observer too."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.types import Scope

from server.guard.answer import Answer

__all__ = ["CONTENT_TYPE", "Metrics"]

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series per counter

CONTENT_TYPE = CONTENT_TYPE_LATEST
LATENCIES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 100)
SIZES = (1, 2, 4, 8, 16, 32, 64)
DROPPED = 499
"""Status that is counted where the client went away before it had an answer."""


class Metrics:
    """Counters of one server; for any number of threads. An `Observer` of the service."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        own: dict[str, Any] = {"registry": self.registry, "namespace": "prelabel"}
        self._requests = Counter(
            "requests", "Requests answered.", ("protocol", "route", "status"), **own
        )
        self._latency = Histogram(
            "request_seconds",
            "Seconds from request to answer.",
            ("protocol", "route"),
            buckets=LATENCIES,
            **own,
        )
        self._in_flight = Gauge("requests_in_flight", "Requests being worked on.", **own)
        self._inferred = Counter(
            "images_inferred", "Pictures that went through a model.", ("model",), **own
        )
        self._seconds = Counter(
            "model_seconds", "Seconds from pixels to shapes, summed up.", ("model",), **own
        )
        self._batches = Histogram(
            "batch_size", "Pictures in one run of a graph.", ("model",), buckets=SIZES, **own
        )
        self._hits = Counter("cache_hits", "Answers found in a cache.", ("kind",), **own)
        self._misses = Counter("cache_misses", "Answers not found in a cache.", ("kind",), **own)
        self._fetched = Counter("fetched", "Pictures fetched from the network.", **own)
        self._bytes = Counter("fetched_bytes", "Bytes fetched from the network.", **own)
        self._loads = Counter("model_loads", "Times that a model was opened.", ("model",), **own)
        self._unloads = Counter(
            "model_unloads", "Times that a model was closed.", ("model", "reason"), **own
        )
        self._own = own

    def gauge(self, name: str, line: str, read: Callable[[], float]) -> None:
        """Show a number that is read when it is asked for."""
        Gauge(name, line, **self._own).set_function(read)

    def text(self) -> bytes:
        """All of it in the text form of `CONTENT_TYPE`."""
        return generate_latest(self.registry)

    @contextmanager
    def request(self, protocol: str, scope: Scope, answer: Answer) -> Iterator[None]:
        """Count a request; it goes by the route's pattern, and unknown paths by one name."""
        start = time.perf_counter()
        self._in_flight.inc()
        try:
            yield
        finally:
            self._in_flight.dec()
            route = _route(scope)
            status = answer.status or DROPPED
            self._requests.labels(protocol, route, status).inc()
            self._latency.labels(protocol, route).observe(time.perf_counter() - start)

    def inferred(self, model: str, seconds: float) -> None:
        """A model has seen one picture."""
        self._inferred.labels(model).inc()
        self._seconds.labels(model).inc(seconds)

    def batched(self, model: str, size: int) -> None:
        """So many pictures went through the graph in one run."""
        self._batches.labels(model).observe(size)

    def cache(self, kind: str, hit: bool) -> None:
        """A cache was asked."""
        (self._hits if hit else self._misses).labels(kind).inc()

    def fetched(self, seconds: float, size: int) -> None:
        """A picture of so many bytes was fetched."""
        self._fetched.inc()
        self._bytes.inc(size)

    def loaded(self, model: str, seconds: float) -> None:
        """A model was opened."""
        self._loads.labels(model).inc()

    def unloaded(self, model: str, reason: str) -> None:
        """A model was closed."""
        self._unloads.labels(model, reason).inc()


def _route(scope: Scope) -> str:
    route: Any = scope.get("route")
    return getattr(route, "path", "") or "other"
