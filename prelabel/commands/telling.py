"""What a job says at its end, on the terminal and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import click

from formats.losses import Losses
from prelabel.errors import JobError

__all__ = ["Reported", "tell", "write_summary"]


class Reported(Protocol):
    """The report of a job."""

    warnings: Sequence[str]
    vanished: Sequence[str]
    left_out: Sequence[str]
    losses: dict[str, Losses]

    @property
    def failures(self) -> Sequence[tuple[str, str]]:
        """(name, reason) of what could not be labelled."""

    def table(self, out: str) -> str:
        """The summary for people."""


def tell(report: Reported, out: str) -> None:
    """Say at the end what was done, and what was not."""
    for warning in report.warnings:
        click.echo(f"prelabel: model check: {warning}", err=True)
    for path in report.vanished:
        click.echo(f"prelabel: {path}: is no longer among the sources, dropped", err=True)
    for path, reason in report.failures:
        click.echo(f"prelabel: {path}: {reason}", err=True)
    if report.left_out:
        click.echo(f"prelabel: classes left out: {', '.join(report.left_out)}", err=True)
    for name, losses in report.losses.items():
        for loss in losses:
            click.echo(f"prelabel: {name} cannot hold: {loss}", err=True)
        for note in losses.notes:
            click.echo(f"prelabel: {name}: {note}", err=True)
    click.echo(report.table(out), nl=False)


def write_summary(summary: Mapping[str, Any], path: str) -> None:
    """The summary as JSON."""
    try:
        Path(path).write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise JobError(f"cannot be written: {error.strerror}", where=path) from error
