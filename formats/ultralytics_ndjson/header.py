"""The first line: task, classes, keypoints, where the pictures lie, and further keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import orjson

from formats import class_list, files, json_text
from formats.carrying import WHOLE
from formats.coco.videos import KEY as VIDEOS
from formats.dataset import Dataset, Label
from formats.errors import FormatError
from formats.losses import Losses
from formats.tracks import filling
from formats.ultralytics_ndjson.tasks import KEYS
from formats.yolo import skeletons
from formats.yolo.config import keypoint_shape
from formats.yolo.task import Keypoints

__all__ = ["Header", "LARGEST", "decode", "encode", "names"]

LARGEST = 99_999
"""The largest class number; those below it that have no name get one."""
OWN = frozenset(
    {"type", "task", "path", "class_names", "classes", "kpt_shape", "flip_idx", "kpt_names"}
)
"""Keys that are made anew when a set is written."""
NOT_KEPT = frozenset({"splits", VIDEOS, filling.KEY})
"""Keys of `Dataset.extra` that say how other formats lay a set out."""


class _Header(msgspec.Struct):
    """Typed as far as it is used; the line's other keys are kept as they stand."""

    type: str = "dataset"
    task: str = "detect"
    path: str = ""
    class_names: dict[str, str] = {}
    classes: msgspec.Raw = msgspec.Raw(b"[]")
    kpt_shape: list[int] | None = None
    flip_idx: list[int] | None = None
    kpt_names: Any = None


@dataclass(frozen=True, slots=True)
class Header:
    """What the first line tells; `path` is where the pictures lie, from the file's folder."""

    task: str
    labels: tuple[Label, ...]
    keypoints: Keypoints = (0, 0)
    path: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


def decode(line: bytes, where: str) -> Header:
    """The header of a first line; FormatError for another task or what is no header."""
    try:
        found = msgspec.json.decode(line, type=_Header)
        rest: dict[str, Any] = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FormatError(f"not the first line of a set: {error}", where=where) from error
    if found.type != "dataset":
        raise FormatError(f"a line of the type {found.type!r}, expected 'dataset'", where=where)
    if found.task not in KEYS:
        known = ", ".join(KEYS)
        raise FormatError(f"the task {found.task!r}, expected one of {known}", where=where)
    return Header(
        found.task,
        _labels(found, where),
        keypoint_shape(found.kpt_shape, where),
        found.path,
        {key: value for key, value in rest.items() if key not in OWN},
    )


def _labels(found: _Header, where: str) -> tuple[Label, ...]:
    """The classes in the order of their numbers; gaps are filled, as in ultralytics."""
    known = class_list.parsed(bytes(found.classes), files.pointer(where, "classes"))
    table = {_number(key, where): name for key, name in found.class_names.items()}
    if known and [label.name for label in known] == [table[k] for k in sorted(table)]:
        return known
    labels = names(max(table, default=-1) + 1)
    points = _keypoint_names(found)
    return tuple(
        replace(
            label,
            name=table.get(k, label.name),
            keypoints=points.get(str(k), points.get("", ())),
            mirror=tuple(found.flip_idx or ()),
        )
        for k, label in enumerate(labels)
    )


def names(count: int) -> tuple[Label, ...]:
    """The names that ultralytics gives to classes that have none."""
    return tuple(Label(f"class{k}") for k in range(count))


def _number(key: str, where: str) -> int:
    if not (key.isascii() and key.isdecimal()) or int(key[:6]) > LARGEST:
        place = files.pointer(where, "class_names")
        raise FormatError(f"the class number {key!r}, expected 0 to {LARGEST}", where=place)
    return int(key)


def _keypoint_names(found: _Header) -> dict[str, tuple[str, ...]]:
    """Names of the keypoints by class; one list (key "") is for every class."""
    stated = found.kpt_names
    if isinstance(stated, list):
        stated = {"": stated}
    if not isinstance(stated, dict):
        return {}
    return {k: tuple(map(str, v)) for k, v in stated.items() if isinstance(v, list)}


def encode(task: str, dataset: Dataset, keypoints: int, path: str, losses: Losses) -> bytes:
    """The first line without its end; `path` is where the pictures lie, "" for nowhere known."""
    labels = dataset.labels
    kept = {k: v for k, v in dataset.extra.items() if k not in OWN | NOT_KEPT}
    taken = OWN & dataset.extra.keys()
    losses.add(WHOLE, len(taken), min(taken, default=""))
    told: dict[str, Any] = {"type": "dataset", "task": task}
    if path:
        told["path"] = path
    told["class_names"] = {str(k): label.name for k, label in enumerate(labels)}
    if keypoints:
        told["kpt_shape"] = [keypoints, 3]
        told["flip_idx"] = skeletons.flip(labels, keypoints, losses)
        if listed := skeletons.names(labels):
            told["kpt_names"] = {str(k): points for k, points in listed.items()}
    if _say_more(labels):
        told["classes"] = orjson.loads(class_list.written(labels))
    try:
        return json_text.dumps({**told, **{k: v for k, v in kept.items() if k not in told}})
    except TypeError as error:
        raise FormatError(f"a further key of the set is not JSON: {error}") from error


def _say_more(labels: Sequence[Label]) -> bool:
    return any(label != Label(label.name) for label in labels)
