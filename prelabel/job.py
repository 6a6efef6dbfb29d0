"""`Job`: all that was asked of `prelabel label`, frozen; `fingerprint`: what of it counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from formats.columns import nothing
from formats.dataset import Label
from prelabel.errors import JobError
from prelabel.models.card import Card
from prelabel.models.query import Query
from prelabel.settings import Settings

__all__ = ["Asked", "Job", "Spec", "compare", "fingerprint"]

FORMAT = 1
"""Version of the journal's lines and of what the settings in a fingerprint mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of the model, in plain values that can be pickled; see `Query`.

    `tile`: side of the windows that a large picture is cut into, 0 for none; `overlap`: share of
    a window that its neighbour covers too. `polygons`: masks become polygons that stay within so
    many pixels of the mask's edge, None to leave them.
    """

    conf: float = 0.25
    iou: float = 0.7
    max_det: int = 300
    thresholds: tuple[tuple[str, float], ...] = ()
    classes: tuple[str, ...] = ()
    tile: int = 0
    overlap: float = 0.25
    polygons: float | None = None

    def query(self) -> Query:
        """The same as a `Query`."""
        return Query(
            conf=self.conf,
            iou=self.iou,
            max_det=self.max_det,
            thresholds=dict(self.thresholds),
            labels=frozenset(self.classes) or None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """Which model, opened how: all that a process needs to make its own labeler.

    `trusted`: the pictures were named by the user of the shell, who may read any file; else files
    must lie in the folders of the settings.
    """

    model: str
    family: str | None = None
    labels: str = ""
    size: tuple[int, int] | None = None
    strict: bool = False
    trusted: bool = True
    settings: Settings = field(default_factory=Settings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One run of `prelabel label`. `targets`: format names; `options`: of the target formats."""

    sources: tuple[str, ...]
    out: str
    spec: Spec
    targets: tuple[str, ...] = ("coco",)
    asked: Asked = field(default_factory=Asked)
    labels_map: str = ""
    images: str = ""
    resume: bool = False
    overwrite: bool = False
    preview: bool = False
    engine: str = "local"
    options: Mapping[str, str] = field(default_factory=nothing)


def fingerprint(
    job: Job, card: Card, labels_map: Mapping[str, str], outputs: Sequence[Label]
) -> dict[str, Any]:
    """What changes results: not threads, engine, provider, sources or output folder.

    `outputs`: the classes that are written, which the rows in the journal count through.
    """
    asked = job.asked
    return {
        "format": FORMAT,
        "model": card.sha256,
        "family": card.family,
        "size": list(card.input_size),
        "labels": [label.name for label in card.labels],
        "labels-map": dict(sorted(labels_map.items())),
        "categories": [label.name for label in outputs],
        "conf": asked.conf,
        "conf-class": dict(sorted(asked.thresholds)),
        "classes": sorted(asked.classes),
        "iou": asked.iou,
        "max-det": asked.max_det,
        "tile": asked.tile,
        "tile-overlap": asked.overlap if asked.tile else 0.0,
        "polygons": asked.polygons,
    }


def compare(old: Mapping[str, Any], new: Mapping[str, Any], where: object) -> None:
    """JobError that names the first setting in which two fingerprints differ."""
    if not old:
        raise JobError("is a dataset, not the journal of a job", where, "take another --out")
    for name in new:
        if old.get(name) != new[name]:
            raise JobError(
                f"the job was begun with {name} {_short(old.get(name))}, "
                f"now it is {_short(new[name])}",
                where=where,
                hint="repeat the old settings, or begin anew with --overwrite or another --out",
            )


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."
