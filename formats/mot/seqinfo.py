"""``seqinfo.ini``: what MOTChallenge tells of a sequence.

CVAT and datumaro refuse a file without all seven keys, with others, or with a rate that is no
whole number. So what is not known is 0, and the rest stands in comments: ``; clip: a.mp4`` for
frames that are no picture files, ``; rate: 29.97``, and ``; ids: raised by 1`` where a track has
the number 0, which they take for none.
"""

from __future__ import annotations

import configparser
import re
from dataclasses import dataclass

from formats.dataset import Media
from formats.losses import Losses
from formats.tracks.clip import MOST_FRAMES

__all__ = ["SECTION", "SeqInfo", "parse", "text"]

SECTION = "Sequence"
PICTURES = ("img1", ".jpg")
"""Where MOTChallenge has the pictures of a sequence."""
_COMMENT = re.compile(r"^;\s*(clip|rate|ids)\s*:\s*(.*?)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SeqInfo:
    """A sequence: `folder` and `ending` of its pictures are "" where it has none."""

    name: str = ""
    rate: float = 0.0
    frames: int = 0
    size: tuple[int, int] = (0, 0)
    folder: str = ""
    ending: str = ""
    raised: bool = False
    """Numbers of tracks are one more than they were."""


def parse(text: str, where: str, losses: Losses) -> SeqInfo:
    """What a file tells; a value that is no number is counted and taken as unknown."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
        told = dict(parser[SECTION]) if parser.has_section(SECTION) else {}
    except configparser.Error as error:
        what = str(error).splitlines()[0]
        losses.warn("seqinfo.ini that cannot be read", example=f"{where}: {what}")
        told = {}
    further = dict(_COMMENT.findall(text))
    told["framerate"] = further.get("rate", told.get("framerate", ""))
    if "clip" in further:
        told |= {"name": further["clip"], "imdir": "", "imext": ""}
    numbers = {key: _number(told, key, where, losses) for key in NUMBERS}
    return SeqInfo(
        told.get("name", ""),
        numbers["framerate"],
        int(numbers["seqlength"]),
        (int(numbers["imwidth"]), int(numbers["imheight"])),
        told.get("imdir", ""),
        told.get("imext", ""),
        "ids" in further,
    )


NUMBERS = ("framerate", "seqlength", "imwidth", "imheight")


def _number(told: dict[str, str], key: str, where: str, losses: Losses) -> float:
    said = told.get(key, "").strip()
    try:
        found = float(said or 0)
    except ValueError:
        found = -1.0
    if not 0 <= found <= MOST_FRAMES:
        losses.warn(f"{key} that is no number", example=f"{where}: {said!r}")
        return 0.0
    return found


def text(media: Media, name: str, folder: str, ending: str, raised: bool) -> str:
    """The file of a clip; `folder` and `ending` of its pictures are "" where it has none.

    `raised`: numbers of tracks are one more than they were.
    """
    pictures = (folder, ending) if folder and ending else PICTURES
    told = [
        ("name", name),
        ("imDir", pictures[0]),
        ("frameRate", str(round(media.rate))),
        ("seqLength", str(media.frames)),
        ("imWidth", str(media.size[0])),
        ("imHeight", str(media.size[1])),
        ("imExt", pictures[1]),
    ]
    lines = [f"{key}={value}\n" for key, value in told]
    if not (folder and ending) and "=" not in media.path:
        lines.append(f"; clip: {media.path}\n")
    if media.rate != round(media.rate):
        lines.append(f"; rate: {media.rate!r}\n")
    if raised:
        lines.append("; ids: raised by 1\n")
    return f"[{SECTION}]\n" + "".join(lines)
