"""``prelabel split``: a data set divided into train, val and test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from formats.counting import counted
from prelabel.commands import flags, writing

if TYPE_CHECKING:
    from formats.dataset import Dataset
    from formats.editing import Division

__all__ = ["command"]

SHOWN = 8
"""Classes that a note names."""


@click.command("split")
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@click.option(
    "--parts",
    default="train=.8,val=.2",
    show_default=True,
    metavar="NAME=SHARE,...",
    help="Shares (.8 or 80%), numbers of pictures, or rest: train=rest,val=500,test=500.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Another draw.")
@click.option(
    "--group",
    default="auto",
    show_default=True,
    metavar="HOW",
    help="What stays together: auto (frames of a clip, Roboflow's copies of a picture), none, "
    "folder, or a regular expression whose first group in the path names it.",
)
@click.option(
    "--stratify/--no-stratify", default=True, help="Give every part its share of each class."
)
@click.option("--of", default="", metavar="A,B", help="Divide these splits, leave others alone.")
@writing.FROM
@writing.TO
@flags.flags(writing.FLAGS)
def command(source: Path, target: Path, **given: Any) -> None:
    """Divide the data set at SOURCE into splits and write it to TARGET.

    The same pictures and seed give the same splits, in whatever order the pictures come.
    """
    from formats.editing import divide, shares

    parts = shares.parse(given["parts"])
    made: list[Division] = []

    def change(dataset: Dataset) -> Dataset:
        made.append(
            divide(
                dataset,
                parts,
                seed=given["seed"],
                group=given["group"],
                stratify=given["stratify"],
                of=flags.listed(given["of"]),
            )
        )
        return made[-1].dataset

    writing.convert(source, target, given, change)
    _tell(made[-1], flags.listed(given["of"]))


def _tell(division: Division, of: Sequence[str]) -> None:
    """A line for every split: what it got of those that were divided. Classes that one lacks, on
    stderr."""
    wide = max(len(part.name) for part in division.parts)
    for part in division.parts:
        groups = "" if part.units == part.pictures else f" in {counted(part.units, 'group')}"
        classes = counted(sum(k >= 0 for k in part.classes), "class")
        divided = f"picture of {' and '.join(of)}" if of else "picture"
        pictures = counted(part.pictures, divided)
        click.echo(f"{part.name:<{wide}}  {pictures}{groups}, {classes}")
    for name, lacking in division.lacking().items():
        if lacking:
            more = f", and {len(lacking) - SHOWN} more" if len(lacking) > SHOWN else ""
            shown = ", ".join(lacking[:SHOWN])
            click.echo(f"note: {name} has no picture with {shown}{more}", err=True)
