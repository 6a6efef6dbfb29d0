"""Where the files of a COCO data set lie, and which split each of them is.

Understood: ``annotations/<task>_<split>.json`` (COCO), ``<split>/_annotations.coco.json``
(Roboflow), and a lone file whose name or folder tells the split.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from formats import files, splits
from formats.coco import kinds
from formats.coco.options import CocoOptions
from formats.counting import counted
from formats.errors import FormatError
from formats.format import Match

__all__ = ["File", "found", "passed_over", "sniff", "sniff_results", "split_of", "task_of"]

ROBOFLOW = "_annotations.coco.json"
RESULTS = "results.json"
TASKS = ("instances", "person_keypoints", "keypoints", "labels")
OTHERS = ("stuff", "image_info", "captions", "panoptic")
"""Further kinds of files that COCO has for the same pictures."""
ASIDE = OTHERS[1:]
"""Those that do not tell of objects, or not in this form."""
DEFAULT = "default"
"""The split in a file name that stands for no split at all."""
HEAD = 1 << 16
_LISTS = re.compile(rb'"(?:images|annotations|categories)"\s*:\s*\[')
_DATUMARO = re.compile(rb'"categories"\s*:\s*\{')
"""Its items have annotations, too; its categories are no list."""
_RESULT = re.compile(rb'^\s*\[\s*(?:\]|\{[^{}]*"(?:image_id|category_id)"\s*:)')


@dataclass(frozen=True, slots=True)
class File:
    """One COCO file: its split ("" for none) and the folder that its pictures are looked for in."""

    path: Path
    split: str
    root: Path


def found(path: Path, options: CocoOptions) -> list[File]:
    """The files of a data set: a lone one, or those of a folder, in the order of the splits."""
    if path.is_file():
        split = options.split or split_of(path)
        return [File(path, split, Path(options.images) if options.images else _root(path))]
    files = _roboflow(path) or _annotations(path, options) or _lone(path) or _by_split(path)
    if not files:
        raise FormatError(
            "no COCO file in the folder",
            where=path,
            hint=f"looked for annotations/*.json and <split>/{ROBOFLOW}",
        )
    ordered = sorted(files, key=lambda f: (_rank(f[1]), f[1]))
    return [File(f, s, Path(options.images) if options.images else r) for f, s, r in ordered]


def _rank(split: str) -> int:
    order = ("train", "val", "test")
    name = splits.canonical(split)
    return order.index(name) if name in order else len(order)


def _roboflow(path: Path) -> list[tuple[Path, str, Path]]:
    files = sorted(path.glob(f"*/{ROBOFLOW}"))
    lone = path / ROBOFLOW
    if lone.is_file():
        files.append(lone)
    return [(f, "" if f == lone and files[:-1] else f.parent.name, path) for f in files]


def _annotations(path: Path, options: CocoOptions) -> list[tuple[Path, str, Path]]:
    """The files of one task; the first of the usual tasks that has any."""
    folder = path if path.name == "annotations" else path / "annotations"
    sounding = [f for f in sorted(folder.glob("*.json")) if _sounds(f)]
    tasks = (options.task,) if options.task else (*TASKS, "", "image_info")
    for task in tasks:
        aside = () if task else ASIDE
        files = [f for f in sounding if f.name.startswith(task) and not f.name.startswith(aside)]
        if files:
            chosen = files if task else kinds.best(files)
            return [(f, split_of(f), folder.parent) for f in chosen]
    return [(f, split_of(f), folder.parent) for f in sounding] if not options.task else []


def passed_over(path: Path, read: list[File]) -> list[str]:
    """The names of COCO's other files that lie beside those that are read from a folder."""
    known = {file.path for file in read}
    if not path.is_dir() or len({file.parent for file in known}) > 1:
        return []
    others = [f for f in sorted(read[0].path.parent.glob("*.json")) if f not in known]
    return [f.name for f in others if f.name.startswith((*TASKS, *OTHERS)) or _sounds(f)]


def _lone(path: Path) -> list[tuple[Path, str, Path]]:
    files = kinds.best([f for f in sorted(path.glob("*.json")) if _sounds(f)])
    return [(f, split_of(f), path) for f in files]


def _by_split(path: Path) -> list[tuple[Path, str, Path]]:
    """One file in each folder that is named after a split, whatever its name."""
    folders = [p for p in sorted(path.iterdir()) if p.is_dir() and splits.known(p.name)]
    found = [
        kinds.best([f for f in sorted(folder.glob(pattern)) if _sounds(f)])
        for folder in folders
        for pattern in ("*.json", "annotations/*.json")
    ]
    alone = all(len(files) <= 1 for files in found)
    return [(f, f.relative_to(path).parts[0], path) for files in found for f in files] * alone


def split_of(path: Path) -> str:
    """The split that a file's name tells, or its folder's; "" where neither does."""
    tasks = (*TASKS, *OTHERS) if path.parent.name == "annotations" else TASKS
    for task in tasks:
        if path.stem.startswith(f"{task}_"):
            name = path.stem.removeprefix(f"{task}_")
            return "" if name == DEFAULT else name
    words = [path.stem, *re.split(r"[-_.]", path.stem)[::-1]]
    if path.parent.name != "annotations":
        words.append(path.parent.name)
    return next((word for word in words if splits.known(word)), "")


def task_of(path: Path) -> str:
    """The task that a file's name begins with; "" where it tells none."""
    return next((task for task in TASKS if path.name.startswith(f"{task}_")), "")


def _root(path: Path) -> Path:
    """The folder above ``annotations`` or a Roboflow split, else the file's own."""
    up = path.parent.name == "annotations" or (
        path.name == ROBOFLOW and splits.known(path.parent.name)
    )
    return path.parent.parent if up else path.parent


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(HEAD).removeprefix(files.BOM)
    except OSError:
        return b""


def _tail(path: Path) -> bytes:
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - HEAD))
        return stream.read()


def _sounds(path: Path) -> bool:
    """Whether a JSON file has COCO's lists, by its first and last bytes."""
    head = _head(path)
    if not head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return False
    if _DATUMARO.search(head):
        return False
    return bool(_LISTS.search(head) or _LISTS.search(_tail(path)))


def sniff(path: Path) -> Match | None:
    """A claim on a COCO file or on a folder that holds some."""
    if path.is_file():
        return Match("a COCO file", 0.9) if _sounds(path) else None
    if not path.is_dir():
        return None
    if files := _roboflow(path):
        return Match(f"{counted(len(files), 'file')} {ROBOFLOW}", 0.95)
    if files := _annotations(path, CocoOptions()):
        aside = all(f.name.startswith(ASIDE) for f, _, _ in files)
        return Match(f"annotations/ with {len(files)} COCO files", 0.4 if aside else 0.9)
    if files := _lone(path):
        aside = kinds.of(files[0][0]) in kinds.ASIDE
        return Match(f"{len(files)} COCO files", 0.4 if aside else 0.6)
    if files := _by_split(path):
        return Match(f"{len(files)} COCO files in folders of splits", 0.8)
    return None


def sniff_results(path: Path) -> Match | None:
    """A claim on a list of results, or on the folder that `write` makes of one."""
    if path.is_dir() and (path / RESULTS).is_file() and len(_lone(path)) == 1:
        found = sniff_results(path / RESULTS)
        return found and Match(f"{RESULTS} and its images", 0.9)
    if path.is_file() and path.suffix == ".json" and _RESULT.match(_head(path)):
        return Match("a list of COCO results", 0.8)
    return None
