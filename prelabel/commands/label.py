"""`prelabel label`: pre-label pictures with an ONNX model."""

from __future__ import annotations

from typing import Any

import click

from prelabel import progress
from prelabel.commands import flags
from prelabel.commands.flags import JOB, MACHINE, MODEL, OUTPUTS
from prelabel.commands.telling import tell, write_summary
from prelabel.errors import PARTIAL
from prelabel.job import Job
from prelabel.report import Clock

__all__ = ["command"]


@click.command("label")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@flags.flags(OUTPUTS, MODEL)
@click.option("--images", default="", metavar="DIR", help="Where a dataset's pictures are.")
@flags.flags(JOB, MACHINE)
@click.option("--allow-host", multiple=True, metavar="HOST", help="Fetch from it though private.")
@click.option("--engine", default="local", show_default=True, metavar="NAME")
@click.pass_context
def command(context: click.Context, /, summary: str | None, **given: Any) -> None:
    """Pre-label pictures with an ONNX model.

    SOURCE is a picture, a folder, a pattern, a .txt list, an http(s) address, or a dataset (COCO
    .json, data.yaml, native .jsonl), whose ids, names, splits and categories are kept.
    """
    clock = Clock()
    from prelabel import batch  # loads the runtime

    try:
        report = batch.run(job(**given), progress.on_stderr(), clock)
    except KeyboardInterrupt:
        click.echo("prelabel: stopped; go on with --resume", err=True)
        context.exit(130)
    tell(report, given["out"])
    if summary:
        write_summary(report.summary(), summary)
    context.exit(PARTIAL if report.failures else 0)


def job(
    sources: tuple[str, ...],
    targets: tuple[str, ...],
    options: tuple[str, ...],
    label_config: str | None,
    **given: Any,
) -> Job:
    """The job that flags ask for; SettingsError for those that contradict each other."""
    flags.exclusive(given)
    plain = ("out", "labels_map", "images", "resume", "overwrite", "preview", "engine")
    return Job(
        sources=sources,
        targets=flags.outputs(targets),
        options={**flags.project(label_config), **dict(flags.option(text) for text in options)},
        spec=flags.spec(given),
        asked=flags.asked(given),
        **{name: given[name] for name in plain},
    )
