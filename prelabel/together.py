"""Pictures of one batch through the model at once, whatever the threads do meanwhile.

Which pictures a run of the graph sees decides its last bits, so jobs never let timing choose: the
pictures of a batch run side by side, each in a thread of its own; a call waits until every other
picture of the batch has made its own call, or is done; then all these calls become one run.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from prelabel.models.run import Run

__all__ = ["Rendezvous", "each"]

Arrays = Mapping[str, NDArray[np.generic]]
Outputs = list[NDArray[np.generic]]
Unit = TypeVar("Unit")
Result = TypeVar("Result")


class Runs(Protocol):
    """What runs arrays through a graph."""

    def run(self, inputs: Arrays) -> Outputs:
        """All outputs."""


def each(
    work: Callable[[Unit, Run], Result], batch: Sequence[Unit], session: Runs, size: int
) -> list[Result]:
    """`work` of every unit, given a `run` that joins the calls of the batch.

    `size`: pictures that a run of the graph takes, if it takes no other number, else 0.
    """
    meeting = Rendezvous(session, len(batch), size)

    def one(place: int) -> Result:
        try:
            return work(batch[place], meeting.run_of(place))
        finally:
            meeting.leave(place)

    with ThreadPoolExecutor(len(batch), thread_name_prefix="prelabel-batch") as pool:
        return list(pool.map(one, range(len(batch))))


class Rendezvous:
    """Joins the calls of `members`; see the module."""

    def __init__(self, session: Runs, members: int, size: int = 0) -> None:
        self._session = session
        self._size = size
        self._present = set(range(members))
        self._calls: dict[int, Arrays] = {}
        self._answers: dict[int, Outputs | Exception] = {}
        self._changed = threading.Condition()

    def run_of(self, place: int) -> Run:
        """The `run` of the member at `place`."""

        def run(graph: str, inputs: Arrays, *, key: str | None = None) -> Outputs:
            return self._meet(place, inputs)

        return run

    def leave(self, place: int) -> None:
        """The member makes no more calls."""
        with self._changed:
            self._present.discard(place)
            self._run_if_complete()

    def _meet(self, place: int, inputs: Arrays) -> Outputs:
        with self._changed:
            self._calls[place] = inputs
            self._run_if_complete()
            self._changed.wait_for(lambda: place in self._answers)
            answer = self._answers.pop(place)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _run_if_complete(self) -> None:
        """Answer all calls when every present member has made one; others wait meanwhile."""
        if not self._calls or self._calls.keys() != self._present:
            return
        forms: dict[Any, list[int]] = {}
        for place in sorted(self._calls):
            forms.setdefault(_form(self._calls[place]), []).append(place)
        for places in forms.values():
            self._answer(places)
        self._calls.clear()
        self._changed.notify_all()

    def _answer(self, places: Sequence[int]) -> None:
        """Run these calls as one; where that fails each alone, so that one spoils no other."""
        try:
            found = self._joined([self._calls[place] for place in places])
            self._answers.update(zip(places, found, strict=True))
        except Exception as error:  # noqa: BLE001 - raised in the callers' threads
            if len(places) == 1:
                self._answers[places[0]] = error
            else:
                for place in places:
                    self._answer([place])

    def _joined(self, calls: Sequence[Arrays]) -> list[Outputs]:
        rows = [*calls, *[calls[-1]] * max(self._size - len(calls), 0)]
        inputs = {name: np.concatenate([row[name] for row in rows]) for name in calls[0]}
        outputs = self._session.run(inputs)
        return [[output[i : i + 1] for output in outputs] for i in range(len(calls))]


def _form(inputs: Arrays) -> tuple[Any, ...]:
    """Calls of one form can be joined: same names, types and shapes."""
    return tuple((name, a.dtype.str, a.shape) for name, a in sorted(inputs.items()))
