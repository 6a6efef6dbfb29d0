"""`Material`: predictions and corrected labels, side by side, that thresholds are learned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.dataset import Dataset
from formats.errors import FormatError
from prelabel import lines
from prelabel.compare import Panel, panel
from prelabel.compare.similarity import Sigmas
from prelabel.corrections.reading import CLASSES
from prelabel.cost.edits import ADJUSTABLE, RIGHT
from prelabel.tune.replay import Replay
from prelabel.tune.thresholds import FLOOR

__all__ = ["Material", "material"]

Ints = NDArray[np.int64]

NEAR = 2 * FLOOR
"""Where the lowest score lies above this, weaker detections were cut off."""
LEAST = 10
"""Pictures below which nothing can be held out."""


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """Pictures ready to be replayed.

    `labels` names the classes that label numbers index; `classes` maps each class of the model to
    its label. `told` are facts for the user, one sentence each.
    """

    replay: Replay
    labels: tuple[str, ...]
    classes: Mapping[str, int]
    told: tuple[str, ...] = ()


def material(
    predictions: Dataset,
    corrected: Dataset,
    *,
    right: float = RIGHT,
    adjustable: float = ADJUSTABLE,
    task: str = "auto",
    sigmas: Sigmas = None,
    aliases: Mapping[str, str] | None = None,
    unfiltered: bool = False,
) -> Material:
    """Set all that a model saw beside what people made of it.

    Pictures that one side lacks, or did not look at, are left out; of several annotators of a
    picture the first one counts. `aliases`: from classes of the model to those of the corrected
    labels. FormatError where there are too few pictures, or where weak detections were cut off,
    unless they are known to be `unfiltered`.
    """
    sides = panel([("the model", predictions), ("corrected", corrected)], aliases=aliases)
    block = sides.pictures.block(0, len(sides.pictures))
    models = [k for k, r in enumerate(sides.pictures.raters) if r.store.dataset is predictions]
    if len(models) != 1:
        names = ", ".join(sides.raters[k] for k in models)
        raise FormatError(f"the predictions are of several models or people: {names}")
    chosen = _annotator([block.looked(k) for k in range(len(block.tables))], models[0])
    there = np.flatnonzero(block.looked(models[0]) & (chosen >= 0))
    _check(len(there), len(block))
    if not unfiltered:
        _check_floor(predictions, block.tables[models[0]])
    place = np.full(len(block), -1)
    place[there] = np.arange(len(there))
    theirs = [
        _numbered(table, np.where(chosen == k, place, -1)) for k, table in enumerate(block.tables)
    ]
    replay = Replay.of(
        _numbered(block.tables[models[0]], place),
        Annotations.concat(theirs),
        len(there),
        right=right,
        adjustable=adjustable,
        task=task,
        size=[block.sizes[k] for k in there.tolist()],
        sigmas=sigmas,
    )
    labels = tuple(label.name for label in sides.labels)
    told = (*sides.told, *_left_out(len(block) - len(there)))
    return Material(replay, labels, _classes(predictions, sides, models[0]), told)


def _annotator(looked: Sequence[NDArray[np.bool_]], model: int) -> Ints:
    """(B,) the first person who looked at each picture, -1 for none."""
    people = [k for k in range(len(looked)) if k != model]
    seen = (
        np.stack([looked[k] for k in people]) if people else np.zeros((1, len(looked[model])), bool)
    )
    first = np.array(people or [-1])[np.argmax(seen, axis=0)]
    return np.where(seen.any(axis=0), first, -1)


def _numbered(table: Annotations, place: Ints) -> Annotations:
    """The rows of pictures that have a place, numbered by it."""
    images = place[table.images]
    rows = np.flatnonzero(images >= 0)
    return table[rows].with_columns(images=images[rows].astype(np.int32))


def _check(there: int, listed: int) -> None:
    if there < LEAST:
        raise FormatError(
            f"{there} of {listed} pictures are on both sides, expected {LEAST} at least",
            hint="50 to 100 corrected pictures give thresholds to rely on",
        )


def _check_floor(predictions: Dataset, table: Annotations) -> None:
    """FormatError where the predictions were cut off above the floor."""
    job = predictions.extra.get(lines.JOB)
    asked = job if isinstance(job, Mapping) else {}
    told = [asked.get("conf", 0.0), *dict(asked.get("conf-class") or {}).values()]
    lowest = float(np.min(table.scores, initial=np.inf)) if len(table) else np.inf
    cut = max(float(score) for score in told) if asked else lowest
    if not cut <= (FLOOR if asked else NEAR):
        raise _filtered(cut, lowest)


def _filtered(cut: float, lowest: float) -> FormatError:
    if not np.isfinite(lowest):
        found = "there are no detections with a score"
    else:
        found = f"the lowest score is {lowest:.3g}"
    return FormatError(
        f"{found}, expected all detections down to {FLOOR}: "
        "nothing can be learned about what was cut off",
        where="predictions",
        hint=f"name the model with --model, or predict with --conf {FLOOR}; "
        "--unfiltered where nothing was cut",
    )


def _left_out(count: int) -> tuple[str, ...]:
    if not count:
        return ()
    return (f"{count} pictures were not looked at by both model and people, left out",)


def _classes(predictions: Dataset, sides: Panel, model: int) -> dict[str, int]:
    """The label of each class of the model; a store of corrections says which these were."""
    place = sides.pictures.raters[model].store.place
    told = predictions.extra.get(CLASSES)
    stored = told if isinstance(told, Mapping) else {}
    return {
        name: int(k)
        for label, k in zip(predictions.labels, place, strict=True)
        for name in stored.get(label.name, (label.name,))
    }
