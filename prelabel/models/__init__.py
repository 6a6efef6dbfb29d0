"""Model families: who recognises a bare .onnx file, and how its outputs become annotations.

A family is one module (or small package) and one line in `FAMILIES`. It offers::

    SUPPORTED: str                                what it takes, in a few words, for error texts
    recognise(graph) -> Card | None               its claim on the graph, with the reason in `why`
    predict(card, image, query, run) -> Annotations
    scores(card, outputs) -> NDArray              the scores within the outputs, for the check
    suppresses(card) -> bool                      whether the graph leaves out weak detections

Nothing is guessed: no claim, or more than one, is an error that lists what was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.dataset import Label
from formats.registry import Registry
from prelabel.errors import ModelError
from prelabel.image import Image
from prelabel.models.card import Card
from prelabel.models.graph import Graph
from prelabel.models.query import Query
from prelabel.models.run import Run

__all__ = ["FAMILIES", "Family", "claim", "family_of", "predict", "recognise", "sized"]

FAMILIES = Registry(
    "model family",
    {
        "yolo": "prelabel.models.yolo",
        "yolox": "prelabel.models.yolox",
        "rtdetr": "prelabel.models.rtdetr",
        "mmdeploy": "prelabel.models.mmdeploy",
    },
    "prelabel.families",
)


class Family(Protocol):
    """What a module listed in `FAMILIES` offers."""

    SUPPORTED: str

    def recognise(self, graph: Graph) -> Card | None:
        """The card of a graph of this family; None where it is none."""

    def predict(self, card: Card, image: Image, query: Query, run: Run) -> Annotations:
        """What the model sees, in pixels of `image`; labels index `card.labels`."""

    def scores(self, card: Card, outputs: list[NDArray[np.generic]]) -> NDArray[np.generic]:
        """The scores of every class and candidate, or of every row, within the outputs."""

    def suppresses(self, card: Card) -> bool:
        """Whether the graph itself leaves out weak detections, so that it may answer nothing."""


def family_of(name: str) -> Family:
    """The family's module; an unknown name is an `UnknownName` that lists them."""
    return cast(Family, FAMILIES[name])


def predict(card: Card, image: Image, query: Query, run: Run) -> Annotations:
    """What the model sees in `image`, best first; labels index `card.labels`."""
    return family_of(card.family).predict(card, image, query, run)


def recognise(
    graph: Graph,
    family: str | None = None,
    labels: Sequence[Label] | None = None,
    size: tuple[int, int] | None = None,
) -> Card:
    """The card of the one family that claims the graph, with the names of its classes.

    `labels` stand over the names in the file's metadata; `size` (width, height) is the input size
    of a graph that takes any. ModelError where no family or more than one claims the graph, where
    its classes have no names, or where its size is another one.
    """
    card = sized(claim(graph, family, labels), size)
    if not card.labels:
        raise ModelError(
            "the file names no classes",
            where=graph.path,
            hint="give --labels FILE: one name per line, or YAML / JSON with names",
        )
    return card


def sized(card: Card, size: tuple[int, int] | None) -> Card:
    """The card with another input size, where its graph takes any."""
    if size is None or size == card.input_size:
        return card
    if not card.dynamic_size:
        width, height = card.input_size
        raise ModelError(f"takes pictures of {width} x {height} only", where=card.name)
    return replace(card, input_size=size)


def claim(graph: Graph, family: str | None = None, labels: Sequence[Label] | None = None) -> Card:
    """As `recognise`, but the card may be without names."""
    named = replace(graph, labels=tuple(labels)) if labels else graph
    names = [family] if family else list(FAMILIES)
    claims = [card for name in names if (card := family_of(name).recognise(named)) is not None]
    if len(claims) == 1:
        return claims[0]
    raise _contested(named, claims) if claims else _unclaimed(named, names)


def _contested(graph: Graph, claims: list[Card]) -> ModelError:
    reasons = "; ".join(f"{card.family}: {card.why}" for card in claims)
    return ModelError(
        f"more than one family claims the file: {reasons}",
        where=graph.path,
        hint="say which with --family " + "|".join(card.family for card in claims),
    )


def _unclaimed(graph: Graph, names: list[str]) -> ModelError:
    bare = replace(graph, labels=())
    without = [card.why for name in names if (card := family_of(name).recognise(bare)) is not None]
    if graph.labels and without:
        return ModelError(
            f"the file does not fit {len(graph.labels)} class names: {'; '.join(without)}",
            where=graph.path,
        )
    known = "; ".join(f"{name}: {family_of(name).SUPPORTED}" for name in names)
    return ModelError(
        f"no model family knows this graph: {graph.describe()}",
        where=graph.path,
        hint=f"supported: {known}",
    )
