"""`prelabel review DATASET [MODEL ...]`: what to correct first, and likely label errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from formats.counting import counted
from prelabel.commands import comparing, costs, flags

if TYPE_CHECKING:
    from prelabel.agree.loading import Source
    from prelabel.review import Review, Wishes

__all__ = ["command"]

PATH = click.Path(path_type=Path)
SHARE = click.FloatRange(0, 1)

SOURCES: tuple[flags.Flag, ...] = (
    click.option("--corrected", type=PATH, metavar="DATASET", help="Pictures corrected already."),
    click.option("--names", default="", metavar="A,B", help="Names of DATASET and models."),
    click.option(
        "--from",
        "from_",
        default="",
        metavar="FORMAT",
        help="Format of all, or one for each with commas, --corrected last (default: recognised).",
    ),
    flags.options("options"),
    click.option("--labels-map", type=PATH, metavar="FILE", help="YAML: a class: the same class."),
    click.option(
        "--labels/--pre-labels",
        "labelled",
        default=None,
        help="What DATASET is (default: labels where it has no scores).",
    ),
)
RULES: tuple[flags.Flag, ...] = (
    costs.PRICES,
    click.option(
        "--conf", type=SHARE, default=0.25, show_default=True, help="Least score that is shown."
    ),
    click.option(
        "--conf-class",
        multiple=True,
        metavar="NAME=SCORE|FILE",
        help="Least score of one class, or a YAML file of them.",
    ),
    click.option(
        "--risk",
        type=click.FloatRange(0, 1, min_open=True, max_open=True),
        default=0.05,
        show_default=True,
        help="Share of accepted pictures that may have an error.",
    ),
    click.option(
        "--saving",
        type=SHARE,
        default=0.5,
        show_default=True,
        help="Draw afresh what saves less than this share of the time.",
    ),
    click.option(
        "--rarity",
        type=SHARE,
        default=0.5,
        show_default=True,
        help="How much rare classes matter more: 0 not at all.",
    ),
    comparing.TASK,
)
RESULTS: tuple[flags.Flag, ...] = (
    click.option("--top", type=click.IntRange(0), default=20, show_default=True, help="Lines."),
    click.option("--lists", type=PATH, metavar="DIR", help="Write a list of pictures per lane."),
    click.option("--json", "json_", type=PATH, metavar="FILE", help="Write all of it."),
    click.option("--html", type=PATH, metavar="FILE", help="Write the report, one page."),
    click.option("--images", type=PATH, metavar="DIR", help="The pictures, for the report."),
    click.option(
        "--worst", type=click.IntRange(0), default=24, show_default=True, help="Pictures in it."
    ),
    click.option(
        "--label-studio", type=PATH, metavar="PATH", help="Write tasks in the order of correction."
    ),
    click.option("--label-config", metavar="FILE", help="Labeling config of Label Studio (XML)."),
    click.option("--overwrite", is_flag=True, help="Write over tasks that are there."),
    click.option("--image-prefix", metavar="TEXT", help="Of the addresses of the tasks."),
)


@click.command("review")
@click.argument("datasets", type=PATH, nargs=-1, required=True, metavar="DATASET [MODEL ...]")
@flags.flags(SOURCES, RULES, RESULTS)
def command(datasets: tuple[Path, ...], **given: Any) -> None:
    """Order pictures by what their correction is worth; find likely label errors.

    DATASET has pre-labels, best down to a score of .01, or labels that people drew; MODEL is what
    other models say of the same pictures, in any readable format. With --corrected, scores and the
    risk of accepting are learned from pictures that somebody put right.
    """
    from rich.console import Console

    from prelabel.agree.loading import read
    from prelabel.review import review, text

    chosen = _sources(datasets, given)
    named = read(chosen, _names(given["names"], chosen, corrected=bool(given["corrected"])))
    last = named.pop() if given["corrected"] else None
    found = review(named[0], named[1:], last, _wishes(given))
    text.show(found, Console(), given["top"])
    _write(found, chosen, [dataset for _, dataset in [*named, *([last] if last else [])]], given)


def _sources(datasets: tuple[Path, ...], given: dict[str, Any]) -> list[Source]:
    paths = [*datasets, *([given["corrected"]] if given["corrected"] else [])]
    return comparing.sources(paths, given["from_"], comparing.pairs(given["options"]))


def _names(text: str, chosen: list[Source], *, corrected: bool) -> list[str]:
    names = list(flags.listed(text))
    return [*names, "corrected"] if names and corrected else names


def _wishes(given: dict[str, Any]) -> Wishes:
    from formats.labels import aliases
    from prelabel import least_scores
    from prelabel.cost.reading import costs
    from prelabel.review import Wishes

    return Wishes(
        cost=costs(given["costs"]),
        least=given["conf"],
        by_class=least_scores.parse(given["conf_class"]),
        rarity=given["rarity"],
        risk=given["risk"],
        saving=given["saving"],
        task=given["task"],
        aliases=aliases(given["labels_map"]) if given["labels_map"] else {},
        labelled=given["labelled"],
    )


def _write(found: Review, chosen: list[Source], datasets: list[Any], given: dict[str, Any]) -> None:
    """The files that are asked for."""
    from prelabel.reports import save
    from prelabel.review import lists

    if given["lists"]:
        lists.write(found, given["lists"])
    if given["json_"]:
        text = json.dumps(found.as_json(), indent=1, ensure_ascii=False, allow_nan=False)
        save(text + "\n", given["json_"])
    if given["label_studio"]:
        _write_tasks(found, given)
    if given["html"]:
        _write_page(found, chosen, datasets, given)


def _write_tasks(found: Review, given: dict[str, Any]) -> None:
    from prelabel.review import tasks

    wanted = ("label_config", "image_prefix", "overwrite")
    named = {name: given[name] for name in wanted if given[name]}
    for loss in tasks.write(found, given["label_studio"], named):
        click.echo(f"prelabel: label-studio cannot hold: {loss}", err=True)


def _write_page(
    found: Review, chosen: list[Source], datasets: list[Any], given: dict[str, Any]
) -> None:
    from prelabel.agree.opening import Opener
    from prelabel.reports import save
    from prelabel.review import html
    from prelabel.review.gallery import gallery

    places = [(source.path, dataset) for source, dataset in zip(chosen, datasets, strict=True)]
    opener = Opener.of(given["images"], places)
    shown = gallery(found, opener, given["worst"])
    if opener.missed:
        missed = f"{counted(opener.missed, 'picture')} not found, shown without"
        click.echo(f"prelabel: {missed} (name their folder: --images DIR)", err=True)
    save(html.report(found, shown), given["html"])
