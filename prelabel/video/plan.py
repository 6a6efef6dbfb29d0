"""What a video job comes to once its model is open and its clips are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import formats
from formats import labels
from formats.dataset import Source
from prelabel import export, least_scores, lines, vocabulary
from prelabel.labeler import Labeler
from prelabel.sources.pictures import Unit
from prelabel.video.following import floored
from prelabel.video.following import least_scores as by_label
from prelabel.video.job import VideoJob, fingerprint
from prelabel.work import Entrance, Work

__all__ = ["Plan", "planned"]


@dataclass(frozen=True, slots=True)
class Plan:
    """A job whose settings fit its model. `root`: the folder that clips' names are relative to."""

    job: VideoJob
    units: Sequence[Unit]
    root: str
    labeler: Labeler
    vocabulary: vocabulary.Vocabulary
    targets: Sequence[export.Target]
    source: Source
    facts: Mapping[str, Any]
    header: bytes
    entrance: Entrance

    @property
    def out(self) -> Path:
        """The folder of journal and outputs."""
        return Path(self.job.out)

    @property
    def pictures(self) -> int:
        """Frames that are looked at side by side."""
        return self.job.spec.settings.workers or self.labeler.workers

    def work(self) -> Work:
        """What is done to each frame."""
        job = self.job
        index = self.vocabulary.index
        return Work(job.spec, floored(job.asked), index, self.labeler, self.entrance)

    def least(self) -> Any:
        """(L,) the score that a row without a track needs, by label of the outputs."""
        names = [label.name for label in self.labeler.card.labels]
        words = self.vocabulary
        return by_label(self.job.asked, names, words.index, len(words.labels))


def planned(
    job: VideoJob, units: Sequence[Unit], root: str, labeler: Labeler, entrance: Entrance
) -> Plan:
    """See that a job fits its model; UnknownName for classes, formats and options that are none."""
    card = labeler.card
    vocabulary.check_names(job.asked.classes, card.labels, "--classes")
    vocabulary.check_names(dict(job.asked.thresholds), card.labels, least_scores.FLAG)
    renamed = labels.aliases(Path(job.labels_map)) if job.labels_map else {}
    words = vocabulary.of(card.labels, None, renamed)
    targets = export.targets(job.targets, card.task, _given(job), job.spec.strict)
    source = Source("model", card.name, card.sha256[:12])
    facts = fingerprint(job, card, renamed, words.labels)
    header = lines.header(words.labels, source, {}, facts)
    return Plan(job, units, root, labeler, words, targets, source, facts, header, entrance)


def _given(job: VideoJob) -> dict[str, Any]:
    """The options of the target formats: those named one by one stand over the job's own."""
    given: dict[str, Any] = {} if job.framerate is None else {"framerate": job.framerate}
    if any(_has_keyframes(name) for name in job.targets):
        given["keyframes"] = job.keyframes or 0.0
    return {**given, **job.given}


def _has_keyframes(name: str) -> bool:
    """Whether a format has keyframes; plain ``yolo`` has none in any of its flavours."""
    return any(field.name == "keyframes" for field in fields(formats.get(name).options))
