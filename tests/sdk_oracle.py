"""label-studio-sdk as an oracle: a process of the interpreter that has it, asked line by line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tool_oracle

WORKER = tool_oracle.WORKERS / "label_studio_sdk_calls.py"


class Oracle:
    """Calls functions of the worker by their name."""

    def __init__(self, worker: tool_oracle.Oracle) -> None:
        self._worker = worker

    def __call__(self, name: str, *arguments: Any) -> Any:
        return self._worker(name, *arguments)

    def accepts(self, config: str, *predictions: dict[str, Any]) -> None:
        """Fail where the SDK finds fault with a prediction, or with the config."""
        errors = self("validate", config, predictions)
        assert errors == [[]] * len(predictions)


@contextmanager
def opened(python: Path) -> Iterator[Oracle]:
    """The oracle, running; its process ends with the block."""
    with tool_oracle.opened(python, WORKER) as worker:
        yield Oracle(worker)
