"""Flags of the verbs that compare datasets, and what they come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prelabel.commands import flags
from prelabel.errors import SettingsError

if TYPE_CHECKING:
    from prelabel.agree.loading import Source

__all__ = ["FROM", "NAMES", "OPTIONS", "TASK", "pairs", "sources"]

NAMES = click.option(
    "--names", default="", metavar="A,B", help="Names of the datasets (default: paths)."
)
FROM = click.option(
    "--from",
    "from_",
    default="",
    metavar="FORMAT",
    help="Format of all, or one for each with commas (default: recognised).",
)
OPTIONS = flags.options("options", "An option of the formats; see `prelabel formats NAME`.")
TASK = click.option(
    "--task",
    type=click.Choice(["auto", "boxes", "rotated", "polygons", "masks", "keypoints"]),
    default="auto",
    show_default=True,
    help="What to compare; auto: the most exact shape that all objects have.",
)


def pairs(texts: Iterable[str]) -> dict[str, str]:
    """``NAME=VALUE`` texts as a mapping."""
    return dict(flags.option(text) for text in texts)


def sources(paths: Sequence[Path], formats: str, options: Mapping[str, str]) -> list[Source]:
    """The datasets with their formats: one for all, or one for each; SettingsError otherwise."""
    from prelabel.agree.loading import Source

    names = flags.listed(formats)
    if len(names) not in (0, 1, len(paths)):
        raise SettingsError(f"{len(names)} formats for {len(paths)} datasets", where="--from")
    each = names if len(names) == len(paths) else [*names, ""][:1] * len(paths)
    return [Source(path, name or None, options) for path, name in zip(paths, each, strict=True)]
