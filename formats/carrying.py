"""What of the pictures, the classes and the whole a format does not hold: counted for writers.

Rows are counted by the writers themselves (`unheld`). Here stands what else gets lost without a
word of theirs, so that ids, annotators, information and licences are in the report too (rule 14).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from formats import splits
from formats.changing import changed
from formats.columns import CODING, Kind
from formats.dataset import Chunk, Dataset, Item
from formats.losses import Losses

__all__ = ["CLASSES", "NONE", "PICTURES", "WHOLE", "Drops", "reported"]

PICTURES = {
    "id": "picture id",
    "extra": "picture with unknown keys",
    "annotator": "annotator of a picture",
    "status": "status of a picture",
    "time": "time of a picture",
}
CLASSES = {
    "id": "category id",
    "supercategory": "supercategory of a class",
    "attributes": "class with attributes",
    "extra": "class with unknown keys",
    "bones": "class with bones between its keypoints",
    "mirror": "class with mirrored keypoints",
}
"""Fields of items and of labels, and what they are called in a report."""
WHOLE = "key of the whole data set"
OWN = frozenset({"splits", "videos", "interpolation"})
"""Keys of `Dataset.extra` that are told by splits, by clips and by their tracks."""
SPLITS = {
    "odd": "split",
    "all": "split",
    "spelling": "split written as train, val or test",
}
CLIP = "clip, of which frames stay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drops:
    """What a format loses and its writer does not count.

    `pictures` and `classes` name fields of items and of labels, of those that are told of here;
    `keeps` statuses and further keys of pictures that have a place all the same.
    """

    pictures: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    whole: bool = False
    """Keys of the whole data set: information, licences."""
    whole_keeps: tuple[str, ...] = ()
    """Those that have a place all the same."""
    splits: Literal["none", "odd", "spelling", "all"] = "none"
    """Splits other than those for training, validation and test; how they are spelled
    (``train2017`` becomes ``train``); all of them."""
    clips: bool = False
    """What is known of a clip beside its frames."""
    coding: bool = True
    """The form of a mask's run lengths: no loss, since it says nothing of the mask."""
    repeated: bool = False
    """Tags that a picture has already: its list of classes has each once."""


NONE = Drops(coding=False)


def reported(dataset: Dataset, drops: Drops) -> Dataset:
    """The data set, whose losses tell after a walk what a format drops of it."""
    if drops == NONE:
        return dataset
    losses = Losses(under=dataset.losses)
    _count_whole(dataset, drops, losses)

    def count(chunk: Chunk, walk: Losses) -> Chunk:
        _count_pictures(chunk.items, drops, walk)
        if drops.repeated:
            _count_repeated(chunk, walk)
        return _uncoded(chunk) if drops.coding else chunk

    return changed(dataset, count, Losses, losses.merge, losses=losses)


def _count_pictures(items: Sequence[Item], drops: Drops, losses: Losses) -> None:
    keeps = frozenset(drops.keeps)
    for name in drops.pictures:
        stating = [item for item in items if _is_lost(item, name, keeps)]
        losses.add(PICTURES[name], len(stating), stating[0].path if stating else "")
    if drops.splits != "none":
        for item in items:
            if item.split and _changes(item.split, drops):
                losses.add(SPLITS[drops.splits], example=f"{item.path}: {item.split}")


def _uncoded(chunk: Chunk) -> Chunk:
    """The chunk without the forms of run lengths."""
    extra = chunk.annotations.extra
    if extra is None or not any(CODING in told for told in extra):
        return chunk
    left = [{k: v for k, v in told.items() if k != CODING} for told in extra]
    table = chunk.annotations.with_columns(extra=left if any(left) else None)
    return replace(chunk, annotations=table)


def _count_repeated(chunk: Chunk, losses: Losses) -> None:
    table = chunk.annotations
    rows = table.kinds == Kind.TAG
    known = {*zip(table.images[rows].tolist(), table.labels[rows].tolist(), strict=True)}
    losses.add("tag that its picture has already", int(rows.sum()) - len(known))


def _is_lost(item: Item, name: str, keeps: frozenset[str]) -> bool:
    """Whether an item says something in a field that is not among what a format `keeps`."""
    stated = getattr(item, name)
    if stated is None or stated == "":
        return False
    if name == "extra":
        return not stated.keys() <= keeps
    if name == "time" and item.media is not None:  # its frame tells it
        return False
    return name != "status" or stated not in keeps


def _changes(split: str, drops: Drops) -> bool:
    """Whether a split does not come back as it is."""
    if drops.splits == "spelling":
        return splits.canonical(split) != split
    return drops.splits == "all" or not splits.known(split)


def _count_whole(dataset: Dataset, drops: Drops, losses: Losses) -> None:
    if drops.whole:
        keys = dataset.extra.keys() - OWN - {*drops.whole_keeps}
        losses.add(WHOLE, len(keys), min(keys, default=""))
    if drops.clips:
        losses.add(CLIP, len(dataset.media))
    for label in dataset.labels:
        for name in drops.classes:
            stated = getattr(label, name)
            if stated if name != "id" else stated is not None:
                losses.add(CLASSES[name], example=label.name)
