"""`ModelFile`: a model that the server offers: its name, its file, and how to open it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from formats.columns import nothing
from formats.errors import UnknownName
from prelabel import least_scores, vocabulary, weights
from prelabel.errors import SettingsError
from prelabel.labeler import Labeler
from prelabel.models.labels import read_labels
from prelabel.settings import Settings

__all__ = ["BUILTIN", "ModelFile"]

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
BUILTIN = {"builtin": "segment", "builtin-seg": "segment", "builtin-pose": "pose"}
"""Names of the built-in model's files, in place of a path."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model's name and its .onnx file, with what the file does not tell about itself.

    `family` overrides recognition; `labels` is a file of class names, "" for those in the model;
    `size` (width, height) is the input size of a graph that takes any. `thresholds`: least scores
    of classes, by name, for whoever asks for no others.
    """

    name: str
    path: str
    family: str | None = None
    labels: str = ""
    size: tuple[int, int] | None = None
    thresholds: Mapping[str, float] = field(default_factory=nothing)

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise SettingsError(
                f"{self.name!r} cannot be the name of a model",
                where=self.path,
                hint="write NAME=FILE; a name has letters, digits, points, - and _",
            )

    @classmethod
    def parse(
        cls,
        text: str,
        *,
        family: str | None = None,
        labels: str = "",
        size: tuple[int, int] | None = None,
        thresholds: Mapping[str, float] | None = None,
    ) -> ModelFile:
        """``NAME=FILE``, or ``FILE`` alone, which is called like the file without its ending.

        ``builtin`` (or ``builtin-seg``) and ``builtin-pose`` are the model that comes along.
        """
        name, mark, path = text.partition("=")
        if not mark:
            name, path = Path(text).name.removesuffix(".onnx"), text
        if not path:
            raise SettingsError(f"{text!r} names no file", hint="write FILE or NAME=FILE")
        if path in BUILTIN:
            path = str(weights.path(BUILTIN[path]))
        return cls(name, path, family, labels, size, thresholds or nothing())

    def fingerprint(self, sha256: str) -> str:
        """What its answers depend on, 64 hexadecimal digits: the sha256 of the file itself, or of
        that and all that was told about it.
        """
        if not (self.family or self.labels or self.size):
            return sha256
        labels = read_labels(self.labels) if self.labels else ()
        told = repr((sha256, self.family, self.size, [(x.name, x.keypoints) for x in labels]))
        return hashlib.sha256(told.encode()).hexdigest()

    def open(self, settings: Settings) -> Labeler:
        """The model, checked; ModelError and SettingsError tell why it cannot be used.

        UnknownName where `thresholds` name a class that the model does not have.
        """
        labeler = Labeler.open(
            self.path,
            family=self.family,
            labels=read_labels(self.labels) if self.labels else None,
            size=self.size,
            settings=settings,
        )
        try:
            vocabulary.check_names(self.thresholds, labeler.card.labels, least_scores.FLAG)
        except UnknownName:
            labeler.close()
            raise
        return labeler
