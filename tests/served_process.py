"""`prelabel serve` in a process of its own, to be killed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

__all__ = ["Process", "serving", "start"]

SECONDS = 120.0
LINE = re.compile(r"prelabel: serving .* at (http://\S+)")


@dataclass
class Process:
    """A server that is up; what it writes goes to `log`."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def port(self) -> int:
        return httpx.URL(self.url).port or 80

    def counted(self, name: str, **labels: str) -> float:
        """The sum of a metric over all its other labels, as /metrics tells it."""
        text = httpx.get(f"{self.url}/metrics", trust_env=False, timeout=60).text
        families = text_string_to_metric_families(text)
        samples = (sample for family in families for sample in family.samples)
        found = (s for s in samples if s.name == f"prelabel_{name}")
        return sum(s.value for s in found if labels.items() <= s.labels.items())

    def kill(self) -> None:
        """End it at once (SIGKILL)."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Have it finish (SIGTERM); its exit code."""
        self.process.terminate()
        return self.process.wait(SECONDS)


def start(
    models: Mapping[str, object],
    folder: Path,
    port: int = 0,
    program: Sequence[str] = ("-m", "prelabel"),
    **settings: object,
) -> Process:
    """Start a server over models by name, with its data in `folder`; on a port, 0 for any.

    `program` is what Python runs; `settings` as in `prelabel.settings.Settings`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"log-{time.monotonic_ns()}.txt"
    named = [f"--model={name}={path}" for name, path in models.items()]
    where = [f"--port={port}", f"--data-dir={folder / 'data'}"]
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, *program, "serve", *named, *where],
            env=_environment(settings),
            stdout=stream,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
    return Process(_address(process, log), process, log)


@contextmanager
def serving(models: Mapping[str, object], folder: Path, **settings: object) -> Iterator[Process]:
    """A server for as long as the context lasts."""
    served = start(models, folder, **settings)
    try:
        yield served
    finally:
        served.kill()


def _environment(settings: Mapping[str, object]) -> dict[str, str]:
    ours = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PRELABEL_", "LABEL_STUDIO_"))
    }
    given = {f"PRELABEL_{name.upper()}": _text(value) for name, value in settings.items()}
    return ours | given | {"PYTHONUNBUFFERED": "1"}


def _text(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """The address that it prints once it takes connections."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        found = LINE.search(log.read_text())
        if found:
            return found[1]
        assert process.poll() is None, f"the server ended: {log.read_text()[-3000:]}"
        time.sleep(0.05)
    process.kill()
    raise AssertionError(f"the server is not up: {log.read_text()[-3000:]}")
