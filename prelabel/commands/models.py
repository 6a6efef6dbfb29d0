"""`prelabel models`: what a model file is, and whether it works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from prelabel import settings

if TYPE_CHECKING:
    from formats.dataset import Label
    from prelabel.models.card import Card

__all__ = ["command"]

FILE = click.Path(exists=False, dir_okay=False)
SHOWN = 12
"""Class names that `show` prints before it stops."""

family_option = click.option("--family", metavar="NAME", help="Model family, where two claim it.")
labels_option = click.option("--labels", metavar="FILE", help="Class names, where it has none.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Check and describe model files."""


@command.command()
@click.argument("file", type=FILE)
@family_option
@labels_option
@click.option("--strict", is_flag=True, help="Refuse what would be a warning.")
@click.option("--provider", metavar="NAME", help="auto, cpu, cuda, tensorrt or openvino.")
def check(
    file: str, family: str | None, labels: str | None, strict: bool, provider: str | None
) -> None:
    """Run three test pictures through FILE; the exit code is 6 where it cannot be used."""
    from prelabel.labeler import Labeler

    told: Any = {"family": family, "labels": _labels(labels), "strict": strict}
    known = settings.load({"provider": provider})
    with Labeler.open(file, settings=known, **told) as labeler:
        for warning in labeler.warnings:
            click.echo(f"{file}: warning: {warning}", err=True)
        count = len(labeler.card.labels)
        classes = "1 class" if count == 1 else f"{count} classes"
        click.echo(
            f"{file}: {_title(labeler.card)}, {classes}: in order on {labeler.session.provider}"
        )


@command.command()
@click.argument("file", type=FILE)
@family_option
@labels_option
def show(file: str, family: str | None, labels: str | None) -> None:
    """Say what FILE is: family, task, input, classes, licence."""
    from prelabel import models
    from prelabel.session import open_session

    graph = open_session(file).graph
    card = models.claim(graph, family, _labels(labels))
    for name, value in _facts(card):
        click.echo(f"{name:<9}{value}")
    click.echo(f"{'graph':<9}{graph.describe()}")


def _labels(file: str | None) -> tuple[Label, ...] | None:
    from prelabel.models.labels import read_labels

    return read_labels(file) if file else None


def _title(card: Card) -> str:
    return f"{card.family} {card.task}"


def _facts(card: Card) -> list[tuple[str, str]]:
    width, height = card.input_size
    size = "any size, by default" if card.dynamic_size else "fixed size"
    batch = "any batch" if card.dynamic_batch else "fixed batch"
    names = [label.name for label in card.labels]
    more = f", ... ({len(names)} in all)" if len(names) > SHOWN else ""
    return [
        ("name", card.name),
        ("model", f"{_title(card)}, head {card.head}"),
        ("why", card.why),
        ("input", f"{card.input_name} {card.input_dtype}, {size} {width} x {height}, {batch}"),
        ("classes", (", ".join(names[:SHOWN]) + more) or "no names in the file: use --labels FILE"),
        ("licence", card.licence or "not stated"),
        ("sha256", card.sha256),
    ]
