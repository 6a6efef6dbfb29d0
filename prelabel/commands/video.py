"""`prelabel video`: pre-label clips as tracks."""

from __future__ import annotations

from typing import Any

import click

from prelabel import progress
from prelabel.commands import flags
from prelabel.commands.flags import JOB, MACHINE, MODEL, OUTPUTS
from prelabel.commands.telling import tell, write_summary
from prelabel.errors import PARTIAL, SettingsError
from prelabel.report import Clock

__all__ = ["command"]

FRAMES: tuple[flags.Flag, ...] = (
    click.option(
        "--stride",
        type=click.IntRange(1),
        default=1,
        show_default=True,
        help="Look at every so many frames.",
    ),
    click.option("--fps", type=click.FloatRange(0, min_open=True), help="Look so often a second."),
    click.option("--adaptive", is_flag=True, help="Look more often where things move fast."),
    click.option("--start", metavar="TIME", help="From this time on: seconds or M:SS."),
    click.option("--stop", metavar="TIME", help="Up to this time."),
    click.option(
        "--rate",
        type=click.FloatRange(0, min_open=True),
        help="Frames per second of a folder of pictures (25).",
    ),
)
TRACKS: tuple[flags.Flag, ...] = (
    click.option("--no-offline", is_flag=True, help="Do not look back over the whole clip."),
    click.option("--drop-blips", is_flag=True, help="Leave out detections without a track."),
    click.option("--smooth", is_flag=True, help="Take the jitter out of tracks in all formats."),
    click.option("--exact", is_flag=True, help="Leave it in, in formats with keyframes too."),
    click.option("--camera-motion", is_flag=True, help="Make up for a moving camera."),
    click.option(
        "--keyframes",
        metavar="IOU|all",
        default="0.9",
        show_default=True,
        help="Fewest keyframes that show every frame this well, for formats with keyframes.",
    ),
    click.option(
        "--framerate",
        type=click.FloatRange(0, min_open=True),
        help="Frame rate that the Label Studio project counts frames by.",
    ),
)
STRIDE = 5
"""The first round of --adaptive looks at every so many frames, unless --stride says another."""


@click.command("video")
@click.argument("clips", nargs=-1, required=True, metavar="CLIP...")
@flags.flags(OUTPUTS, FRAMES, TRACKS, MODEL, JOB, MACHINE)
@click.pass_context
def command(context: click.Context, /, summary: str | None, **given: Any) -> None:
    """Pre-label clips as tracks with an ONNX model.

    CLIP is a video file, a folder of them, a pattern, or a folder of pictures, which is taken as
    one clip.
    """
    clock = Clock()
    from prelabel.video import running  # loads the runtime

    try:
        report = running.run(job(**given), progress.on_stderr("frames"), clock)
    except KeyboardInterrupt:
        click.echo("prelabel: stopped; go on with --resume", err=True)
        context.exit(130)
    for path, what in report.problems:
        click.echo(f"prelabel: {path}: {what}", err=True)
    tell(report, given["out"])
    if summary:
        write_summary(report.summary(), summary)
    context.exit(PARTIAL if report.failures else 0)


def job(
    clips: tuple[str, ...],
    targets: tuple[str, ...],
    options: tuple[str, ...],
    label_config: str | None,
    **given: Any,
) -> Any:
    """The job that flags ask for; SettingsError for those that contradict each other."""
    from prelabel.video.job import VideoJob

    flags.exclusive(given)
    plain = ("out", "labels_map", "resume", "overwrite", "preview", "rate")
    return VideoJob(
        clips=clips,
        targets=flags.outputs(targets),
        given={**flags.project(label_config), **dict(flags.option(text) for text in options)},
        keyframes=tolerance(given["keyframes"]),
        framerate=given["framerate"],
        options=sampled(given),
        spec=flags.spec(given),
        asked=flags.asked(given),
        **{name: given[name] for name in plain},
    )


def sampled(given: dict[str, Any]) -> Any:
    """Which frames are looked at, and how tracks are made."""
    from prelabel.video.options import Options, Sampling, Tracking

    adaptive, stride = given["adaptive"], given["stride"]
    return Options(
        sampling=Sampling(
            stride=STRIDE if adaptive and stride == 1 and given["fps"] is None else stride,
            fps=given["fps"],
            start=seconds(given["start"], "--start"),
            stop=seconds(given["stop"], "--stop"),
            adaptive=adaptive,
        ),
        tracking=Tracking(
            offline=not given["no_offline"],
            drop_blips=given["drop_blips"],
            smooth=given["smooth"],
            exact=given["exact"],
            camera=given["camera_motion"],
        ),
    )


def seconds(text: str | None, flag: str) -> float | None:
    """``12.5``, ``1:02.5`` or ``1:00:02`` as seconds."""
    if text is None:
        return None
    try:
        parts = [float(part) for part in text.split(":")]
    except ValueError:
        parts = []
    if not 1 <= len(parts) <= 3 or not all(0 <= part < float("inf") for part in parts):
        raise SettingsError(f"is {text!r}, expected seconds or M:SS", where=flag)
    return sum(part * 60.0**i for i, part in enumerate(reversed(parts)))


def tolerance(text: str) -> float | None:
    """The IoU of ``--keyframes``; None for all."""
    if text == "all":
        return None
    try:
        least = float(text)
    except ValueError:
        least = -1.0
    if not 0 < least <= 1:
        raise SettingsError(f"is {text!r}, expected 0 to 1, or all", where="--keyframes")
    return least
