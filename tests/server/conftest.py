"""Models for tests of the server."""

from __future__ import annotations

from pathlib import Path

import pytest
import tiny_model


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model's file."""
    return tiny_model.write(tmp_path_factory.mktemp("models") / "tiny.onnx")
