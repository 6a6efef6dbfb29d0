"""Other tools as oracles: a process of the interpreter that has them, asked line by line.

Each tool has a worker in ``tool_workers``. Those of data sets agree on one form, so that one test
serves several of them::

    read(format, path) -> {"labels": [name, ...], "images": {file name: {"size": [w, h] or null,
        "objects": [{"label": name, "box": [x0, y0, x1, y1], ...}, ...]}}}
    write(format, the same, path)

Coordinates are pixels, continuous and half open. Further keys of an object: ``rings`` [[[x, y],
...], ...], ``rows`` (a mask as rows of 0 and 1), ``keypoints`` [[x, y, v], ...], ``angle``
(degrees, clockwise), ``score``, ``track``, ``attributes``.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

WORKERS = Path(__file__).with_name("tool_workers")


class Oracle:
    """Calls functions of a worker by their name."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def __call__(self, name: str, *arguments: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([name, arguments], default=str) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the tool's process ended"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["answer"]


@contextmanager
def opened(python: Path, worker: Path) -> Iterator[Oracle]:
    """A worker, running; its process ends with the block."""
    command = [str(python), "-W", "ignore", str(worker)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, text=True, **pipes) as process:
        yield Oracle(process)


@contextmanager
def tools(environments: Sequence[Path]) -> Iterator[Callable[[str], Oracle]]:
    """A function from a worker's name to its oracle, started when it is first asked for.

    The tool of ``datumaro_calls`` is the package ``datumaro``, in one of the virtual environments.
    """
    found: dict[str, Oracle] = {}
    with ExitStack() as stack:

        def tool(name: str) -> Oracle:
            if name not in found:
                python = _having(name.removesuffix("_calls"), environments)
                found[name] = stack.enter_context(opened(python, WORKERS / f"{name}.py"))
            return found[name]

        yield tool


def _having(package: str, environments: Sequence[Path]) -> Path:
    """The interpreter of the first environment that has a package."""
    for folder in environments:
        if any(folder.glob(f"lib/python*/site-packages/{package}")):
            return folder / "bin" / "python"
    raise AssertionError(f"no {package} in {', '.join(map(str, environments))}")
