"""A video job from its clips to its outputs: frames, journal, tracks, formats."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np

import formats
from prelabel import lines, outfolder
from prelabel.batch import SHELL, Means
from prelabel.errors import FetchError, ImageError
from prelabel.job import compare
from prelabel.journal import JOURNAL, Journal
from prelabel.progress import Progress
from prelabel.report import Clock
from prelabel.video import failures, outputs, sources
from prelabel.video.clip import Clip, chosen
from prelabel.video.job import VideoJob
from prelabel.video.journaled import Journaled
from prelabel.video.plan import Plan, planned
from prelabel.video.report import VideoReport
from prelabel.video.rounds import look_at

__all__ = ["run"]


def run(
    job: VideoJob,
    progress: Progress | None = None,
    clock: Clock | None = None,
    means: Means = SHELL,
) -> VideoReport:
    """Make the tracks of the clips of a job and write its outputs.

    Broken clips and frames do not stop it: they stand in the report. JobError, ModelError,
    FormatError, SettingsError and UnknownName tell what does. A job that was stopped, in whatever
    way, is taken up again with `resume`, inside a clip too, and ends in the same bytes.
    """
    clock, progress = clock or Clock(), progress or Progress()
    chosen(np.zeros(1), job.options.sampling)
    for name in job.targets:
        formats.get(name)
    units, root = sources.collect(job.clips, exclude=job.out)
    out = Path(job.out)
    with ExitStack() as stack:
        stack.enter_context(outfolder.held(out, resume=job.resume, overwrite=job.overwrite))
        labeler = stack.enter_context(means.opener(job.spec))
        plan = planned(job, units, root, labeler, means.entrance)
        if job.overwrite and not job.resume:
            outfolder.clear(out)
        outfolder.sweep(out)
        journal = stack.enter_context(Journal(out / JOURNAL))
        _take_up(plan, journal)
        report = VideoReport(clock, clips=len(units), left_out=plan.vocabulary.left_out)
        report.warnings, report.provider = labeler.warnings, labeler.session.provider
        with progress:
            stores = _opened(plan, journal, progress, report)
            _look(plan, stores, progress, report)
        _in_order(plan, journal, stores, report)
        outputs.write(plan, stores, report)
    return report


def _take_up(plan: Plan, journal: Journal) -> None:
    """Begin the journal, or see that it is of the same job; JobError where it is not."""
    if journal.header:
        compare(lines.fingerprint_of(journal.header, journal.path), plan.facts, where=journal.path)
    else:
        journal.begin(plan.header)


def _opened(
    plan: Plan, journal: Journal, progress: Progress, report: VideoReport
) -> list[Journaled]:
    """The clips that can be read; the others become failures of the journal."""
    found = []
    for unit in plan.units:
        try:
            clip = Clip.open(unit, plan.job.spec.settings, plan.job.rate)
        except (ImageError, FetchError) as error:
            journal.append([failures.of_clip(unit.path, error)])
            report.failures.append((unit.path, error.what))
        else:
            found.append(Journaled(clip, journal, progress))
    report.frames = sum(store.clip.video.count for store in found)
    return found


def _look(plan: Plan, stores: Sequence[Journaled], progress: Progress, report: VideoReport) -> None:
    """Look at the frames that the journal lacks."""
    first = [store.clip.wanted(plan.job.options.sampling).tolist() for store in stores]
    kept = sum(len(store.known(wanted)) for store, wanted in zip(stores, first, strict=True))
    progress.start(sum(map(len, first)), kept)
    report.clock.steady()
    with closing(plan.work()) as work:
        for store in stores:
            try:
                look_at(store.clip, work, plan.job.options, store, plan.pictures)
            except (ImageError, FetchError) as error:
                store.fail(error)
    report.clock.done()
    report.looked = sum(store.looked for store in stores)
    report.kept = sum(len(store.frames) for store in stores) - report.looked


def _in_order(
    plan: Plan, journal: Journal, stores: Sequence[Journaled], report: VideoReport
) -> None:
    """Bring the journal into the order of clips and frames; tell what is no longer in it."""
    frames_of = {store.clip.unit.path: store for store in stores}
    names = [unit.path for unit in plan.units]
    report.vanished = failures.vanished(journal.entries, names)
    journal.rewrite(
        plan.header,
        [path for name in names for path in _paths(name, frames_of.get(name))],
    )
    for store in stores:
        report.failures += store.failures()
        report.problems += [(store.clip.unit.path, str(p)) for p in store.clip.video.problems]


def _paths(name: str, store: Journaled | None) -> list[str]:
    """The journal's names of a clip: those of its frames, or its own where it cannot be read."""
    return [name] if store is None else [store.clip.name(frame) for frame in store.frames]
