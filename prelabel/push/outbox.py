"""`Outbox`: predictions on their way into Label Studio, each exactly once.

They go in bulk, a hundred times faster than one by one. The bulk call takes all of them or answers
400; it leaves out invalid ones without a word; and when its answer is lost, nobody knows. So after
anything but a plain yes, Label Studio is asked which of the tasks have a prediction of this version
by now, and only the others are sent again, in halves until the one at fault stands alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from prelabel.clients.label_studio import LabelStudio
from prelabel.clients.rest import AnswerError

__all__ = ["Outbox", "Prediction"]


MOST = 250
"""Predictions in one call; Label Studio takes 500 at a time or none."""
MOST_BYTES = 8 << 20
"""Of one call; proxies commonly refuse more than some tens of MiB."""
SECONDS = 5.0
"""Seconds after which a call is not waited for to fill up: what a crash may cost."""
PAUSES = (2.0, 10.0, 30.0)
"""Seconds before a call is repeated whose answer got lost."""
TOO_MUCH = frozenset({400, 413, 422})
"""Answers after which nothing was stored."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """A prediction of a task: the JSON object that the bulk route takes, the task's id in it.

    It has ``task``, ``result``, ``score`` and ``model_version``.
    """

    task: int
    json: bytes


class Outbox:
    """Collects predictions and sends them; to be flushed at the end.

    `refused(task, reason)` is called for each that Label Studio does not take. The clock and the
    pauses are arguments, like the network.
    """

    def __init__(
        self,
        studio: LabelStudio,
        project: int,
        version: str,
        refused: Callable[[int, str], None],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.imported = 0
        self._studio = studio
        self._project = project
        self._version = version
        self._refused = refused
        self._clock = clock
        self._sleep = sleep
        self._waiting: list[Prediction] = []
        self._bytes = 0
        self._since = 0.0

    def add(self, prediction: Prediction) -> None:
        """Take a prediction, and send what waits when it is enough or has waited long enough."""
        size = len(prediction.json)
        if self._waiting and self._bytes + size > MOST_BYTES:
            self.flush()
        if not self._waiting:
            self._since = self._clock()
        self._waiting.append(prediction)
        self._bytes += size
        if len(self._waiting) >= MOST or self._clock() - self._since >= SECONDS:
            self.flush()

    def flush(self) -> None:
        """Send what waits; AnswerError where Label Studio stays away."""
        waiting, self._waiting, self._bytes = self._waiting, [], 0
        if waiting:
            self._send(waiting)

    def _send(self, predictions: Sequence[Prediction]) -> None:
        """Send predictions until each was taken or refused."""
        for pause in (*PAUSES, None):
            try:
                created = self._studio.import_predictions(
                    self._project, [p.json for p in predictions]
                )
            except AnswerError as error:
                if error.status in TOO_MUCH:
                    self._halve(predictions, error.what)
                    return
                if pause is None or 400 <= error.status < 500:
                    raise
                self._sleep(pause)
                predictions = self._missing(predictions)
                if not predictions:
                    return
                continue
            self._settle(predictions, created)
            return

    def _settle(self, predictions: Sequence[Prediction], created: int) -> None:
        """Count what was taken, and find out what was left out without a word."""
        if created == len(predictions):
            self.imported += created
            return
        left = self._missing(predictions)
        for prediction in left:
            self._refused(prediction.task, "Label Studio does not take its regions")

    def _halve(self, predictions: Sequence[Prediction], reason: str) -> None:
        """Send both halves; one that stands alone is refused."""
        if len(predictions) == 1:
            self._refused(predictions[0].task, reason)
            return
        middle = len(predictions) // 2
        self._send(predictions[:middle])
        self._send(predictions[middle:])

    def _missing(self, predictions: Sequence[Prediction]) -> list[Prediction]:
        """Those of which Label Studio has none; the others are counted as imported."""
        tasks = [prediction.task for prediction in predictions]
        among = (min(tasks), max(tasks))
        there = self._studio.labelled(self._project, self._version, among=among)
        known = {task.id for task in there}
        left = [prediction for prediction in predictions if prediction.task not in known]
        self.imported += len(predictions) - len(left)
        return left
