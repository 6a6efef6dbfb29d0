"""A server that is killed while annotators work: every event that it has answered is kept.

``--soak`` is the long form.
"""

from __future__ import annotations

import random
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
import served_process
import tiny_model
from label_studio_calls import BOXES, pictures

from prelabel.corrections.index import Index
from prelabel.corrections.loading import FILE, load
from prelabel.corrections.reading import read


def event(number: int, minute: int, path: str) -> dict[str, Any]:
    """The state of an annotation, which has as many regions as minutes are gone."""
    value = {"x": 0, "y": 0, "width": 25, "height": 25, "rectanglelabels": ["red"]}
    size = {"original_width": 64, "original_height": 64}
    told = {"from_name": "box", "to_name": "image", "type": "rectanglelabels", **size}
    drawn = [{"id": str(k), **told, "value": value} for k in range(minute)]
    moment = f"2026-11-20T10:{minute:02d}:00.000000Z"
    return {
        "action": "ANNOTATION_UPDATED",
        "annotation": {"id": number, "result": drawn, "updated_at": moment},
        "task": {"id": number, "data": {"image": path}},
        "project": {"id": 1, "label_config": BOXES},
    }


class Annotators(threading.Thread):
    """Save annotations one after the other until the server is gone; `answered` are known."""

    def __init__(self, url: str, paths: list[str], answered: dict[str, int], seed: int) -> None:
        super().__init__()
        self.url, self.paths, self.answered = url, paths, answered
        self.random = random.Random(seed)
        self.begun = threading.Event()

    def run(self) -> None:
        with httpx.Client(base_url=self.url, timeout=20, trust_env=False) as client:
            for count in range(10_000):
                number = self.random.randrange(len(self.paths))
                minute = self.answered.get(str(number), 0) + 1
                try:
                    body = event(number, minute, self.paths[number])
                    client.post("/webhook", json=body).raise_for_status()
                except httpx.TransportError:
                    return
                self.answered[str(number)] = minute
                if count == 10:
                    self.begun.set()
                if minute == 59:
                    return


def states(index: Index, start: float) -> dict[str, int]:
    """By number, the minute of the newest state that is known."""
    known = [*index.pending.values(), *index.done.values()]
    found: dict[str, int] = {}
    for one in known:
        minute = round((one.at - start) / 60)
        found[one.number[1]] = max(minute, found.get(one.number[1], 0))
    return found


START = 1795168800.0
"""2026-11-20 10:00 UTC, in seconds since 1970."""


@pytest.mark.slow
def test_killed_while_annotators_work(tmp_path: Path, soak: bool) -> None:
    model = tiny_model.write(tmp_path / "tiny.onnx")
    paths = pictures(tmp_path / "photos", 40)
    where = tmp_path / "server"
    store = where / "data" / "corrections"
    answered: dict[str, int] = {}
    known = {"folders": [tmp_path / "photos"], "cache_memory": 0}
    for seed in range(12 if soak else 2):
        server = served_process.start({"tiny": model}, where, **known)
        annotators = Annotators(server.url, paths, answered, seed)
        annotators.start()
        assert annotators.begun.wait(30)
        threading.Event().wait(random.Random(seed).uniform(0.05, 0.4))
        server.kill()
        annotators.join()
        index, _ = load(store / FILE)
        kept = states(index, START)
        assert all(kept.get(number, 0) >= minute for number, minute in answered.items())
        assert all(kept[number] <= answered.get(number, 0) + 1 for number in kept)
        answered |= kept
    with served_process.serving({"tiny": model}, where, **known) as served:
        while served.counted("corrections_pending"):
            threading.Event().wait(0.05)
        assert served.counted("corrections_kept") == len(answered)
        predicted, corrected = read(store)
        left = {item.path: len(item.annotations) for item in corrected.items}
        assert left == {paths[int(n)].lstrip("/"): minute for n, minute in answered.items()}
        assert [item.path for item in predicted.items] == [item.path for item in corrected.items]
