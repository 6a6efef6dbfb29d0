"""`prelabel serve` at full load for a long time: nothing is lost, and memory stays level.

`--soak` is ten minutes; CI runs a hundredth of it, which is too short to tell a slope.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
import pytest
from label_studio_calls import pictures
from served_process import Process, serving
from serving import jpeg

from prelabel import weights

WARM, MEASURED = 120.0, 480.0
"""Seconds that caches may take to fill, and seconds in which memory is watched."""
MIB_PER_MINUTE = 1.0
SHORT_MIB = 64.0
"""What a run of seconds may grow by: its model is loaded, its caches are not full."""
CONFIG = (
    '<View><Image name="image" value="$image"/><RectangleLabels name="box" toName="image">'
    '<Label value="circle"/><Label value="square"/></RectangleLabels></View>'
)
SETTINGS = {"cache_memory": 1, "label_studio_store": 1}
"""Bounds that are reached long before the warm time is over."""


@dataclass
class Load:
    """Clients that ask until `end`; what they sent, and what became of it."""

    served: Process
    folder: Path
    end: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    odd: list[str] = field(default_factory=list)
    numbers: itertools.count[int] = field(default_factory=itertools.count)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, name: str, many: int = 1) -> None:
        with self.lock:
            self.counts[name] += many

    def upload(self, client: httpx.Client) -> None:
        """A picture that nobody has sent before."""
        answer = client.post("/api/v1/predict", content=jpeg(256, next(self.numbers)), headers=JPEG)
        self.expect(answer, 200, "uploaded")

    def repeat(self, client: httpx.Client) -> None:
        """One of ten pictures that everybody sends: the cache has it, or has to drop it."""
        number = -1 - next(self.numbers) % 10
        answer = client.post("/api/v1/predict", content=jpeg(256, 10 - number), headers=JPEG)
        self.expect(answer, 200, "repeated")

    def spoil(self, client: httpx.Client) -> None:
        """Bytes that are cut in the middle."""
        data = jpeg(256, 1)[: 200 + next(self.numbers) % 500]
        answer = client.post("/api/v1/predict", content=data, headers=JPEG)
        self.expect(answer, 422, "spoiled")
        time.sleep(0.05)

    def click(self, client: httpx.Client) -> None:
        """Four tasks of Label Studio, each with a picture of its own."""
        files = pictures(self.folder, 4, 4 * next(self.numbers))
        tasks = [{"id": i, "data": {"image": file}} for i, file in enumerate(files)]
        body = {"tasks": tasks, "project": "1.17", "label_config": CONFIG, "params": {}}
        answer = client.post("/predict", json=body)
        self.expect(answer, 200, "clicked")
        self.note("unanswered tasks", answer.json()["results"].count([]))
        for file in files:
            Path(file).unlink()

    def leave(self, client: httpx.Client) -> None:
        """Ask, and go away before the answer."""
        with contextlib.suppress(httpx.TimeoutException):
            content = jpeg(256, next(self.numbers))
            client.post("/api/v1/predict", content=content, headers=JPEG, timeout=0.02)
        self.note("left")
        time.sleep(0.1)

    def look(self, client: httpx.Client) -> None:
        """What a monitor asks for."""
        for path in ("/health", "/metrics", "/ready", "/api/v1/models"):
            self.expect(client.get(path), 200, "looked")
        time.sleep(0.2)

    def expect(self, answer: httpx.Response, status: int, name: str) -> None:
        if answer.status_code == status:
            self.note(name)
        else:
            self.odd.append(f"{name}: {answer.status_code} {answer.text[:200]}")

    def client(self, ask: Callable[[httpx.Client], None]) -> None:
        with httpx.Client(base_url=self.served.url, timeout=100, trust_env=False) as client:
            while time.monotonic() < self.end and not self.odd:
                try:
                    ask(client)
                except Exception as error:  # noqa: BLE001 - a thread's error fails the test
                    self.odd.append(f"{ask.__name__}: {error!r}")

    def run(self, seconds: float) -> list[tuple[float, float]]:
        """(seconds, MiB of the server) for so long, while all clients ask."""
        self.end = time.monotonic() + seconds
        asks = [*[self.upload] * 4, *[self.repeat] * 2, self.spoil, *[self.click] * 2]
        asks += [self.leave, self.look]
        threads = [threading.Thread(target=self.client, args=(ask,)) for ask in asks]
        for thread in threads:
            thread.start()
        samples = []
        while time.monotonic() < self.end and not self.odd:
            samples.append((time.monotonic(), resident(self.served.process.pid)))
            time.sleep(0.25)
        for thread in threads:
            thread.join()
        return samples


JPEG = {"content-type": "image/jpeg"}


def resident(pid: int) -> float:
    """MiB of memory that a process holds (Linux)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


@pytest.mark.slow
def test_a_long_day_loses_nothing_and_leaks_nothing(tmp_path: Path, soak: bool) -> None:
    warm, measured = (WARM, MEASURED) if soak else (4.0, MEASURED / 100)
    folder = tmp_path / "photos"
    models = {"segment": weights.path("segment")}
    with serving(models, tmp_path / "server", folders=[folder], **SETTINGS) as served:
        load = Load(served, folder)
        load.run(warm)
        samples = load.run(measured)
        assert load.odd == []
        answered = {name: load.counts[name] for name in ("uploaded", "repeated", "clicked")}
        assert all(answered.values()), load.counts
        assert load.counts["unanswered tasks"] == 0
        inferred = served.counted("images_inferred_total")
        fresh = load.counts["uploaded"] + 4 * load.counts["clicked"]
        assert fresh <= inferred <= fresh + load.counts["repeated"] + load.counts["left"]
        assert served.counted("requests_total", status="500") == 0
        assert served.stop() == 0
    check_memory(samples, soak)


def check_memory(samples: list[tuple[float, float]], soak: bool) -> None:
    """The slope of memory; of a short run, only how much it grew."""
    times, mebibytes = np.array(samples).T
    slope = np.polyfit(times / 60, mebibytes, 1)[0]
    quarters = ", ".join(f"{part.mean():.1f}" for part in np.array_split(mebibytes, 4))
    print(f"quarters of the time: {quarters} MiB; {slope:.2f} MiB/min")
    if soak:
        assert slope < MIB_PER_MINUTE
    else:
        assert mebibytes[-1] - mebibytes[0] < SHORT_MIB
