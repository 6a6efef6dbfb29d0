"""Models without a network, for tests of the serving parts: real files, labelers that are not.

A `Factory` opens real .onnx files of the tiny model as labelers that answer at once, or when they
are told to; it remembers what was opened, closed and run.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import tiny_model

from formats.annotations import Annotations
from formats.dataset import Label
from prelabel import onnx_file
from prelabel.errors import ModelError
from prelabel.image import Image
from prelabel.labeler import Labeler
from prelabel.modelfile import ModelFile
from prelabel.models.card import Card
from prelabel.models.graph import Graph
from prelabel.models.query import Query
from prelabel.settings import Settings

WAIT = 20
"""Seconds after which a test that hangs is given up."""


def until(holds: Callable[[], object]) -> None:
    """Wait until something holds that another thread brings about."""
    end = time.monotonic() + WAIT
    while not holds():
        assert time.monotonic() < end, "it did not come to that"
        threading.Event().wait(0.001)


def write(path: Path, *names: str) -> Path:
    """A real model file; other class names make other bytes. Written beside, then renamed."""
    partial = path.with_suffix(".partial")
    tiny_model.write(partial, names or ("red", "green", "blue"))
    return partial.replace(path)


class Session:
    """Stands in for a session that runs nothing."""

    def __init__(self, path: str) -> None:
        self.graph = Graph(path, "", (), (), {})
        self.watch: Callable[[int], None] | None = None
        self.provider = "cpu"
        self.closed = False

    def close(self) -> None:
        self.closed = True


class Runner:
    batch = 1

    def submit(self, inputs: object) -> Future:
        raise NotImplementedError

    def run(self, inputs: object) -> list:
        raise NotImplementedError

    def close(self) -> None:
        pass


@dataclass(frozen=True, slots=True)
class FakeLabeler(Labeler):
    """Sees one box as large as the picture, of the class that the mean colour is nearest to."""

    factory: Factory = None  # type: ignore[assignment]

    def label(self, image: Image, query: Query | None = None) -> Annotations:
        assert not self.session.closed, "a model that is closed was asked"
        mean = image.pixels.mean(axis=(0, 1))
        self.factory.seen.append(tuple(mean.astype(int).tolist()))
        self.factory.enter(self.card.sha256)
        width, height = image.size
        index = int(mean.argmax()) % len(self.card.labels)
        return Annotations.of(1, boxes=np.array([[0, 0, width, height]]), labels=[index])


@dataclass
class Factory:
    """The opener of a pool under test.

    `gate` holds up opening, `inside` holds up predictions; both are open at first. `broken`: sha256
    of files that fail; `runs`: sha256 of the models of finished predictions; `seen`: mean colours
    of the pictures, in the order in which they came in.
    """

    workers: int = 2
    opened: list[str] = field(default_factory=list)
    labelers: list[FakeLabeler] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    seen: list[tuple[int, ...]] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    gate: threading.Event = field(default_factory=threading.Event)
    inside: threading.Event = field(default_factory=threading.Event)
    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    entered: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def __post_init__(self) -> None:
        self.gate.set()
        self.inside.set()

    def __call__(self, file: ModelFile, settings: Settings) -> FakeLabeler:
        path = Path(file.path)
        onnx_file.inspect(path)
        sha256 = onnx_file.sha256(path)
        self.begun.release()
        assert self.gate.wait(WAIT)
        self.opened.append(file.name)
        if sha256 in self.broken:
            raise ModelError("every score is 0, whatever the picture", where=path, hint="again")
        labels = (Label("red"), Label("green"), Label("blue"))
        card = Card(file.name, "fake", "detect", labels, (64, 64), sha256, "", "images")
        found = FakeLabeler(card, Session(file.path), Runner(), self.workers, factory=self)
        self.labelers.append(found)
        return found

    def enter(self, sha256: str) -> None:
        """A prediction has begun; it goes on when it may."""
        self.entered.release()
        assert self.inside.wait(WAIT)
        self.runs.append(sha256)

    @property
    def open(self) -> list[str]:
        """Names of the models that are open now."""
        return [each.card.name for each in self.labelers if not each.session.closed]


@dataclass
class Diary:
    """An observer that keeps everything."""

    events: list[tuple] = field(default_factory=list)

    def inferred(self, model: str, seconds: float) -> None:
        self.events.append(("inferred", model))

    def batched(self, model: str, size: int) -> None:
        self.events.append(("batched", model, size))

    def cache(self, kind: str, hit: bool) -> None:
        self.events.append(("cache", kind, hit))

    def fetched(self, seconds: float, size: int) -> None:
        self.events.append(("fetched", size))

    def loaded(self, model: str, seconds: float) -> None:
        self.events.append(("loaded", model))

    def unloaded(self, model: str, reason: str) -> None:
        self.events.append(("unloaded", model, reason))

    def of(self, kind: str) -> list[tuple]:
        """The events of one kind."""
        return [event for event in self.events if event[0] == kind]
