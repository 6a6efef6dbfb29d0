"""`prelabel agree A B [C ...]`: how far annotators, models and the truth agree."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from formats.counting import counted
from prelabel.commands import comparing
from prelabel.commands.eval import parse_sigma
from prelabel.commands.flags import listed
from prelabel.errors import SettingsError

if TYPE_CHECKING:
    from formats.dataset import Dataset
    from prelabel.agree import Agreement, Asked
    from prelabel.compare import Panel

__all__ = ["command"]

PATH = click.Path(path_type=Path)
SHARE = click.FloatRange(0, 1)


@click.command("agree")
@click.argument("datasets", type=PATH, nargs=-1, required=True, metavar="A [B] [C ...]")
@comparing.NAMES
@comparing.FROM
@comparing.OPTIONS
@comparing.TASK
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.5,
    show_default=True,
    help="Least IoU (OKS for keypoints) of two shapes that are one object.",
)
@click.option(
    "--conf",
    "least",
    multiple=True,
    metavar="[NAME=]SCORE",
    help="Leave out objects of a lower score, of one dataset or of all.",
)
@click.option("--sigma", metavar="NUMBERS", help="OKS sigmas: one number, or one per keypoint.")
@click.option("--truth", is_flag=True, help="The last one is the truth: its keypoints decide.")
@click.option("--labels-map", type=PATH, metavar="FILE", help="YAML: a class: the same class.")
@click.option(
    "--repeats",
    type=click.IntRange(0),
    default=1000,
    show_default=True,
    help="Draws for the intervals; 0: no intervals.",
)
@click.option(
    "--level",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.95,
    show_default=True,
    help="So many of the intervals hold the true figure.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the draws.")
@click.option("--classes/--no-classes", default=True, help="Show a line for each class.")
@click.option("--json", "json_", type=PATH, metavar="FILE", help="Write all figures.")
@click.option("--html", type=PATH, metavar="FILE", help="Write the report, one page.")
@click.option("--images", type=PATH, metavar="DIR", help="Folder of the pictures, for the report.")
@click.option(
    "--worst",
    type=click.IntRange(0),
    default=12,
    show_default=True,
    help="Pictures that the report shows side by side.",
)
def command(datasets: tuple[Path, ...], **given: Any) -> None:
    """Say how far two or more annotators, models or sets of truth agree.

    Every dataset may be of any readable format, and is one rater, or several where it says who
    drew what (as Label Studio exports it). Pictures are matched by path, classes by name. A picture
    that a rater did not look at is no rating of theirs; one that was looked at and left empty is.
    """
    from rich.console import Console

    from prelabel.agree import Asked, agree, loading, text
    from prelabel.compare import panel

    sources = comparing.sources(datasets, given["from_"], comparing.pairs(given["options"]))
    found = loading.read(sources, listed(given["names"]))
    asked = Asked(
        sigmas=parse_sigma(given["sigma"]),
        against="truth" if given["truth"] else "annotator",
        **{name: given[name] for name in ("threshold", "task", "repeats", "level", "seed")},
    )
    seen = panel(loading.cut(found, given["least"]), aliases=_aliases(given["labels_map"]))
    if given["truth"] and len(seen.raters) != 2:
        raise SettingsError(f"{len(seen.raters)} raters, expected one and the truth", "--truth")
    agreement = agree(seen, asked)
    text.show(agreement, Console(), classes=given["classes"])
    if given["json_"] is not None:
        _write_json(agreement, given["json_"])
    if given["html"] is not None:
        folders = [(path, dataset) for path, (_, dataset) in zip(datasets, found, strict=True)]
        _write_html(seen, agreement, asked, folders, given)


def _aliases(path: Path | None) -> dict[str, str]:
    from formats import labels

    return labels.aliases(path) if path is not None else {}


def _write_json(agreement: Agreement, path: Path) -> None:
    """All figures; the pictures one to a line, so that a large file can be read bit by bit."""
    from prelabel.reports import save

    head = json.dumps(agreement.as_json(pictures=False), indent=1, ensure_ascii=False)
    rows = ",\n".join(
        json.dumps(row, ensure_ascii=False, allow_nan=False) for row in agreement.pictures.rows()
    )
    save(f'{head[:-2]},\n "pictures": [\n{rows}\n]}}\n', path)


def _write_html(
    seen: Panel,
    agreement: Agreement,
    asked: Asked,
    folders: Sequence[tuple[Path, Dataset]],
    given: Mapping[str, Any],
) -> None:
    """The report, with the pictures in dispute where there are any."""
    from prelabel.agree import html, opening, worst
    from prelabel.reports import save

    opener = opening.Opener.of(given["images"], folders)
    pictures = worst.worst(seen, agreement, asked, opener, given["worst"])
    if opener.missed:
        missed = f"{counted(opener.missed, 'picture')} not found, shown without"
        click.echo(f"prelabel: {missed} (name their folder: --images DIR)", err=True)
    save(html.report(agreement, pictures), given["html"])
