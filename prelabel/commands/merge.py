"""``prelabel merge``: several data sets as one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from prelabel.commands import comparing, flags, writing
from prelabel.errors import SettingsError

if TYPE_CHECKING:
    from formats.dataset import Dataset

__all__ = ["command"]

PATH = click.Path(path_type=Path)
OWN = "*"
"""Stands for the names of the data sets themselves."""


@click.command("merge")
@click.argument("datasets", type=PATH, nargs=-1, required=True, metavar="A B [C ...]")
@click.option("--out", type=PATH, required=True, metavar="PATH", help="Where the dataset goes.")
@click.option(
    "--same",
    type=click.Choice(["error", "join", "first"]),
    default="error",
    show_default=True,
    help="A picture that several datasets have: refuse, join its objects, or take the first's.",
)
@click.option(
    "--prefix",
    is_flag=False,
    flag_value=OWN,
    default="",
    metavar="[A,B,...]",
    help="Put the pictures of each dataset into a folder of this name (its own, if none is given).",
)
@click.option(
    "--from",
    "from_",
    default="",
    metavar="FORMAT",
    help="Format of all, or one for each with commas; recognised if left out.",
)
@click.option("--to", metavar="FORMAT", help="Format to write (default: that of the first).")
@flags.flags(writing.FLAGS)
def command(datasets: tuple[Path, ...], **given: Any) -> None:
    """Merge datasets, of any formats, into one.

    Classes are one where their names are. Ids are kept; of two that are the same the later gives
    way. Splits, scores and attributes are kept.
    """
    import formats
    from formats.editing import merged

    sources = comparing.sources(datasets, given["from_"], {})
    for source in sources[1:]:
        formats.apart(source.path, given["out"])
    found = [source.format or formats.sniff(source.path) for source in sources]
    further = writing.shared(given), given["further"]
    reading, written = writing.options_of_all(found, given["to"] or found[0], *further)
    rest = zip(datasets[1:], found[1:], reading[1:], strict=True)
    others = [formats.read(path, name, options) for path, name, options in rest]
    names = [str(path) for path in datasets]
    prefixes = _prefixes(given["prefix"], datasets)

    def change(dataset: Dataset) -> Dataset:
        return merged([dataset, *others], names, same=given["same"], prefixes=prefixes)

    options = reading[0], written
    writing.convert(datasets[0], given["out"], {**given, "from_": found[0]}, change, options)


def _prefixes(text: str, paths: Sequence[Path]) -> list[str]:
    """A folder for each data set: as named, or called like the data set; none where none is asked.

    SettingsError where two are the same.
    """
    found = [path.resolve().name for path in paths] if text == OWN else flags.listed(text)
    if len(set(found)) < len(found):
        what = f"two datasets would be put into one folder: {', '.join(found)}"
        raise SettingsError(what, where="--prefix", hint="name them: --prefix a,b")
    return found
