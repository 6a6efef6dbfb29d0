"""The classes of a project: those of its labeling config, in its order, and those in use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from formats.dataset import Label
from formats.label_studio.bones import groups
from formats.label_studio.config import Choice, Control, LabelConfig
from formats.label_studio.gathering import Region
from formats.label_studio.mapping import CHOICES, KEYPOINTS, RECTANGLES, in_order
from formats.label_studio.video.routing import VIDEO
from formats.labels import find

__all__ = ["Used", "of_config", "with_used"]


def of_config(config: LabelConfig) -> list[Label]:
    """The labels of all controls on pictures and of tracks; skeletons belong to their label."""
    names: dict[str, None] = {}
    for control in config.controls:
        if control.kind not in KEYPOINTS and _told(control):
            names |= dict.fromkeys(choice.name for choice in control.labels)
    found = [Label(name) for name in names]
    for control in config.controls:
        if control.kind in KEYPOINTS and control.on == "image":
            _skeleton(control, config, found)
    return found


def _told(control: Control) -> bool:
    """Whether a control's labels are classes of objects, pictures or tracks."""
    if control.kind in VIDEO:
        return control.on == "video"
    about_regions = control.attributes.get("perRegion", "").lower() == "true"
    known = control.kind.endswith("labels") or control.labelled_by or control.kind in CHOICES
    return control.on == "image" and bool(known) and not about_regions


def _skeleton(control: Control, config: LabelConfig, labels: list[Label]) -> None:
    """Give keypoints to the classes they belong to; free ones are classes themselves."""
    owners = _owners(control, config, labels)
    indexed = any("model_index" in choice.attributes for choice in control.labels)
    if not owners and not indexed:
        names = (choice.name for choice in control.labels)
        labels += [Label(name) for name in names if find(name, labels) < 0]
        return
    for name in owners or [control.name]:
        if find(name, labels) < 0:
            labels.append(Label(name))
        k = find(name, labels)
        points = in_order([choice for choice in control.labels if _for(choice, name)])
        labels[k] = replace(labels[k], keypoints=labels[k].keypoints or points)


def _for(choice: Choice, name: str) -> bool:
    """Whether a keypoint belongs to a class: all do that name none."""
    named = [Label(text) for text in choice.predicted]
    return not named or find(name, named) >= 0


def _owners(control: Control, config: LabelConfig, labels: Sequence[Label]) -> list[str]:
    """The classes that the keypoints name, else those of the rectangles they can hang on."""
    named = list(dict.fromkeys(text for c in control.labels for text in c.predicted))
    if named:
        places = [(text, find(text, labels)) for text in named]
        return [text if k < 0 else labels[k].name for text, k in places]
    boxes = [c for c in config.controls if c.kind in RECTANGLES and c.to_name == control.to_name]
    own = [c for c in boxes if c.name == f"{control.name}_bbox"] or boxes
    return [choice.name for c in own for choice in c.labels]


class Used:
    """The labels that results use: of shapes and tags, of lone keypoints, of skeletons."""

    def __init__(self) -> None:
        self.names: dict[str, None] = {}
        self.bones: dict[str, dict[str, None]] = {}
        """Keypoints by the class they hang on, "" for lone ones."""

    def add(self, regions: Sequence[Region]) -> None:
        """What one result uses."""
        shapes = {r.id: r for r in regions if r.shape and r.shape != "keypoint"}
        for region in regions:
            names = [] if region.shape == "keypoint" else region.labels[:1] or region.tags
            self.names |= dict.fromkeys(names)
        points = [r for r in regions if r.shape == "keypoint" and r.labels]
        for key, members in groups(points, shapes).items():
            hung = shapes[key].labels[:1] if key in shapes else []
            owner = hung[0] if hung else ("" if len(members) == 1 else members[0].where)
            self.bones.setdefault(owner, {}).update({p.labels[0]: None for p in members})


def with_used(labels: Iterable[Label], used: Used) -> list[Label]:
    """Labels and, behind them in the order of the alphabet, those that only results have."""
    found = list(labels)
    for name in sorted(used.names):
        _known(name, found)
    for owner in sorted(name for name in used.bones if name):
        _grow(_known(owner, found), used.bones[owner], found)
    own = {name for label in found for name in label.keypoints}
    for name in sorted(set(used.bones.get("", ())) - own):
        _known(name, found)
    return found


def _known(name: str, labels: list[Label]) -> int:
    """The place of a label, which is added where it is not there."""
    k = find(name, labels)
    if k < 0:
        labels.append(Label(name))
        k = len(labels) - 1
    return k


def _grow(k: int, points: Iterable[str], labels: list[Label]) -> None:
    """Add keypoints that a label does not have yet."""
    have = [Label(name) for name in labels[k].keypoints]
    fresh = sorted(name for name in points if find(name, have) < 0)
    labels[k] = replace(labels[k], keypoints=(*labels[k].keypoints, *fresh))
