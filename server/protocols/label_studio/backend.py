"""`Backend`: what the routes of this protocol share: configs, store, background, counters."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from prometheus_client import Counter

from formats.labels import aliases
from prelabel.errors import BusyError, CancelledError, DeadlineError, PrelabelError, SettingsError
from prelabel.label_studio.configs import Configs
from prelabel.label_studio.plan import Plan, Planner
from prelabel.label_studio.wanted import Answer, Wanted
from prelabel.settings import Settings
from prelabel.tickets import Priority, Ticket
from server.protocols.label_studio import interactive, writing
from server.protocols.label_studio.answers import Answers
from server.protocols.label_studio.background import Background
from server.protocols.label_studio.batch import Batch
from server.protocols.label_studio.correcting import Correcting
from server.protocols.label_studio.events import NAME, Told
from server.protocols.label_studio.lanes import Lanes
from server.protocols.label_studio.requests import Prediction, Task
from server.protocols.label_studio.store import Store
from server.protocols.label_studio.writing import NOTHING
from server.state import State

__all__ = ["FOLDER", "Backend"]

LOG = logging.getLogger("prelabel.server")
FOLDER = "label-studio"
"""Of the store, in the server's data folder."""
MIB = 1 << 20
AHEAD = 16
"""Pictures that are fetched while as many are looked at as pays."""
CLIPS = 1
"""Clips that are followed at a time: each takes all the places that models have."""
UNFINISHED = (BusyError, CancelledError, DeadlineError)


class Backend:
    """One for the server's life; its threads and its store end with it."""

    def __init__(self, state: State) -> None:
        settings = state.settings
        self._service = state.service
        self.configs = Configs()
        site = f"{settings.label_studio_url} {settings.label_studio_files}"
        self._planner = Planner(state.service.pool, _alias(settings), site)
        self._store = Store(state.data_dir / FOLDER, settings.label_studio_store * MIB)
        state.closing.callback(self._store.close)
        self._answers = Answers(state.service, self._store)
        places = settings.label_studio_queue
        self._background = Lanes(
            Background(self._work, _threads(state), places), Background(self._follow, CLIPS, places)
        )
        state.closing.callback(self._background.close)
        self._corrections = state.corrections
        making = Correcting(state.service, self.configs, self._planner)
        state.corrections.speaks(NAME, making)
        self._following = Ticket(Priority.BULK)
        state.closing.callback(self._following.cancel)
        self._tasks = _counter(state, "tasks", "Tasks that were asked about.", "outcome")
        self._events = _counter(state, "events", "Events that webhooks told.", "action")
        show = state.metrics.gauge
        show("label_studio_waiting", "Pictures still to do.", lambda: self._background.waiting)
        show("label_studio_kept", "Answers in the store.", lambda: len(self._store))
        show("label_studio_kept_bytes", "Bytes of the store.", lambda: self._store.bytes)

    def plan(self, config: str) -> Plan:
        """The plan of a labeling config; touches memory only."""
        return self._planner.plan(self.configs.parsed(config))

    def versions(self) -> list[str]:
        """The model versions of the configs that were seen last, the newest first."""
        plans = [self._planner.plan(parsed).version for parsed in self.configs.all()]
        return list(dict.fromkeys(reversed(plans)))

    def happened(self, action: str) -> None:
        """Count an event of a webhook."""
        self._events.labels(action).inc()

    def corrected(self, told: Told) -> None:
        """Keep what a webhook told of annotations; it is there for good when this returns."""
        if told.events:
            self._corrections.arrive(told.events)
        if told.deleted:
            self._corrections.delete(NAME, told.deleted)

    def fill(self, results: list[bytes], plan: Plan, asked: Prediction, end: float) -> None:
        """Answer the tasks of a request, each in its place of `results`, which hold `NOTHING`.

        `end`: value of `time.monotonic` when they are due. A model file that has changed counts
        from the next request on.
        """
        for part in plan.parts:
            self._service.pool.look(part.model)
        clips = any(part.video is not None for part in plan.parts)
        if len(results) == 1 and (asked.drawn or not clips):
            results[0] = self._one(plan, asked, end)
        elif results:
            batch = Batch(results, plan, self._store, self._background, end)
            batch.fill(asked.tasks)
            self._count(batch.outcomes, batch.problem)

    def _one(self, plan: Plan, asked: Prediction, end: float) -> bytes:
        """The answer to a lone task: somebody has opened it, and waits."""
        ticket = Ticket(Priority.INTERACTIVE, end)
        (task,) = asked.tasks
        kept = all(key in self._store for _, _, key in writing.questions(plan, task))
        try:
            text = self._text(plan, asked, task, ticket)
            found = "kept" if kept else "made"
            self._count({found if text != NOTHING else "failed": 1})
        except UNFINISHED:
            self._later(plan, task)
            self._count({"unfinished": 1})
            return NOTHING
        except Exception as error:  # noqa: BLE001 - a task that fails is answered with nothing
            _tell(error)
            self._count({"failed": 1})
            return NOTHING
        return text

    def _text(self, plan: Plan, asked: Prediction, task: Task, ticket: Ticket) -> bytes:
        if asked.drawn:
            return interactive.suggestion(
                plan, asked.drawn, task, lambda wanted: self._answers.make(wanted, ticket)
            )
        questions = writing.questions(plan, task)
        if not questions:
            return NOTHING
        return writing.task(plan, [(p, w, self._answers.make(w, ticket)) for p, w, _ in questions])

    def _later(self, plan: Plan, task: Task) -> None:
        """What was not finished in time is finished in the background."""
        keys = {key: wanted for _, wanted, key in writing.questions(plan, task)}
        self._background.want(list(keys.items()))
        self._background.leave(keys)

    def _work(self, wanted: Wanted) -> Answer:
        return self._answers.make(wanted, Ticket(Priority.BULK))

    def _follow(self, wanted: Wanted) -> Answer:
        """The tracks of a clip; a server that is being closed does not wait for them."""
        with self._following.part() as ticket:
            return self._answers.make(wanted, ticket)

    def _count(self, outcomes: Mapping[str, int], problem: str = "") -> None:
        for outcome, count in outcomes.items():
            self._tasks.labels(outcome).inc(count)
        told = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.items() if count)
        level = logging.WARNING if problem else logging.INFO
        LOG.log(level, "tasks of Label Studio: %s%s", told, problem and f"; first: {problem}")


def _counter(state: State, name: str, line: str, label: str) -> Counter:
    name = f"prelabel_label_studio_{name}"
    return Counter(name, line, (label,), registry=state.metrics.registry)


def _threads(state: State) -> int:
    """Threads of the background: all places of the gate, and some that fetch meanwhile."""
    return state.service.gate.places + AHEAD


def _alias(settings: Settings) -> Mapping[str, str]:
    """From classes of the models to labels of the projects, of the file in `labels_map`."""
    if not settings.labels_map:
        return {}
    try:
        return aliases(Path(settings.labels_map))
    except PrelabelError as error:
        raise SettingsError(str(error), where="labels_map") from error


def _tell(error: Exception) -> None:
    if isinstance(error, PrelabelError):
        LOG.warning("a task of Label Studio was not labelled: %s", error)
    else:
        LOG.error("a task of Label Studio was not labelled", exc_info=error)
