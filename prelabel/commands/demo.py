"""`prelabel demo`: drawn pictures, pre-labelled by the built-in model, scored and shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from prelabel.demo import Result, Tracks

__all__ = ["command"]


@click.command("demo")
@click.option("--out", default="demo", show_default=True, type=click.Path(path_type=Path))
@click.option("--scenes", type=click.IntRange(1), default=24, show_default=True)
@click.option("--frames", type=click.IntRange(0), default=24, show_default=True)
@click.option("--overwrite", is_flag=True, help="Over what an earlier demo left in --out.")
def command(out: Path, scenes: int, frames: int, overwrite: bool) -> None:
    """Draw scenes and a clip, pre-label them with the built-in model, score and show the result.

    Needs no network and no picture of yours; takes less than a minute.
    """
    from prelabel import demo

    click.echo(f"drawing {scenes} scenes and a clip of {frames} frames")
    exact = demo.prepare(out, scenes, frames, overwrite)
    click.echo("pre-labelling them with the built-in model: shapes, then keypoints")
    results = [demo.label(out, task, exact) for task in demo.OUTPUTS]
    tracks = None
    if frames:
        click.echo("making tracks of the clip")
        tracks = demo.track(out, demo.SLOWER * frames)
    click.echo("\naccuracy against the exact truth (COCO's average precision, scores from .25)")
    for result in results:
        _tell(result)
    if tracks:
        _tell_tracks(tracks)
    written = {result.folder: demo.OUTPUTS[result.task] for result in results}
    written |= {tracks.folder: demo.TRACKS} if tracks else {}
    click.echo("\nlook at")
    for folder in written:
        click.echo(f"  {folder / 'preview' / 'index.html'}")
    click.echo("load into your tool")
    for folder, names in written.items():
        click.echo(f"  {folder}: {', '.join(names)}")
    click.echo(f"\nnext, with your own: prelabel label photos/ --model yolo11n.onnx --out {out}-2")
    click.echo(f"                     prelabel video clip.mp4 --model yolo11n.onnx --out {out}-3")


def _tell(result: Result) -> None:
    from prelabel import weights

    for task, scores in result.scores.items():
        figures = getattr(scores, task)
        sigma = f"   (OKS sigma {weights.OKS_SIGMA})" if task == "keypoints" else ""
        click.echo(f"  {task:10} AP50 {figures.ap50:.3f}   AP50-95 {figures.ap:.3f}{sigma}")


def _tell_tracks(tracks: Tracks) -> None:
    shown = ", ".join(f"{n} keyframes for {name}" for name, n in tracks.keyframes.items())
    click.echo(f"  tracks     {tracks.found} of {tracks.objects} objects of the clip")
    click.echo(f"             {tracks.rows} shapes in them; to correct: {shown}")
