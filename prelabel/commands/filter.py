"""``prelabel filter``: the objects and pictures of a data set that fulfil conditions."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from prelabel.commands import flags, writing

__all__ = ["command"]


@click.command("filter")
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--only", default="", metavar="A,B", help="Classes that are kept.")
@click.option("--drop", default="", metavar="A,B", help="Classes that are left out.")
@click.option(
    "--min-score", type=click.FloatRange(0, 1), default=0.0, help="Least score, where there is one."
)
@click.option(
    "--where",
    multiple=True,
    metavar="CONDITION",
    help="Of objects, such as width>=8 or label=car|bus; may be repeated, all must hold.",
)
@click.option("--splits", default="", metavar="A,B", help="Splits that are kept.")
@click.option(
    "--pictures",
    multiple=True,
    metavar="CONDITION",
    help="Of pictures, such as width>=640 or objects>=1 or path~^night/; all must hold.",
)
@click.option(
    "--empty",
    type=click.Choice(["keep", "drop", "only"]),
    default="keep",
    show_default=True,
    help="Pictures that have no object, or have none left.",
)
@writing.FROM
@writing.TO
@flags.flags(writing.FLAGS)
def command(source: Path, target: Path, **given: Any) -> None:
    """Write the objects and pictures of SOURCE that fulfil all conditions to TARGET.

    Objects are left out first, then pictures; a picture stays, without objects, unless --pictures
    or --empty says otherwise. Classes that are left out go from the list of classes.

    Fields of objects: score width height area share aspect label kind track attributes.NAME, and
    crowd difficult truncated occluded outside keyframe interpolated (0 or 1). Fields of pictures:
    width height objects looked path split annotator status.
    """
    from formats.editing import Wanted, filtered

    wanted = Wanted(
        only=flags.listed(given["only"]),
        drop=flags.listed(given["drop"]),
        score=given["min_score"],
        splits=flags.listed(given["splits"]),
        where=given["where"],
        pictures=given["pictures"],
        empty=given["empty"],
    )
    writing.convert(source, target, given, partial(filtered, wanted=wanted))
