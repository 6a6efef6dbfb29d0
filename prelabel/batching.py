"""Who runs the graph for many threads: each caller itself, or a batch made of several calls.

On a CPU a batch seldom pays, so `Direct` lets callers run side by side, as many as there are cores.
Where it pays (a GPU, or a graph that only takes batches of N), `Batcher` joins what waits: it takes
what is there when the last run has ended, waits for nothing and polls nothing, so that a lone call
is not delayed. Both offer the same, refuse work beyond a bound, and on `close` finish
what they accepted.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from prelabel.errors import BusyError, ModelError
from prelabel.models.graph import Graph

__all__ = ["Batcher", "Direct", "Runner", "Runs", "batch_axis", "runner"]

Arrays = Mapping[str, NDArray[np.generic]]
Outputs = list[NDArray[np.generic]]


class Runs(Protocol):
    """What runs arrays through a graph: a `Session`, or a stand-in in tests."""

    graph: Graph

    def run(self, inputs: Arrays) -> Outputs:
        """All outputs, in the graph's order."""


class Runner(Protocol):
    """Runs one picture's inputs (batch axis 1) for any number of threads."""

    batch: int
    """Most calls that become one run."""

    def submit(self, inputs: Arrays) -> Future[Outputs]:
        """The outputs, when they are there; BusyError at once where too many wait."""

    def run(self, inputs: Arrays) -> Outputs:
        """The outputs; waits for them."""

    def close(self) -> None:
        """Take no more calls and finish those accepted."""


def runner(session: Runs, *, on_cpu: bool, side_by_side: int, batch: int, queue: int) -> Runner:
    """The `Runner` that pays for this graph and machine.

    `side_by_side`: runs at once on a CPU; `batch`: most pictures in one run; `queue`: most calls
    that wait.
    """
    size = batch_axis(session.graph)
    if size is not None and size > 1:
        return Batcher(session, size, queue, fixed=True)
    if size is None or size == 1 or on_cpu or batch == 1:
        return Direct(session, side_by_side, queue)
    return Batcher(session, batch, queue)


def batch_axis(graph: Graph) -> int | None:
    """How many pictures one run takes: N where fixed, 0 for any number, None where unknown.

    Unknown where inputs and outputs do not share a first axis: the rows of such an output cannot be
    told apart by picture.
    """
    axes = {t.shape[0] if t.shape else None for t in (*graph.inputs, *graph.outputs)}
    if len(axes) != 1:
        return None
    axis = axes.pop()
    return axis if isinstance(axis, int) else (0 if axis else None)


class Direct:
    """Every caller runs its own call; at most `side_by_side` at once, `queue` more wait."""

    def __init__(self, session: Runs, side_by_side: int, queue: int) -> None:
        self.batch = 1
        self._session = session
        self._cores = threading.BoundedSemaphore(side_by_side)
        self._places = threading.BoundedSemaphore(side_by_side + queue)
        self._idle = threading.Condition()
        self._inside = 0
        self._closed = False

    def submit(self, inputs: Arrays) -> Future[Outputs]:
        """As `run`, with the outcome in a Future that is done."""
        future: Future[Outputs] = Future()
        self._enter()
        try:
            future.set_result(self._run(inputs))
        except Exception as error:  # noqa: BLE001 - handed to the caller through the future
            future.set_exception(error)
        return future

    def run(self, inputs: Arrays) -> Outputs:
        """The outputs, computed in this thread; BusyError where too many wait."""
        self._enter()
        return self._run(inputs)

    def close(self) -> None:
        """Take no more calls and wait for those inside."""
        with self._idle:
            self._closed = True
            self._idle.wait_for(lambda: self._inside == 0)

    def _enter(self) -> None:
        with self._idle:
            if self._closed:
                raise BusyError("the model is being closed")
            if not self._places.acquire(blocking=False):
                raise BusyError("too many calls wait for the model", hint="try again later")
            self._inside += 1

    def _run(self, inputs: Arrays) -> Outputs:
        try:
            with self._cores:
                return self._session.run(inputs)
        finally:
            self._places.release()
            with self._idle:
                self._inside -= 1
                self._idle.notify_all()


@dataclass(slots=True, eq=False)
class Call:
    """One picture's inputs that wait, and where their outputs go."""

    inputs: Arrays
    future: Future[Outputs] = field(default_factory=Future)

    @property
    def form(self) -> tuple:
        """Calls of one form can be joined: same names, types and shapes."""
        return tuple((name, a.dtype.str, a.shape) for name, a in sorted(self.inputs.items()))


class Batcher:
    """One thread runs what waits, up to `size` calls of one form at a time, in their order.

    `fixed`: the graph takes exactly `size` pictures, so that a smaller batch is filled up.
    """

    def __init__(self, session: Runs, size: int, queue: int, *, fixed: bool = False) -> None:
        self.batch = size
        self._session = session
        self._queue = queue
        self._fixed = fixed
        self._waiting: deque[Call] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="prelabel-batch", daemon=True)
        self._thread.start()

    def submit(self, inputs: Arrays) -> Future[Outputs]:
        """The outputs, when they are there; BusyError at once where too many wait."""
        call = Call(inputs)
        with self._changed:
            if self._closed:
                raise BusyError("the model is being closed")
            if len(self._waiting) >= self._queue:
                raise BusyError("too many calls wait for the model", hint="try again later")
            self._waiting.append(call)
            self._changed.notify()
        return call.future

    def run(self, inputs: Arrays) -> Outputs:
        """The outputs; waits for them."""
        return self.submit(inputs).result()

    def close(self) -> None:
        """Take no more calls and finish those accepted."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _serve(self) -> None:
        while calls := self._next():
            live = [call for call in calls if call.future.set_running_or_notify_cancel()]
            if live:
                self._answer(live)

    def _next(self) -> list[Call]:
        """The next calls to run together, oldest first; none when closed and all is done."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            if not self._waiting:
                return []
            form = self._waiting[0].form
            chosen = [c for c in self._waiting if c.form == form][: self.batch]
            taken = set(map(id, chosen))
            self._waiting = deque(c for c in self._waiting if id(c) not in taken)
            return chosen

    def _answer(self, calls: list[Call]) -> None:
        """Run the calls as one; where that fails, each alone: an error reaches its own caller."""
        try:
            answers = self._joined(calls)
        except Exception as error:  # noqa: BLE001 - handed to the callers
            if len(calls) > 1:
                for call in calls:
                    self._answer([call])
            else:
                calls[0].future.set_exception(error)
            return
        for call, outputs in zip(calls, answers, strict=True):
            call.future.set_result(outputs)

    def _joined(self, calls: list[Call]) -> list[Outputs]:
        names = calls[0].inputs
        padding = [calls[-1]] * (self.batch - len(calls)) if self._fixed else []
        rows = [call.inputs for call in (*calls, *padding)]
        outputs = self._session.run({n: np.concatenate([r[n] for r in rows]) for n in names})
        if any(len(output) != len(rows) for output in outputs):
            shapes = ", ".join(str(list(output.shape)) for output in outputs)
            raise ModelError(
                f"a batch of {len(rows)} gave outputs {shapes}", where=self._session.graph.path
            )
        return [[output[i : i + 1] for output in outputs] for i in range(len(calls))]
