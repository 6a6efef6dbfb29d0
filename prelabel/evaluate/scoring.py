"""`score`: pair pictures and classes, then score every task that both sides can answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from formats.annotations import Annotations
from formats.dataset import Dataset, Item, Label
from formats.errors import FormatError
from prelabel.errors import SettingsError
from prelabel.evaluate import cocoeval, facts, rows
from prelabel.evaluate.classes import Classes, Keypoints, keypoints
from prelabel.evaluate.pairing import Pairing, name_of, pair
from prelabel.evaluate.scores import TASKS, Figures, Scores
from prelabel.evaluate.sigmas import Sigmas

__all__ = ["score"]

Pairs = Sequence[tuple[Item | None, Item]]


def score(
    pred: Dataset,
    truth: Dataset,
    *,
    task: str = "auto",
    sigma: Sigmas = None,
    common: bool = False,
) -> Scores:
    """COCO's figures of `pred` against `truth`.

    `task`: boxes, masks, keypoints, or auto: every one that both sides have rows for, boxes always.
    `sigma`: see `sigmas.of`. A picture of the truth that the predictions do not have counts as one
    where nothing was found, unless `common` leaves it out. FormatError where no picture or no class
    is on both sides; SettingsError for another task.
    """
    if task not in (*TASKS, "auto"):
        raise SettingsError(f"no task {task!r} (auto, {', '.join(TASKS)})", "task")
    pairing = pair(pred.items, truth.items)
    classes = Classes.of(pred.labels, truth.labels)
    _check(pairing, classes)
    missed = () if common else pairing.only_truth
    pairs: Pairs = [*pairing.pairs, *((None, item) for item in missed)]
    wanted = _answered(pairs) if task == "auto" else (task,)
    points = Keypoints()
    if "keypoints" in wanted:
        points = keypoints(classes, _tables(item for _, item in pairs), sigma)
    figures = {name: _figures(name, pairs, classes, points) for name in wanted}
    said = (*facts.told(pairs, classes, wanted), *points.notes)
    return Scores(
        len(pairs),
        figures.get("boxes"),
        figures.get("masks"),
        figures.get("keypoints"),
        pairing,
        notes=said,
    )


def _check(pairing: Pairing, classes: Classes) -> None:
    """FormatError where nothing can be compared."""
    if not pairing.pairs:
        raise FormatError(
            f"no picture is on both sides: the predictions have {_first(pairing.only_pred)}, "
            f"the truth has {_first(pairing.only_truth)}"
        )
    if not classes.categories(classes.pred).any():
        raise FormatError(
            f"no class is on both sides: the predictions have {_listed(classes.pred)}; "
            f"the truth has {_listed(classes.truth)}"
        )


def _first(items: Sequence[Item]) -> str:
    return f"{len(items)} (first: {name_of(items[0])})" if items else "none that was looked at"


def _listed(labels: Sequence[Label]) -> str:
    names = [label.name for label in labels]
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return (", ".join(names[:5]) or "none") + more


def _tables(items: Iterable[Item | None]) -> list[Annotations]:
    return [i.annotations for i in items if i is not None and i.annotations is not None]


def _answered(pairs: Pairs) -> tuple[str, ...]:
    """The tasks that rows of both sides can answer; boxes always."""
    sides = [_tables(side) for side in zip(*pairs, strict=True)]
    return (
        "boxes",
        *(
            name
            for name in TASKS[1:]
            if all(any(rows.compared(table, name).any() for table in side) for side in sides)
        ),
    )


def _figures(task: str, pairs: Pairs, classes: Classes, points: Keypoints) -> Figures:
    """The figures of one task."""
    ours = rows.Side(task, classes.categories(classes.pred), points.counts, points.orders)
    theirs = rows.Side(task, classes.categories(classes.truth), points.counts)
    pictures = _pictures(pairs)
    found = _numbered(
        rows.predicted(item.annotations, picture, ours)
        for picture, (item, _) in zip(pictures, pairs, strict=True)
        if item is not None and item.annotations is not None
    )
    truth = _numbered(
        rows.true(item.annotations, picture, theirs)
        for picture, (_, item) in zip(pictures, pairs, strict=True)
        if item.annotations is not None
    )
    names = classes.names()
    if task == "keypoints":
        names = {id_: name for id_, name in names.items() if id_ in points.counts}
    ids = [picture.id for picture in pictures]
    return cocoeval.run(task, truth, found, ids, names, points.sigmas)


def _pictures(pairs: Pairs) -> list[rows.Picture]:
    """The truth's own ids where each picture has one: equal scores are ordered by them."""
    own = [item.id for _, item in pairs if item.id is not None]
    ids = own if len(set(own)) == len(pairs) else range(1, len(pairs) + 1)
    return [
        rows.Picture(id_, truth.size or (pred.size if pred else None), name_of(truth))
        for id_, (pred, truth) in zip(ids, pairs, strict=True)
    ]


def _numbered(tables: Iterable[list[rows.Row]]) -> list[rows.Row]:
    """All rows with ids from 1: an id of 0 means "no match" to pycocotools."""
    return [{**row, "id": i} for i, row in enumerate(chain.from_iterable(tables), 1)]
