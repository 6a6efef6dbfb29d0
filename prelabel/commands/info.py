"""``prelabel info``: what is in a data set, what is wrong with it, and repairs."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from formats.errors import FormatError
from prelabel.commands import flags, writing

if TYPE_CHECKING:
    from formats.inspection import Inspection

__all__ = ["command"]

PATH = click.Path(path_type=Path)


@click.command("info")
@click.argument("source", type=PATH)
@click.option("--json", "json_", is_flag=True, help="Print all figures as JSON.")
@click.option("--fix", "out", type=PATH, metavar="OUT", help="Write a repaired dataset.")
@click.option("--to", metavar="FORMAT", help="Its format (default: that of the source).")
@click.option("--overwrite", is_flag=True, help="Replace what lies at OUT.")
@click.option("--strict", is_flag=True, help="Fail (exit code 3) where there is any problem.")
@click.option(
    "--pictures/--no-pictures", default=True, help="Look at the files of the pictures too."
)
@click.option("--sizes", metavar="FILE", help="Picture sizes: path,width,height, or a COCO file.")
@writing.FROM
@flags.options(
    "further", "An option of the source's format, else of the target's (or from.NAME, to.NAME)."
)
def command(source: Path, **given: Any) -> None:
    """Say what is in the dataset at SOURCE, and what is wrong with it.

    Problems marked + are those that --fix OUT repairs; SOURCE is never changed.
    """
    import formats
    from formats.inspection import inspect

    format_ = given["from_"] or formats.sniff(source)
    to = given["to"] or format_
    options = {"sizes": given["sizes"]} if given["sizes"] else {}
    known = {field.name for field in fields(formats.get(format_).options)}
    reading, target = writing.options_of(format_, to, options, _sided(given["further"], known))
    if "pictures" in known:
        reading.setdefault("pictures", "trust")  # sizes are compared here
    seen = inspect(formats.read(source, format_, reading), pictures=given["pictures"])
    _show(seen, format_, given["json_"])
    if given["out"] is not None:
        target |= {"fix": True, "overwrite": given["overwrite"]}
        _fix(source, given["out"], (format_, to), (reading, target))
    if given["strict"] and list(seen.problems):
        raise FormatError("; ".join(map(str, seen.problems)), where=source)


def _sided(further: Sequence[str], known: Collection[str]) -> list[str]:
    """Options of the source's format, which what is read is about; of the target's otherwise."""
    names = [text.partition("=")[0].replace("-", "_") for text in further]
    return [
        f"from.{text}" if name in known else text for name, text in zip(names, further, strict=True)
    ]


def _show(seen: Inspection, format_: str, as_json: bool) -> None:
    from formats.inspection import record

    if as_json:
        told = {"format": format_, **record.as_json(seen)}
        click.echo(json.dumps(told, indent=1, ensure_ascii=False))
        return
    click.echo(f"format    {format_}")
    for line in record.lines(seen):
        click.echo(line)


def _fix(
    source: Path,
    target: Path,
    names: tuple[str, str],
    options: tuple[Mapping[str, Any], Mapping[str, Any]],
) -> None:
    """Write the repaired data set, and tell each repair."""
    import formats
    from formats.inspection import repaired

    losses = formats.convert(
        source,
        target,
        names[1],
        names[0],
        change=repaired,
        reading=options[0],
        writing=options[1],
    )
    writing.report(losses)
    click.echo(f"repaired: {target}", err=True)
