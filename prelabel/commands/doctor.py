"""`prelabel doctor`: look at a connection and say what is wrong and what to do."""

from __future__ import annotations

import click

from prelabel import settings

__all__ = ["command"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Say what is wrong with a connection, and what to do about it."""


@command.command("label-studio")
@click.argument("url", required=False)
@click.option("--api-key", metavar="TOKEN", help="Token; else LABEL_STUDIO_API_KEY.")
@click.option("--backend", default="", metavar="URL", help="prelabel's server, as it is connected.")
@click.option("--project", type=click.IntRange(1), default=None, help="Look at its backends.")
@click.option("--config", metavar="FILE", help="Settings file.")
@click.pass_context
def label_studio(
    context: click.Context,
    url: str | None,
    api_key: str | None,
    backend: str,
    project: int | None,
    config: str | None,
) -> None:
    """Look at Label Studio at URL (else LABEL_STUDIO_URL), one line per finding.

    The exit code is 1 where there is a problem.
    """
    from prelabel.doctor.findings import Mark  # loads httpx
    from prelabel.doctor.label_studio import Case, examine

    flags = {"label_studio_url": url, "label_studio_api_key": api_key}
    known = settings.load(flags, file=config)
    case = Case(
        url=known.label_studio_url,
        key=known.label_studio_api_key,
        backend=backend,
        project=project or 0,
        keys=known.api_keys,
    )
    if not case.url:
        raise click.UsageError("name the address: prelabel doctor label-studio URL")
    problems = 0
    for finding in examine(case):
        click.echo(finding)
        problems += finding.mark is Mark.PROBLEM
    context.exit(1 if problems else 0)
