"""``seqinfo.ini``: what MOTChallenge tells of a sequence."""

from __future__ import annotations

import configparser
from dataclasses import dataclass

from formats.dataset import Media
from formats.losses import Losses

__all__ = ["SECTION", "SeqInfo", "parse", "text"]

SECTION = "Sequence"


@dataclass(frozen=True, slots=True)
class SeqInfo:
    """A sequence: `folder` and `ending` of its pictures are "" where it has none."""

    name: str = ""
    rate: float = 0.0
    frames: int = 0
    size: tuple[int, int] = (0, 0)
    folder: str = ""
    ending: str = ""


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
    numbers = {key: _number(told, key, where, losses) for key in NUMBERS}
    return SeqInfo(
        told.get("name", ""),
        numbers["framerate"],
        int(numbers["seqlength"]),
        (int(numbers["imwidth"]), int(numbers["imheight"])),
        told.get("imdir", ""),
        told.get("imext", ""),
    )


NUMBERS = ("framerate", "seqlength", "imwidth", "imheight")


def _number(told: dict[str, str], key: str, where: str, losses: Losses) -> float:
    said = told.get(key, "").strip()
    try:
        found = float(said or 0)
    except ValueError:
        found = -1.0
    if not 0 <= found < 1e9:
        losses.warn(f"{key} that is no number", example=f"{where}: {said!r}")
        return 0.0
    return found


def text(media: Media, folder: str, ending: str) -> str:
    """The file of a clip; nothing that is not known is written."""
    rate = f"{media.rate:g}" if media.rate == int(media.rate) else repr(media.rate)
    told = [
        ("name", media.path),
        ("imDir", folder),
        ("frameRate", rate if media.rate > 0 else ""),
        ("seqLength", str(media.frames)),
        ("imWidth", str(media.size[0] or "")),
        ("imHeight", str(media.size[1] or "")),
        ("imExt", ending),
    ]
    lines = [f"{key}={value}\n" for key, value in told if value]
    return f"[{SECTION}]\n" + "".join(lines)
