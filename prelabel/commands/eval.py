"""`prelabel eval PRED TRUTH`: how good pre-labels are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from formats.dataset import Dataset
from prelabel.commands import comparing, flags
from prelabel.errors import SettingsError

if TYPE_CHECKING:
    from prelabel.evaluate import Scores, Sigmas

__all__ = ["command"]

FORMAT = "Format of {} (default: recognised)."
OPTION = "An option of the format of {}; see `prelabel formats NAME`."


@click.command("eval")
@click.argument("pred", type=click.Path(path_type=Path))
@click.argument("truth", type=click.Path(path_type=Path))
@click.option("--from", "pred_format", metavar="FORMAT", help=FORMAT.format("PRED"))
@click.option("--truth-from", "truth_format", metavar="FORMAT", help=FORMAT.format("TRUTH"))
@flags.options("options", OPTION.format("PRED"))
@click.option(
    "--truth-option",
    "truth_options",
    multiple=True,
    metavar="NAME=VALUE",
    help=OPTION.format("TRUTH"),
)
@click.option(
    "--task",
    type=click.Choice(["auto", "boxes", "masks", "keypoints"]),
    default="auto",
    show_default=True,
    help="What to compare; auto: everything that both sides have.",
)
@click.option(
    "--sigma",
    metavar="NUMBERS",
    help="OKS sigmas: one number, one per keypoint with commas, or name=number with commas "
    "(default: COCO's for its 17 keypoints, else 0.05).",
)
@click.option("--common", is_flag=True, help="Leave out pictures that only TRUTH has.")
@click.option("--classes/--no-classes", default=True, help="Show a line for each class.")
@click.option("--json", "target", type=click.Path(path_type=Path), help="Also write a JSON file.")
def command(
    pred: Path,
    truth: Path,
    pred_format: str | None,
    truth_format: str | None,
    options: tuple[str, ...],
    truth_options: tuple[str, ...],
    task: str,
    sigma: str | None,
    common: bool,
    classes: bool,
    target: Path | None,
) -> None:
    """Score the labels in PRED against those in TRUTH with COCO's average precision.

    Both may be of any readable format. Pictures are matched by path, classes by name.
    """
    from rich.console import Console

    import formats
    from prelabel.evaluate import report, score

    sigmas = parse_sigma(sigma)
    wanted = formats.read(truth, truth_format, comparing.pairs(truth_options))
    found = _predictions(pred, pred_format, comparing.pairs(options), wanted)
    scores = score(found, wanted, task=task, sigma=sigmas, common=common)
    report.show(scores, Console(), classes=classes)
    if target is not None:
        _write(scores, target)


def parse_sigma(text: str | None) -> Sigmas:
    """``0.05``, ``0.05,0.1`` or ``top=0.05,foot=0.1``; SettingsError for anything else."""
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    try:
        if any("=" in part for part in parts):
            named = (part.rpartition("=") for part in parts)
            return {name.strip(): float(number) for name, _, number in named}
        numbers = [float(part) for part in parts]
    except ValueError as error:
        raise SettingsError(f"{text!r} is not numbers or name=number", "--sigma") from error
    return numbers[0] if len(numbers) == 1 else numbers


def _predictions(
    path: Path, name: str | None, options: Mapping[str, str], truth: Dataset
) -> Dataset:
    """The data set at a path; a bare results list takes pictures and classes from the truth."""
    import formats

    if name is None and path.exists():
        name = formats.sniff(path)
    beside = (path / "results.images.json", path.with_suffix(".images.json"))
    if name != "coco-results" or "categories" in options or any(p.exists() for p in beside):
        return formats.read(path, name, options)
    with TemporaryDirectory() as folder:
        about = Path(folder) / "truth"
        bare = [replace(item, annotations=None, split="") for item in truth.items]
        formats.write(Dataset.of(truth.labels, bare), about, "coco")
        return formats.read(path, name, {**options, "categories": str(about)})


def _write(scores: Scores, target: Path) -> None:
    text = json.dumps(scores.as_json(), indent=2, ensure_ascii=False, allow_nan=False)
    try:
        target.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"cannot be written: {error.strerror}", where=target) from error
