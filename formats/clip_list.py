"""``clips.json``: which pictures of a set are frames of a clip, and of which clip.

Frames are written as pictures ``<clip>/<frame>.jpg``, numbered from 0 with six digits::

    {"clips": [{"path": "a.mp4", "size": [640, 360], "frames": 250, "rate": 25.0,
                "pictures": {"images/a/000000.jpg": 0}}]}
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
import orjson

from formats import files
from formats.dataset import Item, Media
from formats.errors import FormatError
from formats.tracks import clip

__all__ = ["FILE", "Frames", "Known", "load"]

FILE = "clips.json"


class Frames:
    """Collects the frames among the pictures that are written."""

    def __init__(self) -> None:
        self.places: dict[int, dict[str, int]] = {}

    def add(self, place: str, item: Item) -> None:
        """Note a picture, if it is a frame."""
        if item.media is not None and item.frame is not None:
            self.places.setdefault(item.media, {})[place] = item.frame

    def write(self, folder: Path, media: tuple[Media, ...]) -> None:
        """The file, where there are clips."""
        if not media:
            return
        told = [{**_told(one), "pictures": self.places.get(k, {})} for k, one in enumerate(media)]
        files.put(folder / FILE, orjson.dumps({"clips": told}) + b"\n")


def _told(media: Media) -> dict[str, Any]:
    return {k: v for k, v in asdict(media).items() if v not in ((), 0) or k == "frames"}


class _Clip(msgspec.Struct):
    path: str
    size: tuple[int, int]
    frames: int
    rate: float = 0.0
    times: tuple[float, ...] = ()
    first_number: int = 0
    pictures: dict[str, int] = {}


class _File(msgspec.Struct):
    clips: list[_Clip]


@dataclass(frozen=True, slots=True)
class Known:
    """The clips of a set, and (clip, frame) of each picture that is a frame of one."""

    media: tuple[Media, ...] = ()
    frames: dict[str, tuple[int, int]] = field(default_factory=dict)

    def item(self, place: str, item: Item) -> Item:
        """The item as a frame of its clip, if it is one."""
        if place not in self.frames:
            return item
        index, frame = self.frames[place]
        time = clip.time_of(self.media[index], frame)
        return replace(item, media=index, frame=frame, time=time)


def load(path: Path) -> Known:
    """What the file tells; nothing where there is none. FormatError where it is broken."""
    if not path.is_file():
        return Known()
    try:
        found = msgspec.json.decode(files.read(path), type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FormatError(f"not a file of clips: {error}", where=path) from error
    fields = Media.__dataclass_fields__
    media = tuple(Media(**{name: getattr(one, name) for name in fields}) for one in found.clips)
    places = {
        place: (k, frame)
        for k, one in enumerate(found.clips)
        for place, frame in one.pictures.items()
    }
    return Known(media, places)
