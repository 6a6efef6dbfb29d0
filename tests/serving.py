"""A real server for tests: uvicorn in a thread on 127.0.0.1, with tiny models."""

from __future__ import annotations

import asyncio
import contextlib
import io
import socket
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import uvicorn
from PIL import Image

from prelabel.pool import ModelFile, Opener, Pool
from prelabel.service import Service
from prelabel.settings import Settings
from server.app import create
from server.metrics import Metrics
from server.protocols import PROTOCOLS
from server.running import listen

__all__ = ["Served", "jpeg", "serve"]


@dataclass(frozen=True)
class Served:
    """A running server, and what it is made of."""

    url: str
    client: httpx.Client
    service: Service
    metrics: Metrics
    settings: Settings

    @property
    def address(self) -> tuple[str, int]:
        """Host and port, for plain sockets."""
        url = httpx.URL(self.url)
        return url.host, url.port or 80

    def sent(self, raw: bytes, *, more: bytes = b"", wait: float = 20) -> bytes:
        """What the server answers to these bytes; `more` goes out until nobody takes it."""
        with socket.create_connection(self.address, timeout=wait) as connection:
            connection.sendall(raw)
            with contextlib.suppress(OSError):
                connection.sendall(more)
            return b"".join(iter(lambda: _received(connection), b""))

    def counted(self, name: str, **labels: str) -> float:
        """The value of a counter; 0 where it was never counted."""
        return self.metrics.registry.get_sample_value(f"prelabel_{name}", labels) or 0.0


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(1 << 16)
    except ConnectionResetError:
        return b""


@contextmanager
def serve(
    models: Mapping[str, Path],
    *,
    opener: Opener = ModelFile.open,
    protocols: Mapping[str, object] = PROTOCOLS,
    key: str = "",
    thresholds: Mapping[str, float] | None = None,
    **settings: Any,
) -> Iterator[Served]:
    """A server over models by name; `key` is what the client sends, not what the server asks for.

    `opener` of the models, see `Pool`; `thresholds` of all of them. `settings` as in `Settings`;
    without a `data_dir` there is one for the time of the server.
    """
    with tempfile.TemporaryDirectory() as folder:
        known = Settings(**{"data_dir": folder, **settings})
        metrics = Metrics()
        least = thresholds or {}
        files = [ModelFile(name, str(p), thresholds=least) for name, p in models.items()]
        with Pool(files, known, metrics, opener=opener) as pool:
            service = Service(pool, known, observer=metrics)
            with _serving(service, known, metrics, protocols, key) as served:
                yield served


@contextmanager
def _serving(
    service: Service,
    known: Settings,
    metrics: Metrics,
    protocols: Mapping[str, object],
    key: str,
) -> Iterator[Served]:
    app = create(service, known, metrics, protocols)
    headers = {"authorization": f"Bearer {key}"} if key else {}
    with (
        _running(app) as url,
        httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False) as client,
    ):
        yield Served(url, client, service, metrics, known)


@contextmanager
def _running(app: Any) -> Iterator[str]:
    """The application under uvicorn in a thread; its address."""
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(60)
        assert not thread.is_alive(), "the server does not end"


def jpeg(side: int = 64, seed: int = 0) -> bytes:
    """A picture of coloured quarters, no two seeds alike."""
    quarters = np.random.default_rng(seed).integers(0, 256, (2, 2, 3), dtype=np.uint8)
    pixels = np.kron(quarters, np.ones((side // 2, side // 2, 1), dtype=np.uint8))
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=95)
    return stream.getvalue()
