"""``prelabel formats``: the formats, their options, and what each of them holds."""

from __future__ import annotations

from collections.abc import Iterator

import click

import formats
from formats import options
from formats.columns import COLUMNS, Kind

__all__ = ["command"]


@click.command()
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """List the dataset formats, or show the options of one and what it holds."""
    for line in _all() if name is None else _one(formats.get(name)):
        click.echo(line)


def _all() -> Iterator[str]:
    width = max(len(name) for name in formats.FORMATS)
    for name in formats.FORMATS:
        format_ = formats.get(name)
        ways = "read, write" if format_.read else "write      "
        yield f"{name:{width}}  {ways}  {format_.title}"


def _one(format_: formats.Format) -> Iterator[str]:
    yield f"{format_.name}: {format_.title}"
    yield ""
    yield "Options (-o NAME=VALUE):"
    for field in options.fields(format_.options):
        yield f"  {field.name} = {field.default}    ({field.kind})"
        yield f"      {field.help}"
    yield ""
    yield "Holds:"
    for column in [*COLUMNS, "rings"]:
        yield f"  {column:16} {_how(format_, column)}"
    kinds = [kind.name.lower() for kind in Kind if kind in format_.kinds]
    yield f"  {'rows of kind':16} {', '.join(kinds)}"


def _how(format_: formats.Format, column: str) -> str:
    if column not in format_.holds:
        return "-"
    tolerance = format_.holds[column]
    return "exactly" if tolerance == 0 else f"within {tolerance:g}"
