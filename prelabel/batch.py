"""A job from its sources to its outputs: units, journal, engine, export."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import formats
from formats import labels
from formats.dataset import Source
from prelabel import export, least_scores, lines, outfolder, sources, todo, vocabulary
from prelabel.engines import engine
from prelabel.job import Job, Spec, compare, fingerprint
from prelabel.journal import JOURNAL, Journal
from prelabel.labeler import Labeler
from prelabel.progress import Progress
from prelabel.report import Clock, Report
from prelabel.sources import Pictures
from prelabel.work import Entrance, Work, open_labeler

__all__ = ["SHELL", "Means", "run"]


@dataclass(frozen=True, slots=True)
class Means:
    """What a job works with: how its model is opened, and what is held while it is used."""

    opener: Callable[[Spec], AbstractContextManager[Labeler]] = open_labeler
    entrance: Entrance = nullcontext


SHELL = Means()
"""Those of `prelabel label`: a model of its own, and nobody else who waits for it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a job comes to once its model is open and its pictures are known."""

    job: Job
    pictures: Pictures
    labeler: Labeler
    vocabulary: vocabulary.Vocabulary
    targets: Sequence[export.Target]
    source: Source
    facts: Mapping[str, Any]
    header: bytes
    entrance: Entrance

    @property
    def out(self) -> Path:
        """The folder of journal and outputs."""
        return Path(self.job.out)

    @property
    def work(self) -> Work:
        """What is done to each batch."""
        job = self.job
        return Work(job.spec, job.asked, self.vocabulary.index, self.labeler, self.entrance)

    @property
    def batch(self) -> int:
        """Pictures in a batch: picture i is in batch i // batch, whatever was done before."""
        return self.labeler.runner.batch

    @property
    def workers(self) -> int:
        """Batches worked on at once."""
        pictures = self.job.spec.settings.workers or self.labeler.workers
        return max(1, pictures // self.batch)


def run(
    job: Job,
    progress: Progress | None = None,
    clock: Clock | None = None,
    means: Means = SHELL,
) -> Report:
    """Label the pictures of a job and write its outputs.

    Broken pictures do not stop it: they stand in the report. JobError, ModelError, FormatError and
    UnknownName tell what does. A job that was stopped, in whatever way, is taken up again with
    `resume` and ends in the same bytes.
    """
    clock, progress = clock or Clock(), progress or Progress()
    engine(job.engine)
    for name in job.targets:
        formats.get(name)
    pictures = sources.collect(job.sources, images=job.images, exclude=job.out)
    out = Path(job.out)
    with ExitStack() as stack:
        stack.enter_context(outfolder.held(out, resume=job.resume, overwrite=job.overwrite))
        labeler = stack.enter_context(means.opener(job.spec))
        plan = _planned(job, pictures, labeler, means.entrance)
        if job.overwrite and not job.resume:
            outfolder.clear(out)
        outfolder.sweep(out)
        journal = stack.enter_context(Journal(out / JOURNAL))
        return _finish(plan, journal, _label(plan, journal, progress, clock))


def _planned(job: Job, pictures: Pictures, labeler: Labeler, entrance: Entrance) -> Plan:
    card = labeler.card
    vocabulary.check_names(job.asked.classes, card.labels, "--classes")
    vocabulary.check_names(dict(job.asked.thresholds), card.labels, least_scores.FLAG)
    renamed = labels.aliases(Path(job.labels_map)) if job.labels_map else {}
    words = vocabulary.of(card.labels, pictures.labels, renamed)
    targets = export.targets(job.targets, card.task, job.options, job.spec.strict)
    source = Source("model", card.name, card.sha256[:12])
    facts = fingerprint(job, card, renamed, words.labels)
    header = lines.header(words.labels, source, pictures.extra, facts)
    return Plan(job, pictures, labeler, words, targets, source, facts, header, entrance)


def _label(plan: Plan, journal: Journal, progress: Progress, clock: Clock) -> Report:
    """Do what the journal does not have yet."""
    _take_up(plan, journal)
    units = plan.pictures.units
    with closing(plan.work) as work, progress:
        if journal.entries:
            progress.say(f"comparing {len(journal.entries)} pictures with the journal")
        done = todo.done(units, journal, work.fetcher, plan.workers)
        batches = list(todo.unfinished(units, done, plan.batch))
        report = Report.begun(units, journal, sum(map(len, batches)), clock)
        progress.start(len(units), report.kept)
        clock.steady()
        with closing(engine(plan.job.engine).map(work, batches, workers=plan.workers)) as outcomes:
            for _, outcome in outcomes:
                if isinstance(outcome, BaseException):
                    raise outcome
                journal.append(outcome)
                progress.advance(len(outcome), sum(bool(r.failure) for r in outcome))
        clock.done()
    return report


def _take_up(plan: Plan, journal: Journal) -> None:
    """Begin the journal, or see that it is of the same job; JobError where it is not."""
    if not journal.header:
        journal.begin(plan.header)
        return
    compare(lines.fingerprint_of(journal.header, journal.path), plan.facts, where=journal.path)


def _finish(plan: Plan, journal: Journal, report: Report) -> Report:
    """Bring the journal into source order and write the outputs from it."""
    journal.rewrite(plan.header, [unit.path for unit in plan.pictures.units])
    dataset = export.dataset_of(journal, plan.pictures, plan.vocabulary.labels, plan.source)
    for target in plan.targets:
        report.losses[target.name] = export.write(dataset, target, plan.out)
    if plan.job.preview:
        report.page = export.preview(dataset, plan.pictures, plan.out, plan.job.spec.settings)
    report.objects = export.count(dataset)
    report.warnings, report.provider = plan.labeler.warnings, plan.labeler.session.provider
    report.left_out = plan.vocabulary.left_out
    report.failures = export.failures(journal, plan.pictures)
    return report
