"""`prelabel consensus A B [C ...]`: several raters' labels as one dataset."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from prelabel.commands import comparing, flags
from prelabel.errors import SettingsError

if TYPE_CHECKING:
    from prelabel.compare import Panel
    from prelabel.consensus import Merged

__all__ = ["command"]

PATH = click.Path(path_type=Path)
SHARE = click.FloatRange(0, 1, min_open=True)


@click.command("consensus")
@click.argument("datasets", type=PATH, nargs=-1, required=True, metavar="A [B] [C ...]")
@click.option("--out", type=PATH, required=True, metavar="PATH", help="Where the dataset goes.")
@click.option("--to", "target", default="coco", show_default=True, help="Its format.")
@comparing.NAMES
@comparing.FROM
@flags.options(
    "options", "An option of the formats (from.NAME, to.NAME: of those read, of the one written)."
)
@click.option(
    "--method",
    type=click.Choice(["vote", "wbf"]),
    default="vote",
    show_default=True,
    help="vote: people's labels; wbf: models' boxes, by weighted box fusion.",
)
@click.option("--threshold", type=SHARE, help="Least IoU or OKS of one object (vote .5, wbf .55).")
@click.option(
    "--quorum",
    type=click.FloatRange(0, min_open=True),
    help="Raters who must have drawn an object: a number, or a share of their weight below 1 "
    "(default: more than half of those who looked).",
)
@click.option(
    "--labels",
    type=click.Choice(["majority", "dawid-skene"]),
    default="majority",
    show_default=True,
    help="How votes decide the class; dawid-skene learns what each rater mistakes for what.",
)
@click.option(
    "--weights",
    multiple=True,
    metavar="FILE|NAME=W",
    help="Weights of raters: what `prelabel gold score --json` wrote, or NAME=NUMBER.",
)
@comparing.TASK
@click.option(
    "--conf", "least", type=click.FloatRange(0, 1), default=0.0, help="Leave out lower scores."
)
@click.option("--labels-map", type=PATH, metavar="FILE", help="YAML: a class: the same class.")
@click.option("--experts", type=PATH, metavar="FILE", help="List of the pictures in doubt.")
@click.option(
    "--below",
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    help="Agreement (F1) below which a picture is in doubt.",
)
@click.option("--json", "json_", type=PATH, metavar="FILE", help="Write all figures.")
@click.option("--overwrite", is_flag=True, help="Replace what lies at --out.")
def command(datasets: tuple[Path, ...], **given: Any) -> None:
    """Merge what several people, or several models, labelled into one dataset.

    Datasets may be of any readable format; each is one rater, or several where it says who drew
    what. Shapes that are alike become one, with the share of agreement as its score and the votes
    as attributes.
    """
    from rich.console import Console

    import formats
    from prelabel.commands.writing import report as tell
    from prelabel.consensus import experts, report

    reading, writing = _options(given["options"], given["target"])
    merged = _merged(_panel(datasets, given, reading), given)
    writing |= {"overwrite": True} if given["overwrite"] else {}
    tell(formats.write(merged.dataset, given["out"], given["target"], writing))
    below = given["below"]
    report.show(merged, below, Console())
    if given["experts"] is not None:
        experts.write(merged, below, given["experts"])
    if given["json_"] is not None:
        _write(merged.as_json(below), given["json_"])


def _panel(paths: Sequence[Path], given: Mapping[str, Any], options: Mapping[str, str]) -> Panel:
    """The datasets side by side."""
    from formats import labels
    from prelabel.agree.loading import above, read
    from prelabel.commands.flags import listed
    from prelabel.compare import panel

    sources = comparing.sources(paths, given["from_"], options)
    found = [(n, above(d, given["least"])) for n, d in read(sources, listed(given["names"]))]
    aliases = labels.aliases(given["labels_map"]) if given["labels_map"] else None
    return panel(found, aliases=aliases)


def _merged(panel: Panel, given: Mapping[str, Any]) -> Merged:
    """The consensus, or the fusion."""
    from prelabel.consensus import FuseOptions, Options, consensus, fuse, weights

    weight = weights.given(given["weights"])
    if given["method"] == "wbf":
        _refuse(given, "quorum")
        return fuse(panel, FuseOptions(iou=given["threshold"] or 0.55, weights=weight))
    return consensus(
        panel,
        Options(
            threshold=given["threshold"] or 0.5,
            quorum=given["quorum"],
            labels=given["labels"],
            task=given["task"],
            weights=weight,
        ),
    )


def _refuse(given: Mapping[str, Any], name: str) -> None:
    if given[name] is not None:
        raise SettingsError("weighted box fusion has none: it scores by votes", where=f"--{name}")


def _options(texts: Sequence[str], target: str) -> tuple[dict[str, str], dict[str, Any]]:
    """Options of the formats that are read, and of the one that is written.

    One without ``from.`` or ``to.`` goes to the target where that has it, else to the others.
    """
    import formats
    from prelabel.commands.flags import option

    known = {field.name for field in fields(formats.get(target).options)}
    reading: dict[str, str] = {}
    writing: dict[str, Any] = {}
    for text in texts:
        name, value = option(text)
        side, dot, rest = name.partition(".")
        if dot and side in ("from", "to"):
            (reading if side == "from" else writing)[rest.replace("-", "_")] = value
        else:
            plain = name.replace("-", "_")
            (writing if plain in known else reading)[plain] = value
    return reading, writing


def _write(record: Mapping[str, Any], path: Path) -> None:
    text = json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False)
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"cannot be written: {error.strerror}", where=path) from error
