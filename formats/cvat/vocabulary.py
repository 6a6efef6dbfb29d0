"""The classes and sources of all files of a data set, in the order in which they are met."""

from __future__ import annotations

from dataclasses import replace

from formats.cvat import makers
from formats.dataset import Label, Source

__all__ = ["Vocabulary"]


class Vocabulary:
    """Classes by their name, sources by CVAT's word for them."""

    def __init__(self) -> None:
        self.labels: list[Label] = []
        self.sources: list[Source] = []
        self._labels: dict[str, int] = {}
        self._sources: dict[str, int] = {}

    def add(self, label: Label) -> int:
        """The index of a class; what another file declares of it is added to what is known."""
        if label.name not in self._labels:
            self._labels[label.name] = len(self.labels)
            self.labels.append(label)
            return len(self.labels) - 1
        k = self._labels[label.name]
        known = self.labels[k]
        if label.attributes.keys() - known.attributes.keys():
            attributes = {**label.attributes, **known.attributes}
            self.labels[k] = replace(known, attributes=attributes)
        return k

    def index(self, name: str) -> int:
        """The index of a class; one that is not known yet, blanks around it apart, is added."""
        if name not in self._labels:
            bare = {label.name.strip(): k for k, label in enumerate(self.labels)}
            k = bare.get(name.strip())
            self._labels[name] = self.add(Label(name)) if k is None else k
        return self._labels[name]

    def name_points(self, k: int, names: tuple[str, ...]) -> None:
        """Name the points of a class that declares none."""
        if names and not self.labels[k].keypoints:
            self.labels[k] = replace(self.labels[k], keypoints=names)

    def source(self, word: str) -> int:
        """The index of who made a shape."""
        if word not in self._sources:
            self._sources[word] = len(self.sources)
            self.sources.append(makers.of_word(word))
        return self._sources[word]
