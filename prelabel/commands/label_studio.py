"""`prelabel label-studio`: a project's tasks pre-labelled in bulk, corrected annotations back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from prelabel import least_scores, progress, settings
from prelabel.commands import flags
from prelabel.errors import PARTIAL, JobError, SettingsError
from prelabel.settings import Settings

if TYPE_CHECKING:
    from prelabel.clients.label_studio import LabelStudio
    from prelabel.modelfile import ModelFile
    from prelabel.push import Push, Report

__all__ = ["command"]

Verb = TypeVar("Verb", bound=Callable[..., Any])


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Push pre-labels to Label Studio, pull corrected annotations."""


def connection(verb: Verb) -> Verb:
    """The options that say which Label Studio."""
    for option in (
        click.option("--config", metavar="FILE", help="Settings file."),
        click.option("--api-key", metavar="TOKEN", help="Token; else LABEL_STUDIO_API_KEY."),
        click.option("--url", metavar="URL", help="Label Studio; else LABEL_STUDIO_URL."),
    ):
        verb = option(verb)
    return verb


@command.command()
@click.argument("project", type=click.IntRange(1))
@click.option(
    "--model",
    "-m",
    "models",
    multiple=True,
    required=True,
    metavar="[NAME=]FILE",
    help="An .onnx file, or builtin; may be repeated, for controls with model_path.",
)
@click.option(
    "--conf-class",
    multiple=True,
    metavar="NAME=SCORE|FILE",
    help="Least score of one class of a lone model, or a YAML file of them.",
)
@click.option("--labels-map", metavar="FILE", help="YAML: model's name: project's label.")
@click.option("--out", "-d", type=Path, metavar="DIR", help="Folder of a journal.")
@click.option("--resume", is_flag=True, help="Go on with the journal in --out.")
@click.option("--workers", type=click.IntRange(1), help="Pictures worked on at once.")
@click.option("--provider", metavar="NAME", help="auto, cpu, cuda, tensorrt or openvino.")
@click.option("--allow-host", multiple=True, metavar="HOST", help="Fetch from it though private.")
@click.option("--summary", metavar="FILE", help="Write counts as JSON.")
@connection
@click.pass_context
def push(context: click.Context, /, project: int, summary: str | None, **given: Any) -> None:
    """Label the tasks of PROJECT (its number) and import the predictions.

    Tasks that have predictions of the same model version are left out.
    """
    known = _settings(given, workers=given["workers"], provider=given["provider"])
    try:
        report = _pushed(_push(project, given, known), _files(given), known)
    except KeyboardInterrupt:
        click.echo("prelabel: stopped; what was imported stays, push again to go on", err=True)
        context.exit(130)
    _tell(report)
    if summary:
        _write(Path(summary), json.dumps(report.summary(), indent=1) + "\n")
    context.exit(PARTIAL if report.failures else 0)


@command.command()
@click.argument("project", type=click.IntRange(1))
@click.option("--to", default="native", show_default=True, metavar="FORMAT", help="To write.")
@click.option("--out", "-d", type=Path, required=True, metavar="PATH", help="Where to write.")
@click.option("--everything", is_flag=True, help="Also tasks that nobody has annotated.")
@click.option(
    "--annotators",
    type=click.Choice(["all", "newest"]),
    default="all",
    show_default=True,
    help="An item for every annotator of a picture, or for the one who saved last.",
)
@click.option("--strict", is_flag=True, help="Fail where anything would be left out or changed.")
@click.option("--overwrite", is_flag=True, help="Replace what lies at PATH.")
@flags.options("further", "An option of the format, else of label-studio's.")
@connection
def pull(project: int, to: str, out: Path, further: Sequence[str], **given: Any) -> None:
    """Write the annotations of PROJECT (its number) as a data set of any format."""
    from prelabel.commands.writing import options_of, report
    from prelabel.pull import FORMAT, Pull, run

    shared = {name: True for name in ("strict", "overwrite") if given[name]}
    reading, writing = options_of(FORMAT, to, shared, further)
    reading["annotators"] = given["annotators"]
    wanted = Pull(
        project=project,
        to=to,
        out=out,
        everything=given["everything"],
        reading=reading,
        writing=writing,
    )
    with _studio(_settings(given)) as studio:
        counts, losses = run(wanted, studio)
    report(losses)
    click.echo(f"{to}: {out}: {counts}")


def _settings(given: dict[str, Any], **more: Any) -> Settings:
    """The settings with the flags over them; SettingsError where the address is missing."""
    flags = {
        "label_studio_url": given["url"],
        "label_studio_api_key": given["api_key"],
        "allowed_hosts": given.get("allow_host") or None,
        "labels_map": given.get("labels_map"),
        **more,
    }
    known = settings.load(flags, file=given["config"])
    if not known.label_studio_url:
        raise SettingsError("Label Studio's address is not known", "--url", "or LABEL_STUDIO_URL")
    return known


def _studio(known: Settings) -> LabelStudio:
    from prelabel.clients.label_studio import LabelStudio  # loads httpx

    return LabelStudio.at(known.label_studio_url, known.label_studio_api_key)


def _push(project: int, given: dict[str, Any], known: Settings) -> Push:
    from formats.labels import aliases
    from prelabel.push import Push
    from prelabel.session import cores

    if given["resume"] and given["out"] is None:
        raise SettingsError("--resume needs the folder of the journal", hint="--out DIR")
    return Push(
        project=project,
        alias=aliases(Path(known.labels_map)) if known.labels_map else {},
        out=given["out"],
        resume=given["resume"],
        workers=known.workers or 2 * cores(),
    )


def _files(given: Mapping[str, Any]) -> list[ModelFile]:
    from prelabel.pool import ModelFile

    least = least_scores.parse(given["conf_class"])
    if len(given["models"]) > 1 and least:
        raise SettingsError("--conf-class is of a lone model")
    return [ModelFile.parse(model, thresholds=least) for model in given["models"]]


def _pushed(push: Push, files: Sequence[ModelFile], known: Settings) -> Report:
    from prelabel.pool import Pool
    from prelabel.push import run, show
    from prelabel.service import Service

    with Pool(files, known) as pool, Service(pool, known) as service, _studio(known) as studio:
        report = run(push, studio, service, progress.on_stderr())
        show(studio, push, report)
        return report


def _tell(report: Report) -> None:
    for task, reason in report.failures.items():
        click.echo(f"prelabel: task {task}: {reason}", err=True)
    if report.shown != report.version and report.imported:
        click.echo(
            f"prelabel: the project shows predictions of {report.shown!r}: "
            f"choose {report.version} in its Settings > Predictions",
            err=True,
        )
    click.echo(report.table(), nl=False)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise JobError(f"cannot be written: {error.strerror}", where=path) from error
