"""Servers under measurement, each a process of its own on 127.0.0.1."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

__all__ = ["free_port", "label_studio_ml", "label_studio_ml_null", "prelabel", "processor_seconds"]

STARTING = 120.0


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def prelabel(
    model: Path, scratch: Path, settings: Mapping[str, str]
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """`prelabel serve` with one model; `settings` are PRELABEL_ variables."""
    port = free_port()
    command = [sys.executable, "-m", "prelabel", "serve", "--port", str(port)]
    command += ["--model", str(model), "--data-dir", str(scratch / "server-data")]
    with served(command, port, "/ready", scratch, {**os.environ, **settings}) as process:
        yield port, process


@contextlib.contextmanager
def label_studio_ml(
    python: Path, repository: Path, models: Path, scratch: Path, workers: int, threads: int
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The YOLO example of label-studio-ml-backend under gunicorn, as its image starts it."""
    port = free_port()
    example = repository / "label_studio_ml" / "examples" / "yolo"
    command = [str(python), "-m", "gunicorn", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", str(workers), "--threads", str(threads), "--timeout", "0"]
    command += ["--config", str(Path(__file__).with_name("peer_gunicorn.py")), "_wsgi:app"]
    paths = f"{repository}:{example}"
    told = {"PYTHONPATH": paths, "MODEL_ROOT": str(models), "LOG_LEVEL": "ERROR"}
    quiet = {"YOLO_OFFLINE": "1", "YOLO_AUTOINSTALL": "False", "YOLO_CONFIG_DIR": str(scratch)}
    environment = {**os.environ, **told, **quiet}
    with served(command, port, "/health", scratch, environment, example) as process:
        yield port, process


@contextlib.contextmanager
def label_studio_ml_null(
    python: Path, repository: Path, models: Path, scratch: Path, workers: int, threads: int
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """label-studio-ml-backend with a model that does nothing; it needs no `models`."""
    port = free_port()
    command = [str(python), "-m", "gunicorn", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", str(workers), "--threads", str(threads), "--timeout", "0"]
    command += ["benchmarks.peer_null:app"]
    told = {"PYTHONPATH": str(repository), "LOG_LEVEL": "ERROR", "MODEL_DIR": str(scratch)}
    with served(command, port, "/health", scratch, {**os.environ, **told}) as process:
        yield port, process


@contextlib.contextmanager
def served(
    command: Sequence[str],
    port: int,
    path: str,
    scratch: Path,
    environment: Mapping[str, str],
    folder: Path | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """A server that has answered `path` once; ended when the block is left."""
    log = scratch / "server.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command, stdout=stream, stderr=stream, env=environment, cwd=folder
        )
        try:
            wait_for(port, path, process, log)
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def wait_for(port: int, path: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the server answers; end the benchmark with its log when it does not."""
    end = time.monotonic() + STARTING
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", path)
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        time.sleep(0.2)
    sys.exit(f"the server did not start\n{log.read_text(errors='replace')[-2000:]}")


def processor_seconds(process: subprocess.Popen[bytes]) -> float:
    """CPU seconds that a process has used so far, in user and kernel mode (Linux)."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
