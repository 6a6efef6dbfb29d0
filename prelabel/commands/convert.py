"""``prelabel convert``: a data set in another format, with a report of what that format lacks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from prelabel.commands import flags, writing

__all__ = ["command"]


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--to", required=True, metavar="FORMAT", help="Format to write.")
@writing.FROM
@flags.flags(writing.FLAGS)
def command(source: Path, target: Path, **given: Any) -> None:
    """Convert the data set at SOURCE to another format at TARGET.

    What the target cannot hold is counted and named. `prelabel formats` lists the formats and
    their options.
    """
    writing.convert(source, target, given)
