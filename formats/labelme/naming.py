"""The classes of a folder of label files, and their order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from formats import class_list, class_names
from formats.dataset import Label
from formats.labelme import skeletons
from formats.labelme.dialect import ANYLABELING, LABELME, Dialect
from formats.labelme.grouping import Object
from formats.labelme.options import AnyLabelingOptions
from formats.labelme.skeletons import Skeletons
from formats.losses import Losses

__all__ = ["Names"]

UNUSED = frozenset({"__ignore__", "_background_"})
"""Lines of LabelMe's lists that stand for no class."""
NO_LIST = (
    "without labels.txt or classes.txt, classes come in the order of the alphabet: -o names=FILE"
)


@dataclass(slots=True)
class Names:
    """The classes that are listed, and those that the label files have besides."""

    listed: list[Label]
    skeletons: Skeletons
    flags: Literal["auto", "tags", "keep"]
    met: set[str] = field(default_factory=set)
    raised: set[str] = field(default_factory=set)
    index: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path, dialect: Dialect, options: AnyLabelingOptions) -> Names:
        """The classes that lie in files beside the label files."""
        listed = _listed(folder, dialect, options)
        points = skeletons.configured(folder / skeletons.POSE)
        points |= {label.name: list(label.keypoints) for label in listed if label.keypoints}
        return cls(listed, Skeletons(points), options.flags)

    def add(self, found: Iterable[Object], flags: Mapping[str, Any]) -> None:
        """Note the classes of one label file, the names of its keypoints and its flags."""
        for one in found:
            self.met.add(one.first.label)
            self.skeletons.add(one.first.label, [point.label for point in one.points])
        self.raised |= {name for name, on in flags.items() if on is True}

    def labels(self, losses: Losses) -> tuple[Label, ...]:
        """All classes: those of the list first, then the others by name."""
        names = {label.name for label in self.listed}
        tags = self.raised if self.flags == "tags" or not self.met else set()
        further = (self.met | (tags if self.flags != "keep" else set())) - names
        if further and not self.listed:
            losses.note(NO_LIST)
        self.listed = [e for e in self.listed if e.name in self.met or e.name not in UNUSED]
        self.listed += [Label(name) for name in sorted(further)]
        self.index = {label.name: k for k, label in enumerate(self.listed)}
        return tuple(self._with_keypoints(label) for label in self.listed)

    def _with_keypoints(self, label: Label) -> Label:
        return (
            label if label.keypoints else replace(label, keypoints=self.skeletons.named(label.name))
        )

    def is_tag(self, flag: str) -> bool:
        """Whether a flag of a picture is a class that the picture is tagged with."""
        return self.flags != "keep" and flag in self.index


def _listed(folder: Path, dialect: Dialect, options: AnyLabelingOptions) -> list[Label]:
    if options.names:
        return [Label(name) for name in class_list.names(Path(options.names))]
    other = ANYLABELING if dialect is LABELME else LABELME
    return list(class_names.beside(folder, dialect.classes, other.classes))
