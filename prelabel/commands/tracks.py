"""`prelabel tracks`: tracks in every frame, in the fewest keyframes, and after corrections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from formats.errors import FormatError

if TYPE_CHECKING:
    from formats.dataset import Dataset
from prelabel.commands import flags

__all__ = ["command"]

PATH = click.Path(path_type=Path)
LEAST = click.FloatRange(0, 1, min_open=True)


@click.group("tracks")
def command() -> None:
    """Reduce tracks to keyframes, fill them in, and re-solve them after corrections.

    SOURCE and TARGET are data sets of clips in any format with tracks.
    """


converting = flags.flags(
    (
        click.argument("source", type=PATH),
        click.argument("target", type=PATH),
        click.option("--to", required=True, metavar="FORMAT", help="Format to write."),
        click.option("--from", "from_", metavar="FORMAT", help="Format of SOURCE."),
        click.option("--overwrite", is_flag=True, help="Replace what lies at the target."),
        click.option("--strict", is_flag=True, help="Fail where anything would be left out."),
        flags.options("further", "As in convert."),
    )
)
"""The arguments and flags that all verbs share."""


@command.command("densify")
@converting
def densify(**given: Any) -> None:
    """Write a box for every track in every frame, as the tool of SOURCE shows it."""
    from prelabel.video import tracks

    work = Conversion(**given)
    work.write(tracks.densified(work.dataset, tracks.rule_of(work.from_)), None)


@command.command("reduce")
@converting
@click.option("--keyframes", type=LEAST, default=0.9, show_default=True, help="Least IoU.")
def reduce(keyframes: float, **given: Any) -> None:
    """Write the fewest keyframes with which the tool of TARGET shows every frame of SOURCE."""
    from prelabel.video import tracks

    work = Conversion(**given)
    work.write(tracks.densified(work.dataset, tracks.rule_of(work.from_)), keyframes)


@command.command("resolve")
@converting
@click.option(
    "--job",
    required=True,
    type=PATH,
    metavar="DIR",
    help="Folder of the video job, or a data set of its tracks.",
)
@click.option("--given", type=PATH, help="What the person was given; else DIR/FORMAT.")
@click.option("--keyframes", type=LEAST, default=0.9, show_default=True, help="Least IoU.")
@click.option("--exact", is_flag=True, help="The person was given tracks made with --exact.")
def resolve(job: Path, given: Path | None, keyframes: float, exact: bool, **shared: Any) -> None:
    """Find keyframes anew around those that a person corrected in SOURCE.

    Keyframes that were corrected or added stay as they are; the machine's tracks around them move
    along, and only there keyframes are chosen again.
    """
    import formats
    from prelabel.video import tracks
    from prelabel.video.numbering import numbers

    work = Conversion(**shared)
    machine = formats.read(job / "native" if (job / "native").is_dir() else job)
    before = formats.read(given or job / work.from_, work.from_, work.reading)
    dataset, found = tracks.resolved(
        work.dataset,
        before,
        machine if exact else tracks.smoothed(machine),
        keyframes,
        tracks.rule_of(work.from_),
        lambda media: numbers(media, work.from_, work.reading),
    )
    work.write(dataset, keyframes, sparse=True)
    click.echo(
        f"{found.changed} corrected keyframes in {found.touched} of {found.tracks} tracks, "
        f"{found.new} tracks are new; keyframes: {found.before} before, {found.after} now"
    )


class Conversion:
    """A data set that is read, and how it is written."""

    def __init__(
        self,
        source: Path,
        target: Path,
        to: str,
        from_: str | None,
        further: Sequence[str],
        **shared: bool,
    ) -> None:
        import formats
        from prelabel.commands.writing import options_of

        self.from_ = from_ or formats.sniff(source)
        self.to, self.target = to, target
        given = {name: value for name, value in shared.items() if value}
        self.reading, self.writing = options_of(self.from_, to, given, further)
        self.dataset: Dataset = formats.read(source, self.from_, self.reading)
        if target.exists() and source.resolve().is_relative_to(target.resolve()):
            raise FormatError(f"the source {source} lies in the target", where=target)

    def write(self, dataset: Dataset, tolerance: float | None, *, sparse: bool = False) -> None:
        """Write tracks, with keyframes of that tolerance where one is given.

        `sparse`: they have their keyframes already.
        """
        import formats
        from prelabel.commands.writing import report
        from prelabel.video import tracks

        chooses = "keyframes" in {field.name for field in fields(formats.get(self.to).options)}
        if chooses:
            self.writing.setdefault("keyframes", tolerance or 0.0)
        elif tolerance is not None and not sparse:
            dataset = tracks.reduced(dataset, tolerance, tracks.rule_of(self.to))
        losses = formats.write(dataset, self.target, self.to, self.writing)
        losses.merge(self.dataset.losses)
        report(losses)
        click.echo(f"{self.from_} -> {self.to}: {self.target}")
