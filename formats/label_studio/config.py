"""Label Studio's labeling config: what is drawn on what, with which labels.

A control is a tag with ``name`` and ``toName``; an object is a tag with ``name`` and ``value`` (or
``valueList``), which names a key of the task's data. Nothing in a config names a file to load.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from formats import files
from formats.columns import nothing
from formats.errors import FormatError
from formats.label_studio import markup
from formats.label_studio.markup import Node

__all__ = ["Choice", "Control", "LabelConfig", "Object", "parse", "text_of"]

LABELS = frozenset({"label", "choice"})
"""Tags of a single label."""
BARE = frozenset(
    {"rectangle", "polygon", "brush", "bitmask", "keypoint", "ellipse", "vector", "magicwand"}
) | {"videorectangle"}
"""Controls that take their labels from a `<Labels>` of the same object."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One label of a control. `name` is what results say: the alias, else the value.

    `predicted`: names of classes of a model that stand for it (``predicted_values="car,truck"``).
    """

    name: str
    value: str
    alias: str = ""
    predicted: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=nothing)


@dataclass(frozen=True, slots=True)
class Control:
    """One control tag: `kind` is the tag in lower case, `name` what results call ``from_name``.

    `to_name` is the object it draws on: of a list the first picture; `data_key` the key of the
    task's data which that object shows, "" where there is none. `labelled_by` names the
    ``<Labels>`` that a bare ``<Rectangle>`` has its labels from, "" where they are its own.
    """

    kind: str
    name: str
    to_name: str
    data_key: str = ""
    labels: tuple[Choice, ...] = ()
    smart: bool = False
    attributes: Mapping[str, str] = field(default_factory=nothing)
    labelled_by: str = ""
    on: str = ""
    """The tag of the object it draws on, in lower case: ``image``, ``video``, ``text``."""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Object:
    """One object tag: a picture, clip or text; `many` where its data key holds a list."""

    kind: str
    name: str
    data_key: str
    many: bool = False
    attributes: Mapping[str, str] = field(default_factory=nothing)


@dataclass(frozen=True)
class LabelConfig:
    """The controls and objects of a labeling config, in the order of the text."""

    controls: tuple[Control, ...]
    objects: tuple[Object, ...]

    @cached_property
    def _by_name(self) -> Mapping[str, Control]:
        return {control.name: control for control in self.controls}

    def control(self, name: str) -> Control | None:
        """The control of a name, None where there is none."""
        return self._by_name.get(name)


def parse(xml: str, where: str = "label config") -> LabelConfig:
    """The config of its XML text; FormatError with the line where it is none.

    Two controls or objects of one name are an error, as in Label Studio; a control on an object
    that is not there is kept, without a data key.
    """
    root = markup.parse(xml, where)
    nodes = list(root.walk())
    _unique([node for node, _ in nodes if _is_control(node) or _is_object(node)], where)
    objects = {node.get("name"): _object(node) for node, _ in nodes if _is_object(node)}
    controls = [_control(node, objects) for node, _ in nodes if _is_control(node)]
    labels = _labels(nodes)
    own = [replace(c, labels=tuple(labels.get(c.name, ()))) for c in controls]
    return LabelConfig(tuple(_lent(c, own) for c in own), tuple(objects.values()))


def text_of(path: Path) -> str:
    """The text of a config in a file; FormatError where it is not UTF-8."""
    try:
        return files.read(path).decode()
    except UnicodeDecodeError as error:
        raise FormatError(f"byte {error.start} is not UTF-8", where=path) from error


def _is_control(node: Node) -> bool:
    return bool(node.get("name") and node.get("toName")) and node.tag.lower() not in LABELS


def _is_object(node: Node) -> bool:
    shown = node.get("value") or node.get("valueList")
    return bool(node.get("name") and shown) and not _is_control(node)


def _unique(nodes: list[Node], where: str) -> None:
    lines: dict[str, int] = {}
    for node in nodes:
        name = node.get("name")
        if name in lines:
            what = f"the name {name!r} is taken by line {lines[name]}"
            raise FormatError(what, where=f"{where}:{node.line}")
        lines[name] = node.line


def _object(node: Node) -> Object:
    many = bool(node.get("valueList"))
    value = node.get("valueList") or node.get("value")
    key = value[1:] if value.startswith("$") else ""
    return Object(node.tag.lower(), node.get("name"), key, many, node.attributes)


def _control(node: Node, objects: Mapping[str, Object]) -> Control:
    names = [name.strip() for name in node.get("toName").split(",") if name.strip()] or [""]
    pictures = [name for name in names if name in objects and objects[name].kind == "image"]
    target = (pictures or names)[0]
    shown = objects.get(target)
    return Control(
        kind=node.tag.lower(),
        name=node.get("name"),
        to_name=target,
        data_key=shown.data_key if shown else "",
        smart=node.get("smart").lower() == "true",
        attributes=node.attributes,
        on=shown.kind if shown else "",
        line=node.line,
    )


def _labels(nodes: list[tuple[Node, tuple[Node, ...]]]) -> dict[str, list[Choice]]:
    """The labels of each control by its name: of those that lie in it, at any depth."""
    found: dict[str, dict[str, Choice]] = {}
    for node, above in nodes:
        owner = next((n for n in reversed(above) if _is_control(n)), None)
        if owner is not None and node.tag.lower() in LABELS and (choice := _choice(node)):
            found.setdefault(owner.get("name"), {}).setdefault(choice.name, choice)
    return {name: list(choices.values()) for name, choices in found.items()}


def _choice(node: Node) -> Choice | None:
    """A label with its texts as they stand: results repeat them letter by letter."""
    value, alias = node.attributes.get("value", ""), node.attributes.get("alias", "")
    predicted = tuple(t for part in node.get("predicted_values").split(",") if (t := part.strip()))
    if not (alias or value):
        return None
    return Choice(alias or value, value, alias, predicted, node.attributes)


def _lent(control: Control, controls: list[Control]) -> Control:
    """A bare ``<Rectangle>`` with the labels of the ``<Labels>`` on the same object."""
    if control.kind not in BARE:
        return control
    lenders = (c for c in controls if c.kind == "labels" and c.to_name == control.to_name)
    lender = next(lenders, None)
    if lender is None:
        return control
    return replace(control, labels=lender.labels, labelled_by=lender.name)
