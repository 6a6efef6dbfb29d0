"""Models and servers for tests of Label Studio's protocol."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import tiny_model
from fake_models import Factory, write
from label_studio_calls import Start, Studio
from serving import Served, serve


@pytest.fixture
def factory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Factory]:
    """Opens models that see one box, as large as the picture, when they may."""
    monkeypatch.setattr("prelabel.memory.used", lambda: 0)
    made = Factory()
    yield made
    made.gate.set()
    made.inside.set()


@pytest.fixture
def start(tmp_path: Path, photos: Path, factory: Factory) -> Start:
    """Starts a server over fake models; another one in the same folder goes on where it was."""
    path = write(tmp_path / "first.onnx", "one", "two", "three")

    @contextmanager
    def started(**settings: Any) -> Iterator[Studio]:
        own = {"data_dir": str(tmp_path / "data"), "folders": (str(photos),), **settings}
        with serve({"first": path}, opener=factory, **own) as served:
            yield Studio(served)
            factory.inside.set()

    return started


@pytest.fixture
def fresh(start: Start) -> Iterator[Studio]:
    """A server of the test's own, over one fake model."""
    with start() as made:
        yield made


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the servers of a module may read."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def photos(home: Path, tmp_path: Path) -> Path:
    """The folder of a test's pictures."""
    return home / tmp_path.name


@pytest.fixture(scope="module")
def shared(home: Path) -> Iterator[Served]:
    """A server for many tests, each with pictures of its own; no answer goes by bytes alone."""
    path = write(home / "first.onnx", "one", "two", "three")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("prelabel.memory.used", lambda: 0)
        known = {"folders": (str(home),), "cache_memory": 0}
        with serve({"first": path}, opener=Factory(), **known) as served:
            yield served


@pytest.fixture
def studio(shared: Served) -> Studio:
    """A project before the shared server."""
    return Studio(shared, before=Studio(shared).inferred)


@pytest.fixture(scope="module")
def looking(home: Path) -> Iterator[Served]:
    """A server for many tests over the tiny model, which really looks."""
    path = tiny_model.write(home / "tiny.onnx")
    with serve({"tiny": path}, folders=(str(home),), cache_memory=0) as served:
        yield served


@pytest.fixture
def tiny(looking: Served) -> Studio:
    """A project before the server of the tiny model."""
    return Studio(looking, before=Studio(looking).inferred)
