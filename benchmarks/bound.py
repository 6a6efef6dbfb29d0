"""The lower bound on time: bare `session.run` on one prepared picture, nothing around it; for the
server also the decoding of JPEG pictures."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

__all__ = ["WAYS", "Bound"]

Way = Callable[["Bound", int], float]


class Bound:
    """The graph opened with one thread and with two; rates in pictures per second.

    `pictures`: JPEG bytes, one of which is decoded with every run.
    """

    def __init__(self, model: Path, pictures: Sequence[bytes] = ()) -> None:
        self.pictures = [np.frombuffer(data, np.uint8) for data in pictures]
        self.one = opened(model, threads=1)
        self.two = opened(model, threads=2)
        tensor = self.one.get_inputs()[0]
        shape = [size if isinstance(size, int) else 1 for size in tensor.shape]
        picture = np.random.default_rng(0).random(shape, dtype=np.float32)
        self.inputs = {tensor.name: picture}

    def rate(self, session: onnxruntime.InferenceSession, count: int, callers: int) -> float:
        """Pictures per second of `count` runs, shared by `callers` threads."""
        self.once(session, 0)
        with ThreadPoolExecutor(callers) as pool:
            start = time.perf_counter()
            for _ in pool.map(lambda i: self.once(session, i), range(count)):
                pass
            return count / (time.perf_counter() - start)

    def once(self, session: onnxruntime.InferenceSession, turn: int) -> None:
        """One run, after decoding one of the pictures where there are some."""
        if self.pictures:
            cv2.imdecode(self.pictures[turn % len(self.pictures)], cv2.IMREAD_COLOR)
        session.run(None, self.inputs)


def opened(model: Path, threads: int) -> onnxruntime.InferenceSession:
    """A CPU session with `threads` intra-op threads and no spinning."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(model), options, ["CPUExecutionProvider"])


WAYS: dict[str, Way] = {
    "1 thread": lambda bound, count: bound.rate(bound.one, count, callers=1),
    "2 threads": lambda bound, count: bound.rate(bound.two, count, callers=1),
    "2 parallel runs": lambda bound, count: bound.rate(bound.one, count, callers=2),
}
