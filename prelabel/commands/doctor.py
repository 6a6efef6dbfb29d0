"""`prelabel doctor`: look at this machine or a connection; say what is wrong, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from prelabel import settings

if TYPE_CHECKING:
    from prelabel.doctor.findings import Finding

__all__ = ["command"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.option("--provider", metavar="NAME", help="auto, cpu, cuda, tensorrt or openvino.")
@click.option("--config", metavar="FILE", help="Settings file.")
@click.pass_context
def command(context: click.Context, provider: str | None, config: str | None) -> None:
    """Say what would run a model on this machine; a verb looks at a connection instead.

    The exit code is 1 where there is a problem.
    """
    if context.invoked_subcommand is None:
        from prelabel.doctor import machine  # loads the runtime

        known = settings.load({"provider": provider}, file=config)
        context.exit(_told(machine.examine(known.provider)))
    if provider or config:
        raise click.UsageError(f"options of {context.invoked_subcommand} stand behind its name")


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
    from prelabel.doctor.label_studio import Case, examine  # loads httpx

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
    context.exit(_told(examine(case)))


def _told(findings: Iterable[Finding]) -> int:
    """Print findings as they come; the exit code."""
    from prelabel.doctor.findings import Mark

    problems = 0
    for finding in findings:
        click.echo(finding)
        problems += finding.mark is Mark.PROBLEM
    return 1 if problems else 0
