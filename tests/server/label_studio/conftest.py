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
from serving import serve


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """The folder of the pictures, which the servers may read."""
    return tmp_path / "photos"


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
def studio(start: Start) -> Iterator[Studio]:
    """A server over one fake model."""
    with start() as made:
        yield made


@pytest.fixture
def tiny(tmp_path: Path, photos: Path) -> Iterator[Studio]:
    """A server over the tiny model, which really looks."""
    path = tiny_model.write(tmp_path / "tiny.onnx")
    folders = (str(photos),)
    with serve({"tiny": path}, data_dir=str(tmp_path / "data"), folders=folders) as served:
        yield Studio(served)
