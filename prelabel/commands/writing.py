"""Flags of the verbs that write a data set, what they come to, and the report at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Literal

import click

import formats
from formats import rehearsal, shaping
from formats.dataset import Dataset
from formats.errors import UnknownName
from formats.losses import Losses
from formats.options import Options, fields
from prelabel.commands import flags, watching
from prelabel.commands.flags import Flag, listed
from prelabel.errors import SettingsError

__all__ = [
    "FLAGS",
    "FROM",
    "SHARED",
    "TO",
    "convert",
    "options_of",
    "options_of_all",
    "report",
    "shared",
]

SHARED = (
    *("crowd", "on_collision", "sizes", "strict", "allow", "fix", "overwrite"),
    *("workers", "low_memory"),
)
"""Options that have a flag of their own."""

FROM = click.option(
    "--from", "from_", metavar="FORMAT", help="Format to read; recognised if left out."
)
TO = click.option("--to", metavar="FORMAT", help="Format to write (default: that of the source).")
FLAGS: tuple[Flag, ...] = (
    click.option("--classes", default="", help="Classes that come first, in this order: a,b,c."),
    click.option(
        "--as",
        "as_",
        type=click.Choice(["boxes", "polygons", "masks", "obb"]),
        help="Write every object as one kind of shape.",
    ),
    click.option(
        "--merge-parts",
        is_flag=False,
        flag_value="join",
        type=click.Choice(["join", "split"]),
        help="Polygons of several parts: joined to one ring (default), or a row for each part.",
    ),
    click.option("--crowd", type=click.Choice(["skip", "keep", "mask"]), help="Ignore regions."),
    click.option(
        "--on-collision",
        type=click.Choice(["error", "rename"]),
        help="Two pictures that map to one label file.",
    ),
    click.option(
        "--sizes", metavar="FILE", help="Picture sizes: path,width,height, or a COCO file."
    ),
    click.option(
        "--strict", is_flag=True, help="Fail where anything would be left out or changed."
    ),
    click.option(
        "--allow",
        multiple=True,
        metavar="KIND",
        help="With --strict: a kind of loss that may be, as the report calls it; may be repeated.",
    ),
    click.option(
        "--dry-run", is_flag=True, help="Tell what would be left out or changed; write nothing."
    ),
    click.option("--fix", is_flag=True, help="Repair ids that other tools stumble over."),
    click.option("--overwrite", is_flag=True, help="Replace what lies at the target."),
    click.option(
        "--workers",
        type=click.IntRange(1),
        help="Processes that write formats of many files; the files are the same (default: 1).",
    ),
    click.option(
        "--low-memory", is_flag=True, help="Never hold a large file as a whole; a little slower."
    ),
    flags.options(
        "further",
        "An option of all formats, of the target's, or of the source's (or from.NAME, to.NAME).",
    ),
)
"""What every verb that writes a data set takes."""


def convert(
    source: Path,
    target: Path,
    given: Mapping[str, Any],
    change: Callable[[Dataset], Dataset] | None = None,
    options: tuple[dict[str, Any], dict[str, Any]] | None = None,
) -> None:
    """Write a data set, as it is or changed, by the flags; tell what was lost and what was done.

    `options` are those of reading and of writing where they are known already.
    """
    from_ = given["from_"] or formats.sniff(source)
    to = given["to"] or from_
    reading, writing = options or options_of(from_, to, shared(given), given["further"])
    with rehearsal.running() if given["dry_run"] else nullcontext(), watching.shown() as told:
        losses = formats.convert(
            source,
            target,
            to,
            from_,
            classes=listed(given["classes"]),
            change=_changes(given, change),
            reading=reading,
            writing=writing,
            told=told,
        )
    report(losses)
    click.echo(f"{from_} -> {to}: {target}{' (nothing written)' if given['dry_run'] else ''}")


def _changes(
    given: Mapping[str, Any], change: Callable[[Dataset], Dataset] | None
) -> Callable[[Dataset], Dataset]:
    """The verb's own change, then the shape that is asked for."""

    def both(dataset: Dataset) -> Dataset:
        changed = dataset if change is None else change(dataset)
        return shaping.shaped(changed, given.get("as_"), given.get("merge_parts"))

    return both


def shared(given: Mapping[str, Any]) -> dict[str, Any]:
    """The flags that are options of every format, where they are given; SettingsError."""
    if given["allow"] and not given["strict"]:
        raise SettingsError("says what --strict lets pass", where="--allow", hint="add --strict")
    return {name: given[name] for name in SHARED if given[name]}


def _for_reading(shared: Mapping[str, Any]) -> dict[str, Any]:
    """The flags as a reader has them: where some losses may be, the writer alone is strict.

    It knows the losses of both.
    """
    return {
        name: value for name, value in shared.items() if name != "strict" or not shared.get("allow")
    }


def options_of(
    from_: str, to: str, shared: Mapping[str, Any], further: Sequence[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The options of the source's and of the target's format, by name; see `options_of_all`."""
    (reading,), writing = options_of_all([from_], to, shared, further)
    return reading, writing


def options_of_all(
    sources: Sequence[str], to: str, shared: Mapping[str, Any], further: Sequence[str]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The options of each source's format and those of the target's, by name.

    Flags go to all, and so do options that every format has. Another ``name=value`` goes to the
    target's format if that is written by it, else to the sources that are read by it;
    ``from.name=value`` and ``to.name=value`` say which.
    """
    records = {
        "to": [formats.get(to).options],
        "from": [formats.get(name).options for name in sources],
    }
    known = {side: [_names(record) for record in found] for side, found in records.items()}
    apt = {
        "to": [_names(record, "Writing") for record in records["to"]],
        "from": [_names(record, "Reading") for record in records["from"]],
    }
    common: dict[str, Any] = dict(shared)
    given: dict[str, list[dict[str, Any]]] = {side: [{} for _ in known[side]] for side in known}
    for text in further:
        name, equals, value = text.partition("=")
        if not equals:
            raise click.BadParameter(f"{text!r}, expected NAME=VALUE", param_hint="-o")
        side, dot, rest = name.partition(".")
        wanted = [side] if dot and side in known else list(known)
        name = (rest if dot and side in known else name).replace("-", "_")
        if len(wanted) > 1 and name in _names(Options):
            common[name] = value
            continue
        takers = (_having(name, has[s], given[s]) for has in (apt, known) for s in wanted)
        chosen = next(filter(None, takers), None)
        if chosen is None:
            names = sorted({name for s in wanted for found in known[s] for name in found})
            raise UnknownName(f"no option {name!r}", hint=f"known: {', '.join(names)}")
        for options in chosen:
            options[name] = value
    return [_for_reading(common) | own for own in given["from"]], common | given["to"][0]


def _having(
    name: str, known: Sequence[Sequence[str]], given: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The options that are given to those formats of one side that know a name."""
    return [own for names, own in zip(known, given, strict=True) if name in names]


def _names(record: type[Options], way: Literal["Reading", "Writing"] | None = None) -> list[str]:
    return [field.name for field in fields(record) if way is None or field.serves(way)]


def report(losses: Losses) -> None:
    """What was lost, what looks wrong, and what else there is to know, on stderr."""
    for title, entries in (
        ("lost or changed", losses),
        ("looks wrong, kept as it stands", losses.warnings.values()),
        ("note", losses.notes),
    ):
        for entry in entries:
            click.echo(f"{title}: {entry}", err=True)
