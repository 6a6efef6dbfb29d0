"""Facts that a reader of the figures has to know, one sentence each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from formats.annotations import Flag
from formats.dataset import Item
from prelabel.evaluate import rows
from prelabel.evaluate.classes import Classes
from prelabel.evaluate.pairing import name_of

__all__ = ["told"]

Pairs = Sequence[tuple[Item | None, Item]]


def told(pairs: Pairs, classes: Classes, tasks: Sequence[str]) -> tuple[str, ...]:
    """What was counted as certain, left out or ignored, and where the two sides do not agree."""
    found = [item for item, _ in pairs if item is not None]
    wanted = [item for _, item in pairs]
    sentences = (
        _nothing(found),
        _foreign(found, classes),
        _unscored(found),
        _ignored(wanted),
        *(_lacking(found, task) for task in tasks if task != "boxes"),
        *(_lacking_truth(wanted, task) for task in tasks if task != "boxes"),
        _resized(pairs),
    )
    return tuple(sentence for sentence in sentences if sentence)


def _nothing(found: Sequence[Item]) -> str:
    empty = not any(len(item.annotations) for item in found if item.annotations is not None)
    return "the predictions hold no object at all" if empty else ""


def _foreign(found: Sequence[Item], classes: Classes) -> str:
    """Predicted objects of classes that the truth does not have."""
    known = classes.categories(classes.pred) > 0
    counts = Counter(
        classes.pred[label].name
        for item in found
        if item.annotations is not None
        for label in item.annotations.labels.tolist()
        if not known[label]
    )
    names = ", ".join(f"{name} {count}" for name, count in counts.most_common(5))
    more = f" and {len(counts) - 5} more" if len(counts) > 5 else ""
    total = f"{counts.total()} predicted objects of classes that the truth does not have"
    return f"{total} are left out: {names}{more}" if counts else ""


def _unscored(found: Sequence[Item]) -> str:
    count = sum(int(np.isnan(i.annotations.scores).sum()) for i in found if i.annotations)
    return f"{count} predicted objects have no score and count as certain (1.0)" if count else ""


def _ignored(wanted: Sequence[Item]) -> str:
    counts = {
        name: sum(int(i.annotations.flagged(flag).sum()) for i in wanted if i.annotations)
        for name, flag in (("crowds", Flag.CROWD), ("difficult objects", Flag.DIFFICULT))
    }
    said = " and ".join(f"{count} {name}" for name, count in counts.items() if count)
    return f"{said} of the truth are ignored: neither right nor wrong to find" if said else ""


def _lacking(found: Sequence[Item], task: str) -> str:
    count = _without(found, task)
    return f"{count} predicted objects have no {task} and are left out of {task}" if count else ""


def _lacking_truth(wanted: Sequence[Item], task: str) -> str:
    count = _without(wanted, task)
    return f"{count} objects of the truth have no {task} and are ignored there" if count else ""


def _without(items: Sequence[Item], task: str) -> int:
    """Objects that have a box but not what the task compares."""
    tables = [item.annotations for item in items if item.annotations]
    boxed = [t[rows.compared(t, "boxes") & ~t.flagged(Flag.CROWD)] for t in tables]
    return sum(int((~rows.compared(table, task)).sum()) for table in boxed)


def _resized(pairs: Pairs) -> str:
    """Pictures whose size differs: nothing is scaled, so the figures suffer."""
    other = list(_other_sizes(pairs))
    if not other:
        return ""
    return f"{len(other)} pictures have another size in the predictions (first: {other[0]})"


def _other_sizes(pairs: Pairs) -> Iterator[str]:
    for pred, truth in pairs:
        if pred and pred.size and truth.size and pred.size != truth.size:
            sizes = " against ".join("{} x {}".format(*size) for size in (pred.size, truth.size))
            yield f"{name_of(truth)}, {sizes}"
