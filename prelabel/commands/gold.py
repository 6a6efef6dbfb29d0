"""``prelabel gold``: pick gold pictures, and score annotators on them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from prelabel.commands import comparing
from prelabel.errors import SettingsError

__all__ = ["command"]

PATH = click.Path(path_type=Path)
FORMAT = "Format of {} (default: recognised)."


@click.group("gold")
def command() -> None:
    """Pictures of known truth: pick them, and score annotators on them."""


@command.command("pick")
@click.argument("truth", type=PATH)
@click.option("--count", type=click.IntRange(1), default=50, show_default=True, help="Pictures.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the drawing.")
@click.option("--out", type=PATH, metavar="PATH", help="Write them with their truth.")
@click.option("--to", "target", default="coco", show_default=True, help="Its format.")
@click.option("--list", "list_", type=PATH, metavar="FILE", help="Write their paths, one a line.")
@click.option("--json", "json_", type=PATH, metavar="FILE", help="Write paths and strata.")
@click.option("--from", "from_", metavar="FORMAT", help=FORMAT.format("TRUTH"))
@comparing.OPTIONS
@click.option("--overwrite", is_flag=True, help="Replace what lies at --out.")
def pick_(truth: Path, **given: Any) -> None:
    """Pick gold pictures out of TRUTH: at random, with rare classes among them.

    The same seed picks the same pictures.
    """
    from rich.console import Console

    import formats
    from prelabel.commands.writing import report as tell
    from prelabel.gold import pick, report

    dataset = formats.read(truth, given["from_"], comparing.pairs(given["options"]))
    found = pick(dataset, given["count"], seed=given["seed"])
    if given["out"] is not None:
        options = {"overwrite": True} if given["overwrite"] else {}
        tell(formats.write(found.dataset, given["out"], given["target"], options))
    if given["list_"] is not None:
        _write("".join(f"{name}\n" for name in found.names), given["list_"])
    if given["json_"] is not None:
        _write_json(found.as_json(), given["json_"])
    report.picked(found, Console())


@command.command("score")
@click.argument("gold", type=PATH)
@click.argument("datasets", type=PATH, nargs=-1, required=True, metavar="A [B ...]")
@click.option("--names", default="", metavar="A,B", help="Names of A, B (default: their paths).")
@click.option("--gold-from", metavar="FORMAT", help=FORMAT.format("GOLD"))
@click.option("--from", "from_", default="", metavar="FORMAT", help=FORMAT.format("A, B"))
@comparing.OPTIONS
@comparing.TASK
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.5,
    show_default=True,
    help="Least IoU (OKS for keypoints) from which an object is found.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the intervals.")
@click.option("--json", "json_", type=PATH, metavar="FILE", help="Write figures and weights.")
@click.option("--html", "html_", type=PATH, metavar="FILE", help="Write a page.")
def score_(gold: Path, datasets: tuple[Path, ...], **given: Any) -> None:
    """Score the annotators in A, B, ... against the truth in GOLD.

    Only pictures of GOLD count, and of those the ones that an annotator looked at. The JSON file is
    what `prelabel consensus --weights` takes.
    """
    from rich.console import Console

    import formats
    from prelabel.agree.loading import Source, read
    from prelabel.commands.flags import listed
    from prelabel.gold import report, score

    options = comparing.pairs(given["options"])
    sources = [Source(path, given["from_"] or None, options) for path in datasets]
    found = read(sources, listed(given["names"]))
    truth = formats.read(gold, given["gold_from"])
    checked = score(
        truth, found, threshold=given["threshold"], task=given["task"], seed=given["seed"]
    )
    if given["json_"] is not None:
        _write_json(checked.as_json(), given["json_"])
    if given["html_"] is not None:
        report.html(checked, given["html_"])
    report.show(checked, Console())


def _write_json(record: Mapping[str, Any], path: Path) -> None:
    _write(json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False) + "\n", path)


def _write(text: str, path: Path) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"cannot be written: {error.strerror}", where=path) from error
