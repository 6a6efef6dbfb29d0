"""Fixtures: a value saved as a file, read and written again as COCO; label-studio-sdk."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sdk_oracle import Oracle, opened

import formats


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[Any], Path]:
    def save(value: Any) -> Path:
        path = tmp_path / "source.json"
        path.write_text(value if isinstance(value, str) else json.dumps(value))
        return path

    return save


@pytest.fixture
def back(saved: Callable[[Any], Path], tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Read a value as COCO and write it again."""

    def run(value: Any, **options: Any) -> dict[str, Any]:
        target = tmp_path / "target.json"
        formats.convert(saved(value), target, "coco", "coco", writing=options)
        return json.loads(target.read_text())

    return run


@pytest.fixture(scope="session")
def sdk(label_studio_python: Path) -> Iterator[Oracle]:
    """label-studio-sdk, in a process of its own; such tests are marked `label_studio`."""
    with opened(label_studio_python) as oracle:
        yield oracle
