"""`Plan`: which models a labeling config asks, what for, and under which version.

A config chooses among the models that are served, by name (``model_path``); it never names a file.
Controls that ask one model the same about one picture share a part, so that it runs once.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from formats.columns import nothing
from formats.dataset import Label
from formats.errors import FormatError
from formats.label_studio.config import Control, LabelConfig, Object
from formats.label_studio.mapping import FEEDS, Route, is_open, route, thresholds
from formats.label_studio.video import routing
from formats.label_studio.video.timing import framerate
from prelabel.cache import Memory
from prelabel.label_studio.configs import Parsed
from prelabel.label_studio.wanted import TRACKS, Answer, Wanted
from prelabel.models.query import Query
from prelabel.pool import Pool

__all__ = ["KEYFRAMES", "Part", "Plan", "Planner"]

LOG = logging.getLogger("prelabel.server")
DECODER = 1
"""Of this package and of `formats.label_studio`: raised whenever the same detections would be
written as other regions."""
KINDS = frozenset().union(*FEEDS.values())
USUAL = Query()
KEYFRAMES = 0.9
"""The IoU that keyframes of tracks leave in every frame."""
THINNED = 64 << 20
"""Bytes of regions of clips that a plan remembers."""
MOST = 512
"""Plans that are remembered, and routes of each."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One question to one model about the picture or clip under one key of a task's data.

    `video`: the tag that shows the clip, None for a picture. `least`: the model's own least scores
    of classes, where a control states none. `controls` take the answer, which
    counts only if it is that of the file with this `fingerprint`.
    """

    model: str
    fingerprint: str
    query: Query
    data_key: str
    controls: frozenset[str]
    site: str = ""
    video: Object | None = None
    least: Mapping[str, float] = field(default_factory=nothing)

    def wanted(self, data: Mapping[str, Any], task: str) -> Wanted | None:
        """The question about a task, None where it names no picture or clip."""
        address = data.get(self.data_key)
        if not isinstance(address, str) or not address.strip():
            return None
        if self.video is None:
            return Wanted(address, self.model, self.query, task, self.site)
        rate = framerate(self.video, data)
        return Wanted(address, self.model, self.query, task, self.site, True, rate)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """All parts of a config; `version` is the ``model_version`` of every answer made by it."""

    version: str
    parts: tuple[Part, ...]
    config: LabelConfig
    alias: Mapping[str, str]
    _routes: dict[tuple[Part, int, str], tuple[tuple[Label, ...], tuple[Route, ...]]] = field(
        default_factory=dict
    )
    """By part, labels and task, at most `MOST`. The same labels are the same object: of the model
    while it is open, of a file of kept answers; holding them keeps the number from meaning others.
    """
    thinned: Memory[bytes] = field(default_factory=lambda: Memory(THINNED))
    """Regions of clips as JSON: choosing their keyframes may take longer than a request has."""

    def routes(self, part: Part, answer: Answer) -> tuple[Route, ...]:
        """Where the shapes of a part's answer go; the labels of a model are matched once."""
        key = part, id(answer.labels), answer.task
        known = self._routes.get(key)
        if known is None:
            known = answer.labels, self._routed(part, answer.labels, answer.task)
            if len(self._routes) >= MOST:
                self._routes.clear()
            self._routes[key] = known
        return known[1]

    def _routed(self, part: Part, labels: Sequence[Label], task: str) -> tuple[Route, ...]:
        try:
            found = self._fed(part, labels, task)
        except FormatError as error:
            LOG.warning("a labeling config cannot be followed: %s", error)
            return ()
        ours = tuple(
            each if each.conf is not None else _usual(each, part, labels)
            for each in found
            if each.control.name in part.controls
        )
        if not ours:
            names = ", ".join(label.name for label in labels[:8])
            LOG.warning("no control takes what model %r finds (%s, ...)", part.model, names)
        return ours

    def _fed(self, part: Part, labels: Sequence[Label], task: str) -> tuple[Route, ...]:
        """The controls that the model can feed, of pictures or of clips."""
        if part.video is None:
            return route(self.config, labels, self.alias, task)
        return routing.routes(self.config, labels, self.alias) if task != "classify" else ()


class Planner:
    """Makes the plans of configs; each is made once for the model files that are served.

    `alias`: from classes of the models to labels of the projects; `site`: where addresses without
    a host are to be had, so that two places are never taken for one.
    """

    def __init__(self, pool: Pool, alias: Mapping[str, str], site: str = "") -> None:
        self._site = site
        self._pool = pool
        self._alias = alias
        self._plans: dict[tuple[str, ...], Plan] = {}

    def plan(self, parsed: Parsed) -> Plan:
        """The plan of a config for the model files that are served now; touches memory only."""
        served = {name: self._pool.fingerprint(name) for name in self._pool.names}
        key = (parsed.digest, *served.values())
        plan = self._plans.get(key)
        if plan is None:
            plan = self._made(parsed, served)
            if len(self._plans) >= MOST:
                self._plans.clear()
            self._plans[key] = plan
        return plan

    def _made(self, parsed: Parsed, served: Mapping[str, str]) -> Plan:
        try:
            parts = self._parts(parsed.config, served)
        except FormatError as error:
            LOG.warning("a labeling config cannot be followed: %s", error)
            parts = ()
        return Plan(_version(parsed, parts, self._alias), parts, parsed.config, self._alias)

    def _parts(self, config: LabelConfig, served: Mapping[str, str]) -> tuple[Part, ...]:
        videos = {shown.name: shown for shown in config.objects if shown.kind == "video"}
        groups: dict[tuple[str, str, str, float], list[Control]] = {}
        for control in config.controls:
            fed = control.data_key and _is_fed(control)
            if fed and (model := self._model(control)):
                asked = thresholds(control)[1]
                iou = USUAL.iou if asked is None else asked
                video = control.to_name if control.kind in routing.VIDEO else ""
                groups.setdefault((model, control.data_key, video, iou), []).append(control)
        return tuple(
            Part(
                model=model,
                fingerprint=served[model],
                query=_query(group, iou, self._least(model, video)),
                data_key=key,
                controls=frozenset(control.name for control in group),
                site=self._site,
                video=videos.get(video),
                least=self._least(model, video),
            )
            for (model, key, video, iou), group in groups.items()
        )

    def _least(self, model: str, video: str) -> Mapping[str, float]:
        """The model's own least scores; tracks are made of weaker detections as well."""
        return nothing() if video else self._pool.thresholds(model)

    def _model(self, control: Control) -> str:
        """The served model that a control asks for, "" where it is not served."""
        asked = control.attributes.get("model_path", "").strip()
        names = (asked, asked.removesuffix(".pt"), asked.removesuffix(".onnx"))
        found = next((name for name in names if name in self._pool.names), "")
        if asked and not found:
            known = ", ".join(self._pool.names)
            LOG.warning(
                "control %r asks for model %r, which is not served; it gets no answers (known: %s)",
                *(control.name, asked, known),
            )
        return found or ("" if asked else self._pool.default)


def _is_fed(control: Control) -> bool:
    """Whether models may write to a control: shapes on a picture, or tracks on a clip."""
    if control.kind in routing.VIDEO:
        return routing.is_open(control)
    return control.kind in KINDS and is_open(control)


def _usual(route: Route, part: Part, labels: Sequence[Label]) -> Route:
    """The least scores of a control that states none: those of the model, else the usual one."""
    if not part.least:
        return replace(route, conf=USUAL.conf)
    return replace(route, least=tuple(part.least.get(k.name, USUAL.conf) for k in labels))


def _query(controls: Sequence[Control], iou: float, own: Mapping[str, float]) -> Query:
    """What the model has to be asked for so that every control finds its own in the answer."""
    usual = min([USUAL.conf, *own.values()])
    asked = (thresholds(control)[0] for control in controls)
    conf = min(usual if least is None else least for least in asked)
    return replace(USUAL, conf=conf, iou=iou)


def _clip(video: Object | None) -> list[Any]:
    """What the answers about clips depend on beside: how tracks are made and thinned."""
    return [] if video is None else [TRACKS, KEYFRAMES]


def _version(parsed: Parsed, parts: Sequence[Part], alias: Mapping[str, str]) -> str:
    """A pure function of config, model files, class names and decoder; never empty."""
    asked = [
        [p.fingerprint, p.data_key, sorted(p.controls), p.query.conf, p.query.iou, *_clip(p.video)]
        + ([sorted(p.least.items())] if p.least else [])
        for p in parts
    ]
    facts = [DECODER, parsed.digest, asked, sorted(alias.items()), USUAL.max_det]
    return f"prelabel-{hashlib.sha256(orjson.dumps(facts)).hexdigest()[:12]}"
