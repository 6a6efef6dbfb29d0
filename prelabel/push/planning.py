"""Whether a project and the models fit together, before the first picture is fetched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from formats.annotations import Annotations
from formats.label_studio.config import Control
from prelabel.clients.label_studio import Project
from prelabel.errors import JobError
from prelabel.label_studio.configs import Configs
from prelabel.label_studio.plan import Part, Plan, Planner
from prelabel.label_studio.wanted import Answer
from prelabel.pool import Pool

__all__ = ["plan"]

SHOWN = 12
"""Names in an error before it stops."""


def plan(project: Project, pool: Pool, alias: Mapping[str, str]) -> Plan:
    """The plan of a project's config; the models it asks are opened.

    ModelError where one cannot be used, JobError where nothing they find has a place.
    """
    parsed = Configs().parsed(project.config)
    found = Planner(pool, alias).plan(parsed)
    where = f"project {project.id} ({project.title})"
    if not found.parts:
        models, kinds = ", ".join(pool.names), _listed([c.kind for c in parsed.config.controls])
        raise JobError(f"no control ({kinds}) asks for {models}", where)
    places = [_places(found, part, pool) for part in found.parts]
    if not any(places):
        classes = _listed([label.name for p in found.parts for label in pool.card(p.model).labels])
        raise JobError(
            f"no label ({_listed(_labels(parsed.config.controls))}) stands for a class ({classes})",
            where,
            hint="--labels-map FILE says which is which",
        )
    return found


def _places(found: Plan, part: Part, pool: Pool) -> bool:
    """Whether any class of a part's model goes to any control."""
    card = pool.card(part.model)
    nothing = Answer(Annotations.empty(), (1, 1), card.labels, card.task, part.fingerprint)
    return bool(found.routes(part, nothing))


def _labels(controls: Sequence[Control]) -> list[str]:
    return [choice.name for control in controls for choice in control.labels]


def _listed(names: Sequence[str]) -> str:
    found = list(dict.fromkeys(names))
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return (", ".join(found[:SHOWN]) or "none") + more
