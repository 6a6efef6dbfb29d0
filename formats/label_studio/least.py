"""JSON_MIN: one flat record per annotation, without ids and types of its results.

A record has the task's data, then ``id``, then the answers by the name of their control, then who
gave them and when.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Raw

from formats import json_text
from formats.label_studio.config import LabelConfig
from formats.label_studio.gathering import ASIDE, shape_of
from formats.label_studio.schema import Answer, Task
from formats.label_studio.shown import USUAL, is_picture

__all__ = ["task"]

AFTER = ("annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement")
"""Keys that stand behind the answers."""
SEVERAL = ("choices", "text")
"""Keys of a value that several answers of one control stand under."""
AROUND = ("id", "parentID", "original_width", "original_height")
"""Keys of a value that stand around it in full exports."""


def task(record: Mapping[str, Any], config: LabelConfig | None) -> Task:
    """A record as a task with one annotation, or with none where nobody made one."""
    answers = _answers(record, config)
    data = {k: v for k, v in record.items() if k not in answers and k not in (*AFTER, "id")}
    found = Task(id=record.get("id"), data=data)
    if record.get("annotation_id") is not None:
        results = list(_results(answers, config))
        found.annotations = [
            Answer(
                id=record["annotation_id"],
                result=Raw(msgspec.json.encode(results)),
                completed_by=record.get("annotator"),
                created_at=record.get("created_at"),
                updated_at=record.get("updated_at"),
                lead_time=record.get("lead_time"),
            )
        ]
    return found


def _answers(record: Mapping[str, Any], config: LabelConfig | None) -> dict[str, Any]:
    """The keys of a record that are answers: the config's controls, else what stands behind id."""
    if config is not None:
        return {k: v for k, v in record.items() if config.control(k) is not None}
    keys = list(record)
    behind = keys[keys.index("id") + 1 :] if "id" in record else keys
    told = {k for k in behind if _is_told(record[k]) and not _is_data(k, record[k])}
    return {k: v for k, v in record.items() if k not in AFTER and (k in told or _is_labelled(v))}


def _is_told(value: Any) -> bool:
    """Whether a value may be an answer: a text, a list, several choices or texts of one control."""
    if isinstance(value, Mapping):
        return len(value) == 1 and any(isinstance(value.get(key), list) for key in SEVERAL)
    return isinstance(value, str | list)


def _is_data(name: str, value: Any) -> bool:
    """Whether a value behind the id is the picture: where keys were sorted, it may stand there."""
    return name in USUAL or is_picture(value)


def _is_labelled(value: Any) -> bool:
    """Whether a value is a list of labelled regions, wherever it stands."""
    first = value[0] if isinstance(value, list) and value else None
    return isinstance(first, Mapping) and any(key.endswith("labels") for key in first)


def _results(answers: Mapping[str, Any], config: LabelConfig | None) -> Iterator[dict[str, Any]]:
    """What the controls say, as results; equal shapes of two controls are one region."""
    count: Counter[tuple[str, bytes]] = Counter()
    for name, told in answers.items():
        for value in told if isinstance(told, list) else [told]:
            kind, full = _typed(name, value, config)
            shape = json_text.dumps({k: v for k, v in full.items() if k not in (kind, "labels")})
            count[name, shape] += 1
            own = f"{shape.decode()} {count[name, shape]}"
            more = {k: full[k] for k in AROUND if full.get(k) is not None}
            yield {"id": own, "from_name": name, "type": kind, "value": full, **more}


def _typed(name: str, value: Any, config: LabelConfig | None) -> tuple[str, dict[str, Any]]:
    """The type of a value and the value in full; a lone choice or text is written as such."""
    control = config.control(name) if config is not None else None
    kind = control.kind if control is not None else ""
    if not isinstance(value, Mapping):
        kind = kind if kind in ASIDE else "choices"
        return kind, {ASIDE[kind]: value if isinstance(value, list) else [value]}
    guess = next((k for k in value if k.endswith("labels")), "")
    guess = guess or next((k for k in ASIDE if ASIDE[k] in value), "")
    return kind or guess or shape_of("labels", value) or "unknown", dict(value)
