"""Where the files of clips go, and what the form of a sequence cannot tell of them."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TypeVar

import numpy as np

from formats import archives, files, staging
from formats.carrying import CLASSES, PICTURES, SPLITS, Drops
from formats.dataset import Dataset, Label
from formats.losses import Losses
from formats.options import Options
from formats.tracks import clip, naming, sequence
from formats.tracks.clip import ClipTracks

__all__ = [
    "DROPS",
    "count_frames",
    "count_labels",
    "count_splits",
    "folders",
    "pictures",
    "write",
]

Made = TypeVar("Made", bound=Options)
Contents = Callable[[Dataset, Made, Losses], Mapping[str, bytes]]
STEADY = 0.002
"""Seconds by which a frame may be off a steady rate."""
DROPS = Drops(
    pictures=tuple(PICTURES),
    classes=("supercategory", "attributes", "extra", "bones", "mirror"),
    whole=True,
)
"""What sequences have no place for; splits and ids of classes are counted here."""


def folders(clips: Sequence[ClipTracks]) -> list[str]:
    """The folder of each clip with a ``/`` at its end, in that of its split."""
    names = naming.folders(clips)
    splits = [next((item.split for item in one.items.values()), "") for one in clips]
    parts = [[split, name] if name else [] for split, name in zip(splits, names, strict=True)]
    return ["".join(f"{files.safe(part)}/" for part in some if part) for some in parts]


def count_labels(
    labels: Sequence[Label], losses: Losses, fixed: Collection[tuple[str, int]] = ()
) -> None:
    """Ids of classes that are not their rank and 1, which is how they are numbered here.

    `fixed`: names and ids of classes whose number is always the same.
    """
    wrong = (label for k, label in enumerate(labels) if label.id not in (None, k + 1))
    other = [label.name for label in wrong if (label.name, label.id) not in fixed]
    losses.add(CLASSES["id"], len(other), other[0] if other else "")


def count_splits(one: ClipTracks, split: str, losses: Losses) -> None:
    """Splits of frames that are not the one which is read from the folder of their clip."""
    other = [item for item in one.items.values() if item.split and item.split != split]
    example = f"{other[0].path}: {other[0].split}" if other else ""
    losses.add(SPLITS["all"], len(other), example)


def write(dataset: Dataset, path: Path, options: Made, contents: Contents[Made]) -> Losses:
    """Write the files of clips, by their names, below a folder or into a ``.zip``.

    Pictures become the frames of a clip first.
    """
    lone = path.suffix.lower() == ".zip"
    with staging.opened(dataset, path, options, lone=lone) as (place, losses):
        made = contents(sequence.of_stills(dataset, losses), options, losses)
        _packed(place, made) if lone else _put(place, made)
    return losses


def _put(folder: Path, contents: Mapping[str, bytes]) -> None:
    for name, data in contents.items():
        files.put(folder / name, data)


def _packed(path: Path, contents: Mapping[str, bytes]) -> None:
    """A ``.zip``, the same bytes at any time."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents.items():
            archive.writestr(archives.entry(name, zipfile.ZIP_DEFLATED), data)


def pictures(one: ClipTracks, losses: Losses) -> tuple[str, str]:
    """The folder and ending of the pictures where they are named as MOTChallenge names them."""
    names = [PurePosixPath(item.path) for item in one.items.values()]
    frames = [f"{frame + 1:06d}" for frame in one.items]
    kinds = {(name.parent.name, name.suffix) for name in names}
    plain = [name.stem for name in names] == frames
    if plain and len(kinds) == 1 and "" not in (found := kinds.pop()):
        return found
    own = [
        item.path != clip.frame_item(one.media, one.index, f).path for f, item in one.items.items()
    ]
    losses.add("name of a frame's picture", sum(own), one.media.path)
    return "", ""


def count_frames(one: ClipTracks, losses: Losses) -> None:
    """A sequence has frames at a steady rate, and all of them were looked at."""
    where, times = one.media.path, np.array(one.media.times)
    steady = np.arange(len(times)) / (one.media.rate or 1)
    uneven = len(times) and np.abs(times - steady).max() > STEADY
    losses.add("times of frames at a rate that varies", len(times) if uneven else 0, where)
    losses.add("frame that nobody looked at", max(one.media.frames - len(one.looked), 0), where)
