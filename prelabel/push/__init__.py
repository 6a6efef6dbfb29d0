"""Push: the tasks of a Label Studio project, labelled here, their predictions imported in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from formats.columns import nothing
from prelabel import lookahead
from prelabel.clients.label_studio import LabelStudio, Task
from prelabel.label_studio.plan import Plan
from prelabel.progress import Progress
from prelabel.push import planning
from prelabel.push.journal import Kept, kept
from prelabel.push.labelling import Made, Tasks
from prelabel.push.outbox import Outbox
from prelabel.push.report import Report
from prelabel.service import Service

__all__ = ["Push", "Report", "run", "show"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """What was asked: the project's id, ``class of the model: label of the project``, the folder
    of the journal (None: no journal), and how many pictures are worked on at once.
    """

    project: int
    alias: Mapping[str, str] = field(default_factory=nothing)
    out: Path | None = None
    resume: bool = False
    workers: int = 1


def run(
    push: Push, studio: LabelStudio, service: Service, progress: Progress | None = None
) -> Report:
    """Label the tasks that have no prediction of this version yet, and import what was seen.

    Broken pictures do not stop it: they stand in the report. FetchError where Label Studio stays
    away; what is in the journal by then is not labelled again.
    """
    project = studio.project(push.project)
    plan = planning.plan(project, service.pool, push.alias)
    report = Report(plan.version, project.tasks, project.model_version)
    facts = _facts(push, studio, plan)
    with kept(push.out, facts, resume=push.resume) as journal, progress or Progress() as shown:
        outbox = Outbox(studio, project.id, plan.version, report.failures.__setitem__)
        there = {task.id for task in studio.labelled(project.id, plan.version)}
        report.there = len(there)
        shown.start(project.tasks, len(there))
        tasks = (task for task in studio.tasks(project.id) if task.id not in there)
        for made in _made(tasks, Tasks(service, plan), journal, push.workers):
            report.count(made)
            if made.prediction is not None:
                outbox.add(made.prediction)
            shown.advance(1, bool(made.failure))
        outbox.flush()
    report.imported = outbox.imported
    return report


def show(studio: LabelStudio, push: Push, report: Report) -> None:
    """Have the project show these predictions, where it shows none so far."""
    if report.imported and not report.shown:
        studio.show(push.project, report.version)
        report.shown = report.version


def _facts(push: Push, studio: LabelStudio, plan: Plan) -> dict[str, Any]:
    """What a journal must agree in: its predictions are of these tasks and this version."""
    return {
        "label-studio": studio.rest.site.address,
        "project": push.project,
        "model-version": plan.version,
    }


def _made(tasks: Iterable[Task], labeller: Tasks, journal: Kept, workers: int) -> Iterator[Made]:
    """What became of each task, in order; new predictions are in the journal before they go on."""

    def one(task: Task) -> Made:
        known = journal.find(task.id)
        return labeller.label(task) if known is None else Made(task.id, known, kept=True)

    with closing(lookahead.ordered(one, tasks, workers)) as outcomes:
        for _, made in outcomes:
            if isinstance(made, Exception):
                raise made
            if made.prediction is not None and not made.kept:
                journal.add(made.prediction)
            yield made
