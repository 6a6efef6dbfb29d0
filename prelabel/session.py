"""A graph ready to run: onnxruntime with the right provider and threads, its errors made ours.

Threads follow measurement (yolov8n at 640 on two cores, pictures per second): two runs of one
thread side by side 18.9, one run on two threads 13.9-17.6, and with a neighbour on one core 9.3
against 5.2, because the threads of one run wait for each other. So a run gets one thread unless
told otherwise, as many runs as cores go side by side, and threads never spin.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from prelabel import onnx_file, providers
from prelabel.errors import ModelError
from prelabel.models.graph import Graph
from prelabel.models.protobuf import FLOAT, model

__all__ = ["Session", "cores", "open_session", "start"]

LOG = logging.getLogger("prelabel")
QUIET = 4
OPSET = re.compile(r"Opset (\d+) is under development.*till opset (\d+)")


def cores() -> int:
    """CPU cores that this process may use: its affinity, and its control group's quota."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(allowed or 1, quota(Path("/sys/fs/cgroup/cpu.max"))))


def quota(path: Path) -> int:
    """Whole cores that a control group (version 2) may use, rounded up; 2**16 for no limit."""
    try:
        limit, period = path.read_text().split()
        return -(-int(limit) // int(period))
    except (OSError, ValueError):
        return 1 << 16


class Session:
    """One loaded graph; `run` may be called by many threads at once.

    `watch`: told of every run how many pictures it had.
    """

    def __init__(self, graph: Graph, provider: str, threads: int, inner: Any) -> None:
        self.graph = graph
        self.provider = provider
        self.threads = threads
        self.watch: Callable[[int], None] | None = None
        self._inner = inner

    @property
    def on_cpu(self) -> bool:
        """Whether runs compete for the cores that the callers' threads use."""
        return self.provider in ("cpu", "openvino")

    def run(self, inputs: Mapping[str, NDArray[np.generic]]) -> list[NDArray[np.generic]]:
        """All outputs, in the graph's order; ModelError where the inputs do not fit."""
        try:
            outputs = self._inner.run(None, dict(inputs))
        except Exception as error:
            raise ModelError(f"run failed: {told(error)}", where=self.graph.path) from error
        if self.watch is not None:
            self.watch(len(next(iter(inputs.values()))))
        return outputs

    def close(self) -> None:
        """Give the graph's memory back; nothing runs any more, whoever still has this object."""
        self._inner = None


def open_session(path: str | Path, *, provider: str = "auto", threads: int = 0) -> Session:
    """Load an .onnx file.

    `provider` is a name in `providers.PROVIDERS`, or "auto" for the first of `providers.AUTO` that
    works here, where the log tells why an installed one does not; `threads` is how many cores ONE
    run may use, 0 for the measured choice (one). ModelError tells what is wrong with the file, or
    with the provider.
    """
    file = Path(path)
    onnx_file.inspect(file)
    names = providers.AUTO if provider == "auto" else (provider,)
    threads = threads or 1
    inner, used = _load(file, _installed(names, provider), threads)
    graph = Graph.of_session(inner, str(file), onnx_file.sha256(file))
    return Session(graph, used, threads, inner)


def start(name: str) -> None:
    """Start a provider of `providers.PROVIDERS` with a graph of one node, to see that it does.

    ModelError tells why it does not; no file is to blame.
    """
    _installed((name,), name)
    with TemporaryDirectory(prefix="prelabel-") as folder:
        path = Path(folder, "abs.onnx")
        path.write_bytes(model("Abs", {"x": (FLOAT, (1,))}, {"y": (FLOAT, (1,))}))
        try:
            _started(path, name, 1)
        except ModelError as error:
            raise ModelError(error.what, hint=error.hint) from error


def _installed(names: Sequence[str], asked: str) -> list[str]:
    available = onnxruntime.get_available_providers()
    found = [name for name in names if providers.PROVIDERS.get(name) in available]
    if not found:
        here = [name for name, theirs in providers.PROVIDERS.items() if theirs in available]
        raise ModelError(f"provider {asked!r} is not installed", hint=f"here: {', '.join(here)}")
    return found


def _load(path: Path, names: Sequence[str], threads: int) -> tuple[Any, str]:
    """The session on the first provider that starts, and that provider's name.

    Those that did not are told in the log, each with its reason. The error of a model that nothing
    takes is that of the CPU.
    """
    passed = []
    for name in names:
        try:
            inner = _started(path, name, threads)
        except ModelError as error:
            if name == names[-1]:
                raise _blamed(path, name, threads, error) from error
            passed.append(f"prelabel: {error}")
        else:
            for line in passed:
                LOG.warning("%s; it runs on %s", line, name)
            return inner, name
    raise AssertionError("there is a last name")


def _started(path: Path, name: str, threads: int) -> Any:
    """The session on a provider; ModelError tells why there is none.

    A provider can be listed and still not start (no driver): onnxruntime then raises, or makes a
    session without it, so what is really used is asked of the session.
    """
    try:
        inner = _start(path, name, threads)
    except Exception as error:
        if name == "cpu":
            raise ModelError(told(error), where=path, hint=advice(str(error))) from error
        raise _failed(path, name, providers.reason(name), told(error)) from error
    if providers.PROVIDERS[name] not in inner.get_providers():
        raise _failed(path, name, providers.reason(name), "")
    return inner


def _failed(path: Path, name: str, missing: str, said: str) -> ModelError:
    """The error of a provider: something is `missing` for it, or this was `said`."""
    if said and not missing:
        return ModelError(f"provider {name!r} fails: {said}", where=path)
    what = f"provider {name!r} does not start here" + (f": {missing}" if missing else "")
    return ModelError(what, where=path, hint=providers.needs(name))


def _blamed(path: Path, name: str, threads: int, error: ModelError) -> ModelError:
    """Whose fault it is that the last provider failed: the model's, where the CPU fails as well."""
    if name == "cpu" or " fails: " not in error.what:
        return error
    try:
        _started(path, "cpu", threads)
    except ModelError as models_own:
        return models_own
    return ModelError(error.what, error.where, "provider cpu takes it")


def _start(path: Path, name: str, threads: int) -> Any:
    providers.prepare(name)
    onnxruntime.set_default_logger_severity(QUIET)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = QUIET
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    chain = providers.chain(name, threads, max(1, cores() // threads))
    return onnxruntime.InferenceSession(str(path), options, providers=chain, enable_fallback=0)


def told(error: Exception) -> str:
    """onnxruntime's message in one line, without its code, its source file and our path."""
    text = " ".join(str(error).split())
    if "CUDA failure" in text:
        return text[text.index("CUDA failure") :].partition(" ; ")[0]
    if newer := OPSET.search(text):
        return f"is written in opset {newer[1]}, supported are those up to {newer[2]}"
    text = text.rpartition("failed:")[2] if "Load model" in text else text
    text = text.removeprefix("[ONNXRuntimeError] : ")
    for part in text.split(" : ")[:2]:
        if part.isdigit() or part.isupper():
            text = text.removeprefix(f"{part} : ")
    for start in ("Unsupported model IR", "Non-zero status"):
        text = text[text.find(start) :] if start in text else text
    return text[:300]


def advice(text: str) -> str:
    """What to do about a file that onnxruntime refuses."""
    if "opset" in text.lower() or "IR version" in text:
        return f"export with an older opset; onnxruntime here is {onnxruntime.__version__}"
    if "external" in text.lower():
        return "its weights are in a second file that must lie beside it"
    return ""
