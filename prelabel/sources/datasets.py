"""A dataset as source: its pictures with their ids, names and splits, and its categories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import formats
from formats.dataset import Dataset, Item, Label
from prelabel.errors import JobError
from prelabel.sources.pictures import Group, Unit

__all__ = ["common_labels", "group", "group_of"]

LOOKED_AT = 20
"""How many items are tried to find out which folder holds the pictures."""


def group(path: Path, images: str = "") -> Group:
    """The pictures of a dataset file; `images` is their folder where it cannot be told."""
    return group_of(formats.read(path), path, images)


def group_of(dataset: Dataset, path: Path, images: str = "") -> Group:
    """The same of a dataset that was read from `path`, in whatever format."""
    items = list({item.path: item for item in _bare(dataset)}.values())
    if not items:
        raise JobError("the dataset lists no pictures", where=path)
    folder = _folder(path, dataset, items, images)
    units = tuple(_unit(item, folder, path) for item in items)
    return Group(path.stem, units, dataset.labels, dataset.extra)


def common_labels(groups: Sequence[Group]) -> tuple[Label, ...] | None:
    """The categories of the datasets among the sources, None where there is no dataset."""
    sets = [group for group in groups if group.labels is not None]
    for other in sets[1:]:
        if other.labels != sets[0].labels:
            raise JobError(
                f"the categories of {sets[0].name} and {other.name} differ",
                hint="label one dataset at a time",
            )
    return sets[0].labels if sets else None


def _bare(dataset: Dataset) -> Iterator[Item]:
    """The items without their shapes."""
    return (item for chunk in dataset.chunks() for item in chunk.items)


def _unit(item: Item, folder: Path, where: Path) -> Unit:
    if item.media is not None:
        raise JobError(f"{item.path} is a frame of a video, expected pictures", where=where)
    name = Path(item.path)
    if name.is_absolute() or ".." in name.parts:
        raise JobError(
            f"picture name {item.path!r} leaves the dataset, expected a relative path", where=where
        )
    return Unit(item.path, str(folder / item.path), item.id, item.split)


def _folder(path: Path, dataset: Dataset, items: Sequence[Item], images: str) -> Path:
    """The folder below which the pictures are found."""
    tried = [Path(images)] if images else list(_candidates(path, dataset, items[0].split))
    for folder in tried:
        if any((folder / item.path).is_file() for item in islice(items, LOOKED_AT)):
            return folder
    places = ", ".join(str(folder) for folder in tried)
    raise JobError(
        f"its pictures are not found, such as {items[0].path!r}",
        where=path,
        hint=f"looked in {places}; name their folder with --images DIR",
    )


def _candidates(path: Path, dataset: Dataset, split: str) -> Iterator[Path]:
    """Where layouts keep pictures: beside the file, in images/, in a folder of the split's name."""
    here = path.parent
    tops = [here, here / "images", here.parent / "images", here.parent]
    roots = [Path(dataset.root)] if dataset.root else []
    tag = path.stem.rpartition("_")[2]
    for top in dict.fromkeys([*roots, *tops]):
        yield top
        yield from (top / name for name in dict.fromkeys((split, tag)) if name)
