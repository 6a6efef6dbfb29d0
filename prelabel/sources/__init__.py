"""What a job labels: files, folders, patterns, list files, addresses or a dataset -> `Pictures`.

A picture is known by its name: its path below the source that it came from, with ``/``, never
absolute. Names are what the journal and every output hold, so they do not depend on where the
sources lie. Where two sources would give one name to two pictures, each of these sources puts the
name of its own folder in front.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from prelabel.errors import JobError
from prelabel.sources import datasets, files, folders, lists, naming
from prelabel.sources.pictures import Group, Pictures, Unit, is_address

__all__ = ["Pictures", "Unit", "collect"]

DATASETS = frozenset({".json", ".jsonl", ".yaml", ".yml"})


def collect(sources: Sequence[str], *, images: str = "", exclude: str = "") -> Pictures:
    """The pictures of all sources, in their order; folders sorted by name.

    `images` is the folder of a dataset's pictures where it cannot be told from the dataset;
    `exclude` a folder that is not walked (the job's own output). JobError where a source is
    missing or empty, or where two pictures end up under one name.
    """
    plain = files.groups([s for s in sources if _is_plain(s)])
    groups = [plain.get(s) or _group(s, images, exclude) for s in sources]
    labels = datasets.common_labels(groups)
    seen: set[str] = set()
    units = naming.named([naming.distinct(group, seen) for group in groups])
    if not units:
        raise JobError("no pictures", where=" ".join(sources))
    return Pictures(tuple(units), labels, naming.root(units), groups[0].extra)


def _is_plain(source: str) -> bool:
    """A single file or address, as opposed to something that lists pictures."""
    if is_address(source):
        return True
    path = Path(source)
    return path.is_file() and path.suffix.lower() not in {".txt", *DATASETS}


def _group(source: str, images: str, exclude: str) -> Group:
    path = Path(source)
    if path.is_dir():
        return folders.group(path, Path(exclude) if exclude else None)
    if not path.exists():
        if any(sign in source for sign in "*?["):
            return folders.pattern(source)
        raise JobError("no such file or folder", where=source)
    if path.suffix.lower() in DATASETS:
        return datasets.group(path, images)
    return lists.group(path)
