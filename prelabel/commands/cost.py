"""`prelabel cost PRELABELS CORRECTED`: seconds that correcting pre-labels takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from prelabel.commands import comparing, flags
from prelabel.commands.costs import COSTS
from prelabel.errors import SettingsError

if TYPE_CHECKING:
    from prelabel.cost.bill import Bill
    from prelabel.cost.table import CostTable
    from prelabel.cost.tally import Compared, Tally

__all__ = ["command"]

LEAD_TIME = "lead-time"
PATH = click.Path(path_type=Path)
SCORE = click.FloatRange(0, 1)
FORMATS: tuple[flags.Flag, ...] = (
    click.option("--from", "pre_format", metavar="FORMAT", help="Format of PRELABELS."),
    click.option(
        "--corrected-from", "corrected_format", metavar="FORMAT", help="Format of CORRECTED."
    ),
    flags.options("options", "Of PRELABELS."),
    click.option(
        "--corrected-option",
        "corrected_options",
        multiple=True,
        metavar="NAME=VALUE",
        help="Of CORRECTED.",
    ),
    click.option("--labels-map", metavar="FILE", help="YAML: class in PRELABELS: in CORRECTED."),
)
SHOWN: tuple[flags.Flag, ...] = (
    click.option("--conf", type=SCORE, default=0.0, help="Least score of what people were shown."),
    click.option(
        "--conf-class", multiple=True, metavar="NAME=SCORE|FILE", help="The same of one class."
    ),
    click.option("--common", is_flag=True, help="Leave out pictures without pre-labels."),
)
RESULTS: tuple[flags.Flag, ...] = (
    click.option(
        "--fit",
        metavar="TIMES|lead-time",
        help="Learn the seconds from measured ones: a CSV or JSON file, or those in CORRECTED.",
    ),
    click.option("--out", "-d", metavar="FILE", help="Write the fitted cost table (YAML)."),
    click.option("--json", "target", type=PATH, metavar="FILE", help="Write all figures (JSON)."),
    click.option("--html", "page", type=PATH, metavar="FILE", help="Write a report (HTML)."),
)


@click.command("cost")
@click.argument("prelabels", type=PATH)
@click.argument("corrected", type=PATH)
@flags.flags(COSTS, FORMATS, SHOWN, RESULTS)
def command(prelabels: Path, corrected: Path, **given: Any) -> None:
    """Count what people did to PRELABELS to make CORRECTED of them, and what it cost.

    Both may be of any readable format. Pictures are matched by path, classes by name.
    """
    from rich.console import Console

    import formats
    from prelabel.cost import report
    from prelabel.cost.reading import costs, text
    from prelabel.cost.tally import tally
    from prelabel.reports import save

    if given["out"] and not given["fit"]:
        raise SettingsError("writes a fitted table: say --fit as well", where="--out")
    table = costs(given["costs"])
    pre = formats.read(prelabels, given["pre_format"], comparing.pairs(given["options"]))
    options = comparing.pairs(given["corrected_options"])
    right = formats.read(corrected, given["corrected_format"], options)
    bill = priced(tally(pre, right, compared(given)), table, given["fit"])
    report.show(bill, Console())
    if given["out"]:
        save(text(bill.costs), Path(given["out"]))
    if given["target"]:
        figures = json.dumps(bill.as_json(), indent=2, ensure_ascii=False, allow_nan=False)
        save(figures + "\n", given["target"])
    if given["page"]:
        save(report.html(bill), given["page"])


def compared(given: Mapping[str, Any]) -> Compared:
    """How the two are compared."""
    from formats.labels import aliases
    from prelabel import least_scores
    from prelabel.cost.tally import Compared

    plain = ("right", "adjustable", "task", "conf", "common")
    return Compared(
        thresholds=least_scores.parse(given["conf_class"]),
        aliases=aliases(Path(given["labels_map"])) if given["labels_map"] else None,
        **{name: given[name] for name in plain},
    )


def priced(found: Tally, table: CostTable, measured: str | None) -> Bill:
    """The tally with the table, or with one that is fitted to measured times."""
    from dataclasses import replace

    from prelabel.cost.bill import Bill

    if measured is None:
        return Bill(found, table)
    from prelabel.cost.fitting import fit
    from prelabel.cost.times import times

    if measured != LEAD_TIME:
        found = replace(found, lead_times=times(Path(measured), found.paths))
    fitted = fit(found.counts, found.lead_times, table)
    return Bill(found, fitted.costs, fitted)
