"""The file of thresholds that `label`, `video` and `serve` read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import yaml

from prelabel.tune.trial import RIVALS, TUNED
from prelabel.tune.tuning import Tuned

__all__ = ["text"]


def text(found: Tuned) -> str:
    """YAML: what was learned from as comments, then ``name: score`` for each class of the model.

    Classes of which nothing is known have the threshold of all together.
    """
    head = "".join(f"# {line}\n" for line in _head(found))
    return head + lines(found.least_scores())


def lines(scores: Mapping[str, float]) -> str:
    """The classes by name."""
    dumped: str = yaml.safe_dump(
        {name: round(score, 3) for name, score in sorted(scores.items())},
        sort_keys=False,
        allow_unicode=True,
        width=1000,
    )
    return dumped


def _head(found: Tuned) -> Iterator[str]:
    replay = found.material.replay
    yield "Least scores by class, made by prelabel tune."
    yield f"Learned from {replay.count} pictures with {len(replay.true_labels)} objects."
    costs = ", ".join(f"{name} {value:g}" for name, value in found.costs.as_json().items())
    yield f"Seconds: {costs}."
    seconds = found.seconds()
    yield f"Expected seconds of a picture: {seconds[TUNED]}."
    for way in RIVALS:
        yield f"At {way}: {seconds[way]}."
