"""``prelabel remap``: the classes of a data set renamed, joined, left out and put in order."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from prelabel.commands import flags, writing

__all__ = ["command"]

PATH = click.Path(path_type=Path)


@click.command("remap")
@click.argument("source", type=PATH)
@click.argument("target", type=PATH)
@click.option(
    "--map",
    "map_",
    type=PATH,
    metavar="FILE",
    help="YAML: old: new, new: [old, old], or old: with nothing behind it, which leaves it out.",
)
@click.option(
    "--rest",
    type=click.Choice(["keep", "drop"]),
    default="keep",
    show_default=True,
    help="Classes that the map does not name.",
)
@writing.FROM
@writing.TO
@flags.flags(writing.FLAGS)
def command(source: Path, target: Path, **given: Any) -> None:
    """Write the data set at SOURCE with other classes to TARGET.

    --classes says which classes come first, by their new names.
    """
    from formats.editing import class_map, remapped

    names = class_map.load(given["map_"]) if given["map_"] is not None else {}
    writing.convert(source, target, given, partial(remapped, names=names, rest=given["rest"]))
