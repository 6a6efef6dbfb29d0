"""`Batch`: the tasks of one request: the kept answers first, then those that come in time."""

from __future__ import annotations

import logging
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from queue import Empty, SimpleQueue

from prelabel.errors import DeadlineError
from prelabel.label_studio.plan import Plan
from prelabel.label_studio.wanted import Answer, Wanted
from server.protocols.label_studio import writing
from server.protocols.label_studio.lanes import Queue
from server.protocols.label_studio.requests import Task
from server.protocols.label_studio.store import Store
from server.protocols.label_studio.writing import NOTHING, Question

__all__ = ["Batch"]

LOG = logging.getLogger("prelabel.server")
REFILL = 4
"""Pictures that are handed in when one is finished, where not all had a place at first."""
MOST_BYTES = 64 << 20
"""Of one answer; what is beyond comes with the next request. Masks of thousands of pictures would
fill the memory of both sides."""


class Batch:
    """One request's tasks, walked by one thread; `results` can be sent at any time.

    `outcomes` counts them: kept, made, failed, unfinished; `problem` is the first reason to fail.
    """

    def __init__(
        self,
        results: list[bytes],
        plan: Plan,
        store: Store,
        background: Queue,
        end: float,
    ) -> None:
        """`results` hold `NOTHING` for each task; `end`: value of `time.monotonic` when due."""
        self.results = results
        self.outcomes: Counter[str] = Counter()
        self.problem = ""
        self._told = False
        self._plan = plan
        self._store = store
        self._background = background
        self._end = end
        self._bytes = 0
        self._questions: list[list[Question]] = []
        self._unasked: deque[tuple[str, Wanted]] = deque()
        self._pending: set[str] = set()
        self._futures: dict[str, Future[Answer]] = {}
        self._done: SimpleQueue[str] = SimpleQueue()

    def fill(self, tasks: Sequence[Task]) -> None:
        """Answer what is kept and what is made in time; the rest stays in the background."""
        self._questions = [writing.questions(self._plan, task) for task in tasks]
        askable = [i for i, asked in enumerate(self._questions) if asked]
        if len(askable) < len(self.results):
            self.outcomes["failed"] = len(self.results) - len(askable)
            self.problem = "a task names no picture that a control takes"
        missing = {i: keys for i in askable if (keys := self._missing(self._questions[i]))}
        wanted = {k: w for i in missing for _, w, k in self._questions[i] if k in missing[i]}
        self._unasked = deque(wanted.items())
        self._want(len(wanted))
        try:
            for i in askable:
                if i not in missing and self._has_room:
                    self._write(i, "kept")
            self._wait(missing)
        finally:
            open_ = [key for key, future in self._futures.items() if not future.done()]
            self._background.leave(open_)
        self.outcomes["unfinished"] += len(self.results) - self.outcomes.total()

    def _missing(self, asked: Sequence[Question]) -> set[str]:
        return {key for _, _, key in asked if key not in self._store}

    def _want(self, most: int) -> None:
        """Hand missing answers to the background; those without a place there wait here."""
        units = [self._unasked.popleft() for _ in range(min(most, len(self._unasked)))]
        for unit, future in zip(units, self._background.want(units), strict=True):
            if future is None:
                self._unasked.append(unit)
            else:
                self._pending.add(unit[0])
                self._futures[unit[0]] = future
                future.add_done_callback(self._teller(unit[0]))

    def _teller(self, key: str) -> Callable[[Future[Answer]], None]:
        return lambda _: self._done.put(key)

    @property
    def _has_room(self) -> bool:
        return self._bytes < MOST_BYTES and time.monotonic() < self._end

    def _wait(self, missing: dict[int, set[str]]) -> None:
        """Write tasks as their last missing answer comes in."""
        waiting = defaultdict(list)
        for i, keys in missing.items():
            for key in keys:
                waiting[key].append(i)
        while self._pending and self._has_room:
            try:
                key = self._done.get(timeout=max(0.0, self._end - time.monotonic()))
            except Empty:
                return
            self._pending.discard(key)
            self._want(REFILL)
            for i in waiting[key]:
                self._arrived(i, key, missing)
            if not any(missing.get(i) for i in waiting[key]):
                del self._futures[key]

    def _arrived(self, i: int, key: str, missing: dict[int, set[str]]) -> None:
        if key not in missing.get(i, ()):
            return
        missing[i].discard(key)
        if self._failed(key):
            del missing[i]
        elif not missing[i] and self._has_room:
            self._write(i, "made")

    def _failed(self, key: str) -> bool:
        """Whether there is no answer; of a picture that failed, the task is asked again."""
        try:
            error = self._futures[key].exception()
        except CancelledError:
            return True
        if error is not None:
            self.outcomes["failed"] += 1
            self.problem = self.problem or str(error)
        return error is not None

    def _write(self, i: int, how: str) -> None:
        """Write the answer to a task; one that fails never costs the others theirs."""
        try:
            text = self._text(i)
        except DeadlineError:
            return
        except Exception as error:
            if not self._told:
                LOG.exception("the regions of a task cannot be written")
            self._told = True
            self.problem = self.problem or str(error)
            self.outcomes["failed"] += 1
            return
        self.results[i] = text
        self._bytes += len(text)
        self.outcomes[how if text != NOTHING else "failed"] += 1

    def _text(self, i: int) -> bytes:
        answers = [(part, w, self._answer(key)) for part, w, key in self._questions[i]]
        return writing.task(self._plan, answers)

    def _answer(self, key: str) -> Answer:
        """DeadlineError where the store has just let it go."""
        future = self._futures.get(key)
        found = future.result() if future is not None else self._store.find(key)
        if found is None:
            raise DeadlineError("the answer is not kept any more")
        return found
