"""Where panoptic files lie: ``annotations/panoptic_<split>.json`` with a folder of that name."""

from __future__ import annotations

import re
from pathlib import Path

from formats.coco import layout
from formats.coco.layout import File
from formats.errors import FormatError
from formats.format import Match
from formats.panoptic.options import PanopticOptions

__all__ = ["PREFIX", "found", "segments", "sniff"]

PREFIX = "panoptic_"
EDGE = 1 << 16
LONGEST = 64
_FIRST = re.compile(rb'"(segments_info|segmentation|bbox)"\s*:')
_SEGMENTS = re.compile(rb'"segments_info"\s*:\s*\[')


def found(path: Path, options: PanopticOptions) -> list[File]:
    """The files of a data set: a lone one, or those of a folder, in the order of their names."""
    files = [path] if path.is_file() else _in_folder(path)
    if not files:
        raise FormatError("no annotations/panoptic_<split>.json in the folder", where=path)
    return [File(f, options.split or _split(f), _root(f, options)) for f in files]


def _in_folder(path: Path) -> list[Path]:
    for folder in (path / "annotations", path):
        files = [f for f in sorted(folder.glob("*.json")) if _named(f) or _sounds(f)]
        if files:
            return files
    return []


def _named(path: Path) -> bool:
    return path.name.startswith(PREFIX) and not _of_instances(path)


def _of_instances(path: Path) -> bool:
    """Whether the first annotation of a JSON file has a mask or box of its own, and no segments."""
    try:
        with path.open("rb") as stream:
            end = b""
            while part := stream.read(EDGE):
                if found := _FIRST.search(end + part):
                    return found[1] != b"segments_info"
                end = part[-LONGEST:]
    except OSError:
        pass
    return False


def _split(path: Path) -> str:
    """The split that follows ``panoptic_``, else the one that COCO's names tell."""
    if path.stem.startswith(PREFIX):
        name = path.stem.removeprefix(PREFIX)
        return "" if name == layout.DEFAULT else name
    return layout.split_of(path)


def _root(path: Path, options: PanopticOptions) -> Path:
    if options.images:
        return Path(options.images)
    return path.parent.parent if path.parent.name == "annotations" else path.parent


def segments(path: Path, options: PanopticOptions) -> Path:
    """The folder of the PNG files of a JSON file."""
    return Path(options.segments) if options.segments else path.with_suffix("")


def _sounds(path: Path) -> bool:
    """Whether a JSON file tells of segments, by its first and last bytes."""
    try:
        with path.open("rb") as stream:
            head = stream.read(EDGE)
            stream.seek(max(0, path.stat().st_size - EDGE))
            return bool(_SEGMENTS.search(head) or _SEGMENTS.search(stream.read()))
    except OSError:
        return False


def sniff(path: Path) -> Match | None:
    """A claim on a panoptic file, or on a folder that has no other files of COCO."""
    if path.is_file():
        fits = path.suffix.lower() == ".json" and (_named(path) or _sounds(path))
        return Match("a panoptic file", 0.95) if fits else None
    files = _in_folder(path) if path.is_dir() else []
    if not files:
        return None
    others = len(list(files[0].parent.glob("*.json"))) > len(files)
    return Match(f"{len(files)} panoptic files", 0.5 if others else 0.95)
