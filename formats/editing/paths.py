"""What of a picture's path tells it from others, whatever folders a format puts pictures into."""

from __future__ import annotations

import re

from formats import splits

__all__ = ["below"]

_FOLDER = re.compile(r"images|img|image_2|JPEGImages|obj_\w+_data")
"""Folders that formats put pictures into."""


def below(path: str, split: str = "") -> str:
    """The path below the last folder of pictures and below the folder of its split.

    ``images/train/a/1.jpg``, ``train/images/a/1.jpg`` and ``train2017/a/1.jpg`` of the split train
    are ``a/1.jpg``; so they are where no split is stated. ``.`` and doubled ``/`` count for
    nothing.
    """
    *folders, name = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".")]
    last = max((k for k, part in enumerate(folders) if _FOLDER.fullmatch(part)), default=-1)
    folders = folders[last + 1 :]
    if folders and splits.known(folders[0]) and _is_of(split, folders[0]):
        folders = folders[1:]
    return "/".join([*folders, name])


def _is_of(split: str, folder: str) -> bool:
    return not split or splits.canonical(folder) == splits.canonical(split)
