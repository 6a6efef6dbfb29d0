"""What a smart tool is answered: the object that an annotator has pointed at.

A box means the shape of the model that it fits, else itself; points mean the smallest shape that
holds them. It is written for the control that was drawn with, under the label that is selected.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from formats.annotations import Annotations
from formats.label_studio import encoding
from prelabel.label_studio.plan import Part, Plan
from prelabel.label_studio.wanted import Answer, Wanted
from server.protocols.label_studio import picking, writing
from server.protocols.label_studio.prompt import Prompt, prompt
from server.protocols.label_studio.requests import Task
from server.protocols.label_studio.writing import NOTHING

__all__ = ["suggestion"]

Make = Callable[[Wanted], Answer]


def suggestion(plan: Plan, drawn: Sequence[Mapping[str, Any]], task: Task, make: Make) -> bytes:
    """The answer to one task with drawn regions; `make` answers a question, and may raise."""
    asked = prompt(drawn, plan.config)
    part = _part(plan, asked) if asked else None
    wanted = part.wanted(task.data, task.id) if part else None
    if asked is None or part is None or wanted is None:
        return NOTHING
    answer = make(wanted)
    found, names = _meant(asked, plan, part, answer)
    regions = encoding.encode(found, names, asked.control, answer.size)
    return writing.encoded(encoding.prediction(regions, plan.version))


def _part(plan: Plan, asked: Prompt) -> Part | None:
    """The question whose answer the control takes, else another one about the same picture."""
    name, key = asked.control.name, asked.control.data_key
    fed = (part for part in plan.parts if name in part.controls and part.data_key == key)
    near = (part for part in plan.parts if part.data_key == key and part.video is None)
    return next(fed, None) or next(near, None)


def _meant(
    asked: Prompt, plan: Plan, part: Part, answer: Answer
) -> tuple[Annotations, tuple[str | None, ...]]:
    """(one row or none, the names of its label): what the annotator means."""
    table = answer.annotations.shapes()
    names = _names(asked, plan, part, answer)
    wished = np.array([names[label] == asked.label for label in table.labels], dtype=bool)
    if asked.corners is None:
        row = picking.by_points(table, *asked.points(answer.size)) if asked.positive else None
    else:
        row = picking.by_box(table, asked.box(answer.size), wished)
    if row is not None:
        return table[[row]], (asked.label,) * len(names) if asked.label else names
    if asked.corners is None:
        return Annotations.empty(), ()
    box = Annotations.of(boxes=asked.box(answer.size)[None])
    return box, (asked.label or _any(asked),)


def _names(asked: Prompt, plan: Plan, part: Part, answer: Answer) -> tuple[str | None, ...]:
    """The label of each class of the model on the control that takes the answer."""
    routes = plan.routes(part, answer)
    fed = next((r for r in routes if r.control.name == asked.control.name), None)
    return fed.names if fed else (_any(asked),) * len(answer.labels)


def _any(asked: Prompt) -> str | None:
    """A label for what has none: the editor puts the selected one in its place."""
    return asked.control.labels[0].name if asked.control.labels else None
