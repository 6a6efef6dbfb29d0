"""The head of CVAT's XML: the task, its frames, its classes."""

from __future__ import annotations

from collections.abc import Sequence

from formats.cvat.attributes import Own, Spec, Specs
from formats.cvat.frames import Frames
from formats.cvat.labels import SKELETON, drawing
from formats.cvat.text import element, opened
from formats.dataset import Label, Media

__all__ = ["of_clip", "of_labels"]

INDENT = 3


def of_clip(
    media: Media,
    frames: Frames,
    labels: Sequence[Label],
    specs: Specs,
    split: str = "",
) -> str:
    """The ``<meta>`` of a task of one clip; nothing that is not known is written."""
    name = media.path.rpartition("/")[2]
    size = len(frames.all())
    lines = [
        "  <meta>\n    <task>\n",
        element("name", name, INDENT),
        element("size", str(size), INDENT),
        element("mode", "interpolation", INDENT),
        element("start_frame", str(frames.start), INDENT),
        element("stop_frame", str(frames.stop), INDENT),
        element("frame_filter", f"step={frames.step}" if frames.step > 1 else "", INDENT),
        *([element("subset", split, INDENT)] if split else ()),
        of_labels(labels, specs),
        *(_size(media.size) if all(media.size) else ()),
        "    </task>\n",
        element("source", name, 2),
        "  </meta>\n",
    ]
    return "".join(lines)


def of_labels(labels: Sequence[Label], specs: Specs) -> str:
    """The ``<labels>`` of a task or project."""
    declared = (_label(label, own) for label, own in zip(labels, specs, strict=True))
    return opened("labels", "".join(declared), INDENT)


def _size(size: tuple[int, int]) -> list[str]:
    return [
        "      <original_size>\n",
        element("width", str(size[0]), 4),
        element("height", str(size[1]), 4),
        "      </original_size>\n",
    ]


def _label(label: Label, specs: Own) -> str:
    """A class, and behind it the points of its skeleton, if it is one."""
    kind = _type(label)
    colors = label.extra.get("point_colors")
    told = colors if isinstance(colors, dict) else {}
    skeleton = kind == SKELETON
    svg = drawing(label, label.keypoints) if skeleton else ""
    own = _one(label.name, kind, str(label.extra.get("color", "")), specs, svg)
    points = label.keypoints if skeleton else ()
    return own + "".join(
        _one(name, "points", str(told.get(name, "")), {}, parent=label.name) for name in points
    )


def _type(label: Label) -> str:
    """The type of a class, "" where it states none."""
    return SKELETON if label.keypoints else str(label.extra.get("type") or "")


def _one(name: str, kind: str, color: str, specs: Own, svg: str = "", parent: str = "") -> str:
    lines = ["        <label>\n", element("name", name, 5)]
    lines += [element(tag, said, 5) for tag, said in (("color", color), ("type", kind)) if said]
    lines.append("          <attributes>\n")
    lines += [_attribute(key, spec) for key, spec in specs.items()]
    lines.append("          </attributes>\n")
    if svg:
        lines.append(element("svg", svg, 5))
    if parent:
        lines.append(element("parent", parent, 5))
    return "".join([*lines, "        </label>\n"])


def _attribute(name: str, spec: Spec) -> str:
    values = spec.get("values")
    told = "\n".join(map(str, values)) if isinstance(values, list | tuple) else ""
    return "".join(
        [
            "            <attribute>\n",
            element("name", name, 7),
            element("mutable", str(bool(spec.get("mutable"))), 7),
            element("input_type", str(spec.get("input_type", "text")), 7),
            element("default_value", str(spec.get("default_value", "")), 7),
            element("values", told, 7),
            "            </attribute>\n",
        ]
    )
