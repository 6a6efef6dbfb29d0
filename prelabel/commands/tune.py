"""`prelabel tune`: thresholds of least expected seconds, from corrected pictures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from prelabel.commands import comparing, flags
from prelabel.commands.costs import COSTS
from prelabel.commands.flags import MACHINE, MODEL
from prelabel.errors import SettingsError

if TYPE_CHECKING:
    from formats.dataset import Dataset
    from prelabel.tune.tuning import Tuned

__all__ = ["command"]

SOURCES: tuple[flags.Flag, ...] = (
    click.option("--model", "-m", default="", metavar="FILE", help="Ask this .onnx file again."),
    click.option("--images", default="", metavar="DIR", help="Where the pictures are."),
    click.option("--corrections", default="", metavar="DIR", help="A server's corrections."),
    click.option("--from", "pre_format", metavar="FORMAT", help="Format of PRELABELS."),
    click.option("--corrected-from", "corrected_format", metavar="FORMAT", help="of CORRECTED."),
    flags.options("options"),
    click.option("--corrected-option", "corrected_options", multiple=True, metavar="NAME=VALUE"),
    click.option("--unfiltered", is_flag=True, help="No weak detection was cut from PRELABELS."),
)
RESULTS: tuple[flags.Flag, ...] = (
    click.option("--out", "-d", metavar="FILE", help="Write the thresholds (YAML)."),
    click.option("--json", "target", metavar="FILE", help="Write all figures (JSON)."),
    click.option("--html", "page", metavar="FILE", help="Write a report (HTML)."),
    click.option(
        "--repeats",
        type=click.IntRange(1),
        default=10,
        show_default=True,
        help="Rounds of cross-validation.",
    ),
)
ASKED = MODEL[2:]
"""What is asked of the model besides least scores."""


@click.command("tune")
@click.argument("datasets", nargs=-1, metavar="[PRELABELS] [CORRECTED]")
@flags.flags(SOURCES, COSTS, RESULTS, ASKED, MACHINE[:4])
def command(**given: Any) -> None:
    """Learn score thresholds of least expected correction time.

    CORRECTED are 50 to 100 pictures whose labels people put right; PRELABELS all that the model saw
    in them, down to a score of .01. With --model FILE the model is asked again instead, and with
    --corrections DIR both come from the folder where a server keeps them.
    """
    from rich.console import Console

    from prelabel.cost.reading import costs
    from prelabel.reports import save
    from prelabel.tune import report, writing

    table = costs(given["costs"])
    found = learned(given, table)
    report.show(found, Console())
    if given["out"]:
        save(writing.text(found), Path(given["out"]))
        click.echo(f"written {given['out']}; use it with --conf-class {given['out']}")
    if given["target"]:
        text = json.dumps(found.as_json(), indent=2, ensure_ascii=False, allow_nan=False)
        save(text + "\n", Path(given["target"]))
    if given["page"]:
        save(report.html(found), Path(given["page"]))


def learned(given: Mapping[str, Any], costs: Any) -> Tuned:
    """What the data sets that are named, or found, teach."""
    from formats.labels import aliases
    from prelabel.tune.material import material
    from prelabel.tune.tuning import tune

    predictions, corrected = _sides(given)
    found = material(
        predictions,
        corrected,
        right=given["right"],
        adjustable=given["adjustable"],
        task=given["task"],
        aliases=aliases(Path(given["labels_map"])) if given["labels_map"] else None,
        unfiltered=given["unfiltered"] or bool(given["model"] or given["corrections"]),
    )
    return tune(found, costs, repeats=given["repeats"])


def _sides(given: Mapping[str, Any]) -> tuple[Dataset, Dataset]:
    """The predictions and the corrected labels."""
    named = given["datasets"]
    ways = [bool(given["corrections"]), bool(given["model"]), len(named) == 2]
    expected = 0 if given["corrections"] else 1 if given["model"] else 2
    if sum(ways) != 1 or len(named) != expected:
        raise SettingsError(
            f"{len(named)} data sets are named, expected PRELABELS and CORRECTED, "
            "or CORRECTED and --model FILE, or --corrections DIR alone"
        )
    if given["corrections"]:
        from prelabel.corrections.reading import read

        return read(given["corrections"])
    import formats

    options = comparing.pairs(given["corrected_options"])
    corrected = formats.read(Path(named[-1]), given["corrected_format"], options)
    if given["model"]:
        return _again(given, corrected), corrected
    options = comparing.pairs(given["options"])
    return formats.read(Path(named[0]), given["pre_format"], options), corrected


def _again(given: Mapping[str, Any], corrected: Dataset) -> Dataset:
    """What the model sees, asked now."""
    from prelabel import progress
    from prelabel.tune.rerun import rerun

    asked = flags.asked({**given, "conf": 0.0, "conf_class": ()})
    spec = flags.spec({**given, "strict": False})
    where = Path(given["datasets"][-1])
    bar = progress.on_stderr()
    seen = rerun(corrected, where, spec, asked, images=given["images"], progress=bar)
    for path, reason in seen.failures:
        click.echo(f"prelabel: {path}: {reason}", err=True)
    return seen.predictions
