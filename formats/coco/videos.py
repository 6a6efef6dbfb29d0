"""Clips in COCO's files, as COCO-VID has them: a list ``videos``, and frames among the images.

An image of a video has ``video_id`` and ``frame_id``; its annotations have the track as
``track_id`` or ``instance_id``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from formats.dataset import Dataset, Item, Media
from formats.losses import Losses
from formats.tracks import clip

__all__ = ["KEY", "TRACK", "Videos", "entries", "frame_keys", "of_header"]

KEY, TRACK = "videos", "instance_id"
NAMES = ("name", "file_name")
LENGTHS = ("length", "frames", "num_frames")
RATES = ("fps", "frame_rate")
ODD = "video that is no object with an id of its own, carried as it stands"


@dataclass(slots=True)
class Videos:
    """The clips of one file: `index` of each by its id, counted from `first` in the data set."""

    media: list[Media] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)
    index: dict[int, int] = field(default_factory=dict)
    first: int = 0

    def item(self, item: Item, extra: dict[str, Any]) -> Item:
        """The item as a frame of its clip; the keys that say so are taken out of `extra`."""
        video, number = extra.get("video_id"), extra.get("frame_id")
        if type(video) is not int or type(number) is not int or video not in self.index:
            return item
        media = self.media[self.index[video]]
        frame = number - media.first_number
        if frame < 0:
            return item
        del extra["video_id"], extra["frame_id"]
        time = clip.time_of(media, frame)
        return replace(item, media=self.first + self.index[video], frame=frame, time=time)


def of_header(
    header: dict[str, Any], images: Sequence[Mapping[str, Any]], losses: Losses
) -> Videos:
    """The clips that a file lists, taken out of its header; a list that cannot be used stays.

    The frames of a video that states its length are counted from 1 where the last of its images
    has that number, else from 0. `images` have the keys of COCO-VID, if any.
    """
    listed = header.get(KEY)
    if not isinstance(listed, list) or not listed:
        return Videos()
    ids: list[Any] = [entry.get("id") if isinstance(entry, dict) else None for entry in listed]
    if any(type(number) is not int for number in ids) or len(set(ids)) < len(ids):
        losses.warn(ODD, example=KEY)
        return Videos()
    del header[KEY]
    last: dict[Any, int] = {}
    for image in images:
        video, frame = image.get("video_id"), image.get("frame_id")
        if type(video) is int and type(frame) is int:
            last[video] = max(last.get(video, -1), frame)
    media = [_media(entry, last.get(entry["id"], -1)) for entry in listed]
    return Videos(media, listed, {number: k for k, number in enumerate(ids)})


def _media(entry: Mapping[str, Any], last: int) -> Media:
    length = _number(entry, LENGTHS, int)
    size = (_number(entry, ("width",), int), _number(entry, ("height",), int))
    name = next((entry[k] for k in NAMES if isinstance(entry.get(k), str)), f"video {entry['id']}")
    times: Any = entry.get("times")
    first = int(length > 0 and last == length)
    return Media(
        name,
        size if all(size) else (0, 0),
        max(length, last + 1 - first),
        float(_number(entry, RATES, float)),
        tuple(times) if _is_times(times) else (),
        first,
    )


def _is_times(value: Any) -> bool:
    return isinstance(value, list) and all(type(t) in (int, float) for t in value)


def _number(entry: Mapping[str, Any], names: Sequence[str], kind: type) -> Any:
    """The first of some keys that holds a number above 0, else 0."""
    wanted = (int,) if kind is int else (int, float)
    found = (entry[k] for k in names if type(entry.get(k)) in wanted and entry[k] > 0)
    return next(found, 0)


def entries(dataset: Dataset, used: Sequence[int]) -> list[dict[str, Any]]:
    """The entries of some clips of a data set: as they were read, else what is known of them.

    Ids are those that were read unless two files had the same one.
    """
    kept = _kept(dataset)
    if kept is None:
        return [_entry(dataset.media[k], k + 1) for k in used]
    ids = _ids(kept)
    return [{**kept[k], "id": ids[k]} for k in used]


def _kept(dataset: Dataset) -> list[dict[str, Any]] | None:
    """The entries that were read, one for each clip; None where they are of other clips."""
    kept = dataset.extra.get(KEY)
    return kept if isinstance(kept, list) and len(kept) == len(dataset.media) else None


def _ids(kept: Sequence[Mapping[str, Any]]) -> list[int]:
    stated = [entry["id"] for entry in kept]
    return stated if len(set(stated)) == len(stated) else [k + 1 for k in range(len(stated))]


def _entry(media: Media, number: int) -> dict[str, Any]:
    told: dict[str, Any] = {"id": number, "name": media.path}
    if all(media.size):
        told["width"], told["height"] = media.size
    told["length"] = media.frames
    if media.rate > 0:
        told["fps"] = media.rate
    if media.times:
        told["times"] = list(media.times)
    return told


def frame_keys(dataset: Dataset, item: Item) -> dict[str, int]:
    """``video_id`` and ``frame_id`` of the image of a frame; nothing for another picture."""
    if item.media is None or item.frame is None:
        return {}
    kept = _kept(dataset)
    number = item.media + 1 if kept is None else _ids(kept)[item.media]
    first = 0 if kept is None else dataset.media[item.media].first_number
    return {"video_id": number, "frame_id": item.frame + first}
