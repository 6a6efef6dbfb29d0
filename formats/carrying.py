"""What of the pictures, the classes and the whole a format does not hold: counted for writers.

Rows are counted by the writers themselves (`unheld`). Here stands what else gets lost without a
word of theirs, so that ids, annotators, information and licences are in the report too (rule 14).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from formats import splits
from formats.changing import changed
from formats.dataset import Chunk, Dataset, Item, Label
from formats.losses import Losses

__all__ = ["DROPPED", "reported"]

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

HELD = {"label-studio": frozenset({"cancelled", "data", "prediction_score"})}
"""Statuses and keys of pictures that a format has a place for, though not for others."""

_EVERY = frozenset(f"picture {name}" for name in PICTURES)
_WRITERS = {
    "createml": {"picture time", "whole", "odd split"},
    "cvat": {"picture time"},
    "datumaro": {"picture time"},
    **{name: _EVERY - {"picture extra"} | {"whole"} for name in ("dota", "kitti", "openimages")},
    "label-studio": {
        *("picture extra", "picture status", "picture time", "whole"),
        *(f"class {name}" for name in CLASSES),
    },
    **{name: {"picture time", "whole", "odd split"} for name in ("labelme", "x-anylabeling")},
    "labelbox": {"picture time", "whole"},
    "supervisely": {"picture time", "class attributes", "class mirror"},
    **{f"ultralytics-ndjson{task}": {"picture time"} for task in ("", "-seg", "-pose", "-obb")},
    "via": {
        *("picture time", "whole", "class id"),
        *("class supercategory", "class attributes", "class extra"),
    },
    "voc": {"picture time"},
    **{f"yolo{task}": {*_EVERY, "whole"} for task in ("", "-seg", "-pose", "-obb", "-cls")},
}
DROPPED: Mapping[str, frozenset[str]] = {name: frozenset(own) for name, own in _WRITERS.items()}
"""What a format loses and its writer does not count."""


def reported(dataset: Dataset, format_: str) -> Dataset:
    """The data set, whose losses tell after a walk what a format of that name drops of it."""
    dropped = DROPPED.get(format_)
    if not dropped:
        return dataset
    held = HELD.get(format_, frozenset())
    losses = Losses(under=dataset.losses)
    _count_whole(dataset, dropped, losses)

    def count(chunk: Chunk, walk: Losses) -> Chunk:
        _count_pictures(chunk.items, dropped, held, walk)
        return chunk

    return changed(dataset, count, Losses, losses.merge, losses=losses)


def _count_pictures(
    items: Sequence[Item], dropped: frozenset[str], held: frozenset[str], losses: Losses
) -> None:
    for name, what in PICTURES.items():
        if f"picture {name}" in dropped:
            stating = [item for item in items if _is_lost(item, name, held)]
            losses.add(what, len(stating), stating[0].path if stating else "")
    if "odd split" in dropped:
        for item in items:
            if item.split and not splits.known(item.split):
                losses.add("split", example=item.path)


def _is_lost(item: Item, name: str, held: frozenset[str]) -> bool:
    """Whether an item says something in a field, of which `held` has a place elsewhere."""
    stated = getattr(item, name)
    if stated is None or stated == "":
        return False
    if name == "extra":
        return not stated.keys() <= held
    if name == "time" and item.media is not None:  # its frame tells it
        return False
    return name != "status" or stated not in held


def _count_whole(dataset: Dataset, dropped: frozenset[str], losses: Losses) -> None:
    if "whole" in dropped:
        keys = dataset.extra.keys() - OWN
        losses.add(WHOLE, len(keys), min(keys, default=""))
    for label in dataset.labels:
        _count_class(label, dropped, losses)


def _count_class(label: Label, dropped: frozenset[str], losses: Losses) -> None:
    for name, what in CLASSES.items():
        stated = getattr(label, name)
        if f"class {name}" in dropped and (stated if name != "id" else stated is not None):
            losses.add(what, example=label.name)
