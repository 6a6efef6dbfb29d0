"""Flags that `label` and `video` share, and what they come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from prelabel import least_scores, settings
from prelabel.errors import SettingsError
from prelabel.job import Asked, Spec

__all__ = ["JOB", "MACHINE", "MODEL", "OUTPUTS", "asked", "exclusive", "flags", "input_size"]
__all__ += ["listed", "option", "options", "outputs", "project", "spec"]

Function = TypeVar("Function", bound=Callable[..., Any])
Flag = Callable[[Callable[..., Any]], Callable[..., Any]]
SCORE = click.FloatRange(0, 1)

OUTPUTS: tuple[Flag, ...] = (
    click.option("--model", "-m", required=True, metavar="FILE", help="The .onnx file."),
    click.option(
        "--to", "targets", multiple=True, metavar="FORMAT", help="coco, yolo, ...; may be repeated."
    ),
    click.option(
        "--out", "-d", required=True, metavar="DIR", help="Folder for journal and outputs."
    ),
)
MODEL: tuple[Flag, ...] = (
    click.option("--conf", type=SCORE, default=0.25, show_default=True, help="Least score."),
    click.option(
        "--conf-class",
        multiple=True,
        metavar="NAME=SCORE|FILE",
        help="Least score of one class, or a YAML file of them.",
    ),
    click.option("--classes", default="", metavar="A,B", help="Only these classes of the model."),
    click.option("--labels-map", default="", metavar="FILE", help="YAML: model's name: your name."),
    click.option("--iou", type=SCORE, default=0.7, show_default=True, help="NMS threshold."),
    click.option("--max-det", type=click.IntRange(1), default=300, show_default=True),
    click.option(
        "--tile", type=click.IntRange(32), metavar="SIZE", help="Cut large pictures into windows."
    ),
    click.option(
        "--tile-overlap",
        type=click.FloatRange(0, 0.9),
        default=0.25,
        show_default=True,
        help="Share of a window that its neighbour covers too.",
    ),
    click.option(
        "--polygons",
        is_flag=False,
        flag_value="1",
        type=click.FloatRange(0),
        metavar="[PIXELS]",
        help="Masks become polygons, at most so far from the mask's edge (1).",
    ),
    click.option("--family", metavar="NAME", help="Model family, where the file does not tell it."),
    click.option(
        "--labels", default="", metavar="FILE", help="Class names, where the file has none."
    ),
    click.option(
        "--imgsz", metavar="W[xH]", help="Input size, where the model takes any (pixels)."
    ),
)
JOB: tuple[Flag, ...] = (
    click.option("--resume", is_flag=True, help="Go on with the job in --out."),
    click.option("--overwrite", is_flag=True, help="Begin anew, over what is in --out."),
    click.option("--preview", is_flag=True, help="Draw the results: overlays and a contact sheet."),
)
MACHINE: tuple[Flag, ...] = (
    click.option("--workers", type=click.IntRange(1), help="Pictures worked on at once."),
    click.option("--threads", type=click.IntRange(1), help="Cores for one run of the model."),
    click.option("--provider", metavar="NAME", help="auto, cpu, cuda, tensorrt or openvino."),
    click.option("--config", metavar="FILE", help="Settings file."),
    click.option("--strict", is_flag=True, help="Doubts about the model, and losses, are errors."),
    click.option(
        "-o", "options", multiple=True, metavar="NAME=VALUE", help="Option of the format."
    ),
    click.option("--label-config", metavar="FILE", help="Labeling config of Label Studio (XML)."),
    click.option("--summary", metavar="FILE", help="Write counts and rates as JSON."),
)


def flags(*groups: tuple[Flag, ...]) -> Callable[[Function], Function]:
    """A decorator that adds the flags of some groups, in their order."""

    def add(function: Any) -> Any:
        for flag in reversed([flag for group in groups for flag in group]):
            function = flag(function)
        return function

    return add


def exclusive(given: Mapping[str, Any]) -> None:
    """SettingsError where a job is to be taken up and begun anew."""
    if given["resume"] and given["overwrite"]:
        raise SettingsError("--resume and --overwrite exclude each other")


def outputs(targets: tuple[str, ...]) -> tuple[str, ...]:
    """The formats of ``--to``; COCO where none is named."""
    return tuple(name for text in targets for name in listed(text)) or ("coco",)


def spec(given: Mapping[str, Any]) -> Spec:
    """Which model, opened how."""
    named = {name: given[name] for name in ("workers", "threads", "provider")}
    hosts = given.get("allow_host") or None
    return Spec(
        model=given["model"],
        family=given["family"],
        labels=given["labels"],
        size=input_size(given["imgsz"]),
        strict=given["strict"],
        settings=settings.load({**named, "allowed_hosts": hosts}, file=given["config"]),
    )


def input_size(text: str | None) -> tuple[int, int] | None:
    """``640`` or ``640x480`` as (width, height)."""
    if text is None:
        return None
    sides = text.lower().split("x")
    if len(sides) > 2 or not all(side.isdecimal() and int(side) > 0 for side in sides):
        raise SettingsError(f"is {text!r}, expected 640 or 640x480", where="--imgsz")
    return int(sides[0]), int(sides[-1])


def asked(given: Mapping[str, Any]) -> Asked:
    """What is asked of the model."""
    plain = ("conf", "iou", "max_det", "polygons")
    return Asked(
        thresholds=tuple(least_scores.parse(given["conf_class"]).items()),
        classes=tuple(listed(given["classes"])),
        tile=given["tile"] or 0,
        overlap=given["tile_overlap"],
        **{name: given[name] for name in plain},
    )


def project(label_config: str | None) -> dict[str, str]:
    """The option that ``--label-config`` is short for; a config that is none fails at once."""
    if not label_config:
        return {}
    from formats.label_studio import config

    config.parse(config.text_of(Path(label_config)), label_config)
    return {"label_config": label_config}


def options(name: str, help_: str | None = None) -> Flag:
    """``-o NAME=VALUE``, which may be repeated; `name` is the parameter of the command."""
    return click.option("-o", "--option", name, multiple=True, metavar="NAME=VALUE", help=help_)


def option(text: str) -> tuple[str, str]:
    """``NAME=VALUE`` as a pair."""
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise SettingsError(f"is {text!r}, expected NAME=VALUE", where="-o")
    return name.strip(), value.strip()


def listed(text: str) -> list[str]:
    """The parts of a list with commas."""
    return [part.strip() for part in text.split(",") if part.strip()]
