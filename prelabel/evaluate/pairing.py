"""Which picture of the predictions is which picture of the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from formats.dataset import Item
from formats.errors import FormatError

__all__ = ["Path", "Pairing", "name_of", "pair", "paired", "path_of"]

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Pairing:
    """Pictures of both sides, in the order of the truth.

    `pairs`: (predicted, true) items. `only_truth`: looked at by people, not by the model;
    `only_pred`: the reverse. `by_name`: how many pairs share the file name but not the whole path.
    `unlabelled`: pictures that one side lists without having looked at them.
    """

    pairs: tuple[tuple[Item, Item], ...]
    only_pred: tuple[Item, ...]
    only_truth: tuple[Item, ...]
    by_name: int = 0
    unlabelled: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Counts and names."""
        return {
            "both": len(self.pairs),
            "matched_by_file_name": self.by_name,
            "only_in_predictions": [name_of(item) for item in self.only_pred],
            "only_in_truth": [name_of(item) for item in self.only_truth],
            "not_looked_at": list(self.unlabelled),
        }


def pair(pred: Iterable[Item], truth: Iterable[Item]) -> Pairing:
    """Pair by path, then by ever shorter ends of the path, at last by the bare file name.

    At each step only names that are unique on both sides count, so two folders with a ``1.jpg``
    each never swap. Frames of a clip also carry their frame number. Items that nobody looked at
    take no part. FormatError where one side has a picture twice.
    """
    found, unseen = _looked(pred, "the predictions")
    wanted, unlabelled = _looked(truth, "the truth")
    matched = paired(found, wanted)
    exact = sum(key == other for key, other in matched.items())
    taken = set(matched.values())
    return Pairing(
        tuple((found[matched[key]], wanted[key]) for key in wanted if key in matched),
        tuple(item for key, item in found.items() if key not in taken),
        tuple(item for key, item in wanted.items() if key not in matched),
        by_name=len(matched) - exact,
        unlabelled=(*unseen, *unlabelled),
    )


def paired(found: Collection[Path], wanted: Collection[Path]) -> dict[Path, Path]:
    """The path of `found` that is each path of `wanted`, as `pair` pairs them."""
    matched: dict[Path, Path] = {key: key for key in wanted if key in found}
    for depth in range(_depth([*found, *wanted]), 0, -1):
        taken = set(matched.values())
        tails = _tails((key for key in found if key not in taken), depth)
        rest = _tails((key for key in wanted if key not in matched), depth)
        matched |= {rest[tail]: tails[tail] for tail in rest if tail in tails}
    return matched


def name_of(item: Item) -> str:
    """The path of an item, with its frame where it has one."""
    return item.path if item.frame is None else f"{item.path}#{item.frame}"


def _looked(items: Iterable[Item], side: str) -> tuple[dict[Path, Item], tuple[str, ...]]:
    """The items that were looked at, by path, and the names of the others."""
    by_path: dict[Path, Item] = {}
    unseen: list[str] = []
    for item in items:
        if item.annotations is None:
            unseen.append(name_of(item))
        elif by_path.setdefault(path_of(item), item) is not item:
            raise _twice(item, by_path[path_of(item)], side)
    return by_path, tuple(unseen)


def _twice(item: Item, other: Item, side: str) -> FormatError:
    people = " and ".join(repr(i.annotator) for i in (other, item) if i.annotator)
    by = f", by {people}" if people else ""
    return FormatError(
        f"{side} have this picture twice{by}"
        if side.endswith("s")
        else f"{side} has this picture twice{by}",
        where=name_of(item),
        hint="score one annotator's labels at a time",
    )


def path_of(item: Item) -> Path:
    """The steps of the path, without ``.``; a picture without a path goes by its id."""
    text = item.path or f"id:{item.id}"
    steps = [step for step in text.replace("\\", "/").split("/") if step not in ("", ".")]
    if item.frame is not None:
        steps[-1] += f"#{item.frame}"
    return tuple(steps)


def _depth(keys: Iterable[Path]) -> int:
    return max((len(key) for key in keys), default=0)


def _tails(keys: Iterable[Path], depth: int) -> dict[Path, Path]:
    """Last `depth` steps -> whole path, where only one path ends so."""
    ends = [(key[-depth:], key) for key in keys]
    counts = Counter(tail for tail, _ in ends)
    return {tail: key for tail, key in ends if counts[tail] == 1}
