"""label-studio-sdk as an oracle: a process of the interpreter that has it, asked line by line."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

WORKER = Path(__file__).with_name("sdk_worker.py")


class Oracle:
    """Calls functions of `sdk_worker` by their name."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def __call__(self, name: str, *arguments: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([name, arguments]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the process with label-studio-sdk ended"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["answer"]

    def accepts(self, config: str, *predictions: dict[str, Any]) -> None:
        """Fail where the SDK finds fault with a prediction, or with the config."""
        errors = self("validate", config, predictions)
        assert errors == [[]] * len(predictions)


@contextmanager
def opened(python: Path) -> Iterator[Oracle]:
    """The oracle, running; its process ends with the block."""
    command = [str(python), "-W", "ignore", str(WORKER)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, text=True, **pipes) as process:
        yield Oracle(process)
