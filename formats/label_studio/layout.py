"""Where the files of a Label Studio data set lie, and what they are recognised by."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from formats.errors import FormatError
from formats.format import Match

__all__ = ["CONFIG", "TASKS", "config_beside", "config_for", "sniff", "tasks_file"]

TASKS = "tasks.json"
CONFIG = "label_config.xml"
HEAD = 1 << 16
_LIST = re.compile(r"\s*\[\s*(?=\{)")
_TASK = re.compile(r'"(?:annotations|predictions|completions)"\s*:\s*\[')


def tasks_file(path: Path) -> Path:
    """The file of tasks: a lone one, the one that is so called in a folder, or its only JSON."""
    file = _in_folder(path) if path.is_dir() else path
    if file is None or not file.is_file():
        raise FormatError(f"no {TASKS} in the folder, and no other JSON alone", where=path)
    return file


def _in_folder(folder: Path) -> Path | None:
    if (folder / TASKS).is_file():
        return folder / TASKS
    found = sorted(p for p in folder.iterdir() if p.suffix.lower() == ".json")
    return found[0] if len(found) == 1 else None


def config_for(path: Path) -> Path:
    """Where the labeling config of a file of tasks is written."""
    lone = path.name != TASKS
    return path.with_suffix(f".{CONFIG}") if lone else path.with_name(CONFIG)


def config_beside(path: Path) -> Path | None:
    """The labeling config that lies beside a file of tasks, None where there is none."""
    places = (config_for(path), path.with_name(CONFIG))
    return next((place for place in places if place.is_file()), None)


def sniff(path: Path) -> Match | None:
    """A claim on an export, JSON or JSON_MIN, or on a folder with one of them."""
    if path.is_dir():
        if (path / TASKS).is_file() and (path / CONFIG).is_file():
            return Match(f"{TASKS} and {CONFIG}", 0.95)
        file = _in_folder(path)
        return sniff(file) if file is not None and file.is_file() else None
    if not path.is_file() or path.suffix.lower() != ".json":
        return None
    with path.open("rb") as stream:
        head = stream.read(HEAD).removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    start = _LIST.match(head)
    return _claim(head, start.end()) if start else _lone(head)


def _lone(head: str) -> Match | None:
    """A claim on one task, as the API answers it."""
    try:
        found: Any = json.loads(head)
    except (ValueError, RecursionError):
        return None
    lists = ("annotations", "predictions")
    told = isinstance(found, dict) and isinstance(found.get("data"), dict)
    fits = told and any(isinstance(found.get(key), list) for key in lists)
    return Match("a task of Label Studio", 0.95) if fits else None


def _claim(head: str, start: int) -> Match | None:
    """A claim by the first task; of one too long to be seen whole, by its lists of answers."""
    try:
        first: Any = json.JSONDecoder().raw_decode(head, start)[0]
    except (ValueError, RecursionError):
        return Match("tasks of Label Studio", 0.6) if _TASK.search(head) else None
    if isinstance(first.get("data"), dict):
        return Match("tasks of Label Studio", 0.9)
    if "annotation_id" in first and "annotator" in first:
        return Match("a JSON_MIN export of Label Studio", 0.9)
    return None
