"""What belongs to the whole of several data sets: classes, sources, further keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats import labels
from formats.coco import categories
from formats.dataset import Dataset, Label, Source
from formats.errors import FormatError
from formats.losses import Losses
from formats.tracks import filling

__all__ = ["classes", "further", "of_one_rule", "places", "sources"]

Ints = NDArray[np.int32]


def classes(datasets: Sequence[Dataset], losses: Losses) -> tuple[Label, ...]:
    """The classes of all, by name, in the order of the first set that has one.

    The skeleton is that of the first set that states one; another one is an error.
    """
    found = list(categories.merged([dataset.labels for dataset in datasets], losses))
    place = {key: k for k, (key, _) in enumerate(categories.keyed(found))}
    for dataset in datasets:
        for key, label in categories.keyed(dataset.labels):
            found[place[key]] = _with_skeleton(found[place[key]], label)
    _alike(found, losses)
    return tuple(found)


def _with_skeleton(label: Label, other: Label) -> Label:
    if not other.keypoints or label.keypoints == other.keypoints:
        return label
    if label.keypoints:
        raise FormatError(f"the class {label.name!r} has other keypoints in another set")
    return replace(label, keypoints=other.keypoints, bones=other.bones, mirror=other.mirror)


def _alike(found: Sequence[Label], losses: Losses) -> None:
    """Warn of names that may have been meant to be one."""
    seen: dict[str, str] = {}
    for label in found:
        first = seen.setdefault(labels.plain(label.name), label.name)
        if first != label.name:
            what = "class whose name differs from another's in case or blanks only"
            losses.warn(what, example=f"{first!r} and {label.name!r}")


def places(own: Sequence[Label], common: Sequence[Label]) -> Ints:
    """The place in the common list of every class of one set, (L,)."""
    place = {key: k for k, (key, _) in enumerate(categories.keyed(common))}
    return np.array([place[key] for key, _ in categories.keyed(own)], dtype=np.int32)


def sources(datasets: Sequence[Dataset]) -> tuple[Source, ...]:
    """The sources of all, each once."""
    return tuple(dict.fromkeys(source for dataset in datasets for source in dataset.sources))


def further(datasets: Sequence[Dataset], losses: Losses) -> dict[str, Any]:
    """Info, licences and other keys: those that do not contradict each other; others are counted.

    Lists of entries with ids, such as COCO's licences, are joined where an id means one thing.
    """
    found: dict[str, Any] = {}
    for key in dict.fromkeys(key for dataset in datasets for key in dataset.extra):
        values = [dataset.extra[key] for dataset in datasets if key in dataset.extra]
        joined = _joined(values)
        if joined is None:
            losses.add("key of the whole set, not the same in all", example=key)
        else:
            found[key] = joined
    return found


def _joined(values: Sequence[Any]) -> Any:
    """The one value that all agree on, None where they do not."""
    if all(value == values[0] for value in values):
        return values[0]
    if all(isinstance(value, Mapping) for value in values):
        return _one_each([pair for value in values for pair in value.items()])
    if all(_is_listing(value) for value in values):
        entries = _one_each([(entry["id"], entry) for value in values for entry in value])
        return None if entries is None else list(entries.values())
    return None


def _one_each(pairs: Sequence[tuple[Any, Any]]) -> dict[Any, Any] | None:
    """The pairs as a mapping, None where a key has two values."""
    found = dict(reversed(pairs))
    return {key: found[key] for key, _ in pairs} if all(found[k] == v for k, v in pairs) else None


def _is_listing(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(
        isinstance(entry, Mapping) and isinstance(entry.get("id"), int | str) for entry in value
    )


def of_one_rule(datasets: Sequence[Dataset]) -> list[Dataset]:
    """The data sets, tracks filled in where their tools fill them in by different rules."""
    rules = {filling.rule_of(dataset) for dataset in datasets if dataset.media}
    if len(rules) < 2:
        return list(datasets)
    return [
        replace(
            filling.densified(dataset),
            extra={k: v for k, v in dataset.extra.items() if k != filling.KEY},
        )
        for dataset in datasets
    ]
