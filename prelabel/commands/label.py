"""`prelabel label`: pre-label pictures with an ONNX model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from prelabel import least_scores, progress, settings
from prelabel.errors import PARTIAL, JobError, SettingsError
from prelabel.job import Asked, Job, Spec
from prelabel.report import Clock, Report

__all__ = ["command"]

SCORE = click.FloatRange(0, 1)


@click.command("label")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--model", "-m", required=True, metavar="FILE", help="The .onnx file.")
@click.option(
    "--to", "targets", multiple=True, metavar="FORMAT", help="coco, yolo, ...; may be repeated."
)
@click.option("--out", "-d", required=True, metavar="DIR", help="Folder for journal and outputs.")
@click.option("--conf", type=SCORE, default=0.25, show_default=True, help="Least score.")
@click.option(
    "--conf-class",
    multiple=True,
    metavar="NAME=SCORE|FILE",
    help="Least score of one class, or a YAML file of them.",
)
@click.option("--classes", default="", metavar="A,B", help="Only these classes of the model.")
@click.option("--labels-map", default="", metavar="FILE", help="YAML: model's name: your name.")
@click.option("--iou", type=SCORE, default=0.7, show_default=True, help="NMS threshold.")
@click.option("--max-det", type=click.IntRange(1), default=300, show_default=True)
@click.option(
    "--tile", type=click.IntRange(32), metavar="SIZE", help="Cut large pictures into windows."
)
@click.option(
    "--tile-overlap",
    type=click.FloatRange(0, 0.9),
    default=0.25,
    show_default=True,
    help="Share of a window that its neighbour covers too.",
)
@click.option(
    "--polygons",
    is_flag=False,
    flag_value="1",
    type=click.FloatRange(0),
    metavar="[PIXELS]",
    help="Masks become polygons, at most so far from the mask's edge (1).",
)
@click.option("--family", metavar="NAME", help="Model family, where the file does not tell it.")
@click.option("--labels", default="", metavar="FILE", help="Class names, where the file has none.")
@click.option("--imgsz", metavar="W[xH]", help="Input size, where the model takes any (pixels).")
@click.option("--images", default="", metavar="DIR", help="Where a dataset's pictures are.")
@click.option("--resume", is_flag=True, help="Go on with the job in --out.")
@click.option("--overwrite", is_flag=True, help="Begin anew, over what is in --out.")
@click.option("--preview", is_flag=True, help="Draw the results: overlays and a contact sheet.")
@click.option("--workers", type=click.IntRange(1), help="Pictures worked on at once.")
@click.option("--threads", type=click.IntRange(1), help="Cores for one run of the model.")
@click.option("--provider", metavar="NAME", help="auto, cpu, cuda, tensorrt or openvino.")
@click.option("--allow-host", multiple=True, metavar="HOST", help="Fetch from it though private.")
@click.option("--config", metavar="FILE", help="Settings file.")
@click.option("--engine", default="local", show_default=True, metavar="NAME")
@click.option("--strict", is_flag=True, help="Doubts about the model, and losses, are errors.")
@click.option("-o", "options", multiple=True, metavar="KEY=VALUE", help="Option of the format.")
@click.option("--label-config", metavar="FILE", help="Labeling config of Label Studio (XML).")
@click.option("--summary", metavar="FILE", help="Write counts and rates as JSON.")
@click.pass_context
def command(context: click.Context, /, summary: str | None, **given: Any) -> None:
    """Pre-label pictures with an ONNX model.

    SOURCE is a picture, a folder, a pattern, a .txt list, an http(s) address, or a dataset (COCO
    .json, data.yaml, native .jsonl), whose ids, names, splits and categories are kept.
    """
    clock = Clock()
    from prelabel import batch  # loads the runtime

    try:
        report = batch.run(job(**given), progress.on_stderr(), clock)
    except KeyboardInterrupt:
        click.echo("prelabel: stopped; go on with --resume", err=True)
        context.exit(130)
    tell(report, given["out"])
    if summary:
        write_summary(report, summary)
    context.exit(PARTIAL if report.failures else 0)


def job(
    sources: tuple[str, ...],
    targets: tuple[str, ...],
    options: tuple[str, ...],
    label_config: str | None,
    **given: Any,
) -> Job:
    """The job that flags ask for; SettingsError for those that contradict each other."""
    if given["resume"] and given["overwrite"]:
        raise SettingsError("--resume and --overwrite exclude each other")
    chosen = tuple(name for text in targets for name in _listed(text)) or ("coco",)
    plain = ("out", "labels_map", "images", "resume", "overwrite", "preview", "engine")
    return Job(
        sources=sources,
        targets=chosen,
        options={**_project(label_config), **dict(_option(text) for text in options)},
        spec=_spec(given),
        asked=_asked(given),
        **{name: given[name] for name in plain},
    )


def _spec(given: dict[str, Any]) -> Spec:
    flags = {name: given[name] for name in ("workers", "threads", "provider")}
    hosts = given["allow_host"] or None
    return Spec(
        model=given["model"],
        family=given["family"],
        labels=given["labels"],
        size=input_size(given["imgsz"]),
        strict=given["strict"],
        settings=settings.load({**flags, "allowed_hosts": hosts}, file=given["config"]),
    )


def input_size(text: str | None) -> tuple[int, int] | None:
    """``640`` or ``640x480`` as (width, height)."""
    if text is None:
        return None
    sides = text.lower().split("x")
    if len(sides) > 2 or not all(side.isdecimal() and int(side) > 0 for side in sides):
        raise SettingsError(f"is {text!r}, expected 640 or 640x480", where="--imgsz")
    return int(sides[0]), int(sides[-1])


def _asked(given: dict[str, Any]) -> Asked:
    plain = ("conf", "iou", "max_det", "polygons")
    return Asked(
        thresholds=tuple(least_scores.parse(given["conf_class"]).items()),
        classes=tuple(_listed(given["classes"])),
        tile=given["tile"] or 0,
        overlap=given["tile_overlap"],
        **{name: given[name] for name in plain},
    )


def _project(label_config: str | None) -> dict[str, str]:
    """The option that ``--label-config`` is short for; a config that is none fails at once."""
    if not label_config:
        return {}
    from formats.label_studio import config

    config.parse(config.text_of(Path(label_config)), label_config)
    return {"label_config": label_config}


def _option(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise SettingsError(f"is {text!r}, expected KEY=VALUE", where="-o")
    return name.strip(), value.strip()


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def tell(report: Report, out: str) -> None:
    """Say at the end what was done, and what was not."""
    for warning in report.warnings:
        click.echo(f"prelabel: model check: {warning}", err=True)
    for path in report.vanished:
        click.echo(f"prelabel: {path}: is no longer among the sources, dropped", err=True)
    for path, reason in report.failures:
        click.echo(f"prelabel: {path}: {reason}", err=True)
    if report.left_out:
        click.echo(f"prelabel: classes left out: {', '.join(report.left_out)}", err=True)
    for name, losses in report.losses.items():
        for loss in losses:
            click.echo(f"prelabel: {name} cannot hold: {loss}", err=True)
        for note in losses.notes:
            click.echo(f"prelabel: {name}: {note}", err=True)
    click.echo(report.table(out), nl=False)


def write_summary(report: Report, path: str) -> None:
    """The summary as JSON."""
    try:
        Path(path).write_text(json.dumps(report.summary(), indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise JobError(f"cannot be written: {error.strerror}", where=path) from error
