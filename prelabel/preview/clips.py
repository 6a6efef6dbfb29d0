"""`write_clips`: a page with every clip of a job, its tracks drawn on it and over its time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path

from formats.columns import Flag
from formats.dataset import Item, Label
from prelabel.errors import JobError, PrelabelError
from prelabel.preview.clip import MOST_FRAMES, ShownClip, overlay
from prelabel.preview.contact import contact_sheet
from prelabel.preview.names import Names, address
from prelabel.preview.sheet import digest, part
from prelabel.preview.timeline import LEFT, RIGHT, WIDTH, clock, timeline
from prelabel.preview.trackrows import lines, lone

__all__ = ["write_clips"]


def write_clips(
    clips: Iterable[ShownClip],
    folder: Path,
    labels: Sequence[Label],
    *,
    title: str = "Tracks",
    most: int = MOST_FRAMES,
) -> Path:
    """Write ``index.html`` and, for each clip, its overlay and a sheet of its keyframes.

    Clips are taken one after another. One whose frames cannot be read stands on the page with the
    reason. At most about `most` frames of a clip are drawn. Returns the path of the page, which
    replaces an older one when all is done. JobError where a file cannot be written.
    """
    page, unfinished = folder / "index.html", folder / "index.html.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with unfinished.open("w", encoding="utf-8", newline="\n") as file:
            for text in _page(clips, folder, tuple(labels), title, most):
                file.write(text)
        unfinished.replace(page)
    except OSError as error:
        if isinstance(error, PrelabelError):
            raise
        where = error.filename or folder
        raise JobError(f"cannot be written: {error.strerror}", where=where) from error
    return page


def _page(
    clips: Iterable[ShownClip], folder: Path, labels: tuple[Label, ...], title: str, most: int
) -> Iterator[str]:
    before, after = part("clips.html").split("<!-- clips -->")
    style, script = part("clips.css"), part("clips.js")
    yield (
        before.replace("{{style-hash}}", digest(style))
        .replace("{{script-hash}}", digest(script))
        .replace("{{title}}", escape(title))
        .replace("{{style}}", style)
    )
    names = Names()
    for shown in clips:
        stem = names.of(Item(shown.name)).removesuffix(".jpg")
        yield "".join(_section(shown, folder, stem, labels, most))
    yield after.replace("{{script}}", script)


def _section(
    shown: ShownClip, folder: Path, stem: str, labels: tuple[Label, ...], most: int
) -> Iterator[str]:
    """A clip's part of the page; its files are written along the way."""
    yield f"<section>\n<h2>{_safe(shown.name)}</h2>\n"
    yield f'<p class="facts">{_safe(_facts(shown))}</p>\n'
    try:
        clip = overlay(shown, labels, _ready(folder / f"{stem}.tracks.mp4"), most)
        source = address(clip.relative_to(folder).as_posix())
        yield f'<video controls muted playsinline preload="metadata" src="{source}"></video>\n'
    except PrelabelError as error:
        if isinstance(error, JobError):
            raise
        yield f'<p class="note">{_safe(str(error))}</p>\n'
    yield from _lines(shown, labels)
    yield from _sheet(shown, folder, stem, labels)
    yield from _problems(shown)
    yield "</section>\n"


def _ready(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _facts(shown: ShownClip) -> str:
    """The clip and its tracks in a line of figures."""
    video, table = shown.video, shown.dense()
    found = lines(table, shown.marks())
    marks = sum(len(line.keyframes) for line in found)
    objects = int((table.tracks >= 0).sum()) if table.tracks is not None else 0
    made = int(table.flagged(Flag.INTERPOLATED).sum())
    facts = [
        f"{video.count:,} frames of {video.size[0]} x {video.size[1]} pixels",
        f"{clock(video.duration, tenths=True)} at {video.rate:.3g} frames a second",
        f"{len(found):,} tracks with {objects:,} boxes, {made:,} of them interpolated",
    ]
    facts += [f"{marks:,} keyframes, one for {objects / marks:.1f} boxes"] if marks else []
    facts += [f"{len(lone(table)):,} detections of no track"]
    return "; ".join(facts)


def _lines(shown: ShownClip, labels: tuple[Label, ...]) -> Iterator[str]:
    video = shown.video
    picture = timeline(
        shown.dense(), video.times, labels, keyframes=shown.marks(), duration=video.duration
    )
    begin = float(video.times[shown.frames().start])
    places = f'data-left="{LEFT / WIDTH}" data-right="{RIGHT / WIDTH}"'
    yield (
        f'<div class="lines" tabindex="0" role="group" aria-label="Time line" {places}'
        f' data-begin="{begin}" data-end="{video.duration}">'
        f'<div class="wide">{_clean(picture)}</div></div>\n'
    )


def _sheet(shown: ShownClip, folder: Path, stem: str, labels: tuple[Label, ...]) -> Iterator[str]:
    path = contact_sheet(shown, labels, _ready(folder / f"{stem}.keyframes.jpg"))
    if path is not None:
        source = address(path.relative_to(folder).as_posix())
        yield "<details><summary>Tracks at their keyframes</summary>"
        yield f'<img loading="lazy" alt="" src="{source}"></details>\n'


def _problems(shown: ShownClip) -> Iterator[str]:
    faults = shown.video.problems
    if faults:
        yield '<ul class="problems">'
        yield from (f"<li>{_safe(str(fault))}</li>" for fault in faults)
        yield "</ul>\n"


def _safe(text: str) -> str:
    return escape(_clean(text))


def _clean(text: str) -> str:
    """Text that UTF-8 can write, whatever bytes a file name had."""
    return text.encode("utf-8", "replace").decode()
