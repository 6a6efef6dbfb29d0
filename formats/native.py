"""The native format: JSON lines that hold a data set exactly, written and read as a stream.

The first line tells the version, labels, sources, media and further keys; every other line is one
item with the columns of its table. A file ends with a line feed: a last line without one was cut
off. The same data set gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from formats import files, native_faults, native_lines, staging
from formats.columns import COLUMNS
from formats.dataset import Dataset, Item, chunked
from formats.errors import FormatError
from formats.format import Format, Match
from formats.losses import Losses
from formats.native_lines import Header, decode_header, decode_item, encode_header, encode_item
from formats.options import Options

__all__ = ["FORMAT", "SUFFIX", "decode_header", "decode_item", "encode_header", "encode_item"]

SUFFIX = ".prelabel.jsonl"
NAME = f"dataset{SUFFIX}"
"""What the file is called in a target that is a folder."""
HOLDS = dict.fromkeys([*COLUMNS, "rings"], 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class NativeOptions(Options):
    """Reading and writing of native files."""

    images: str = ""
    """The folder of the pictures, where it is not the file's own."""


def read(path: Path, options: NativeOptions) -> Dataset:
    """The data set of a file, or of the one in a folder; items are read on every walk."""
    path = path / NAME if path.is_dir() else path
    with _opened(path) as stream:
        first = stream.readline()
        stream.seek(0, 2)
        if stream.tell():
            stream.seek(-1, 2)
        if stream.read(1) != b"\n":
            raise FormatError("the last line was cut off", where=f"{path}:{_count(path)}")
    header = decode_header(first.removeprefix(files.BOM), f"{path}:1")
    root = options.images or str(path.parent / header.root)
    return Dataset(
        header.labels,
        lambda: chunked(_items(path, header)),
        sources=header.sources,
        media=header.media,
        root=root,
        extra=header.extra,
    )


def _opened(path: Path) -> Any:
    try:
        return path.open("rb")
    except OSError as error:
        raise FormatError(f"cannot read: {error.strerror or error}", where=path) from error


def _count(path: Path) -> int:
    """The number of the last line."""
    with path.open("rb") as stream:
        return sum(1 for _ in stream)


def _items(path: Path, header: Header) -> Iterator[Item]:
    with _opened(path) as stream:
        for number, line in enumerate(stream, 1):
            if number > 1 and not line.isspace():
                where = f"{path}:{number}"
                item = decode_item(line, where)
                if wrong := native_faults.fault(item, header):
                    raise FormatError(wrong, where=where)
                yield item


def write(dataset: Dataset, path: Path, options: NativeOptions) -> Losses:
    """Write a ``.jsonl`` file, or a folder with one in it."""
    lone = path.suffix.lower() == ".jsonl"
    target = path.parent if lone else path
    opened = staging.opened(dataset, path, options, lone=lone)
    with opened as (place, losses), files.create(place if lone else place / NAME) as stream:
        for line in lines(dataset, _below(dataset.root, target)):
            stream.write(line + b"\n")
    return losses


def lines(dataset: Dataset, root: str = "") -> Iterator[bytes]:
    """The header and the items, each as one line without its end."""
    yield encode_header(dataset, root)
    for chunk in dataset.chunks():
        yield from map(encode_item, chunk.walk())


def _below(root: str, folder: Path) -> str:
    """The folder of the pictures as seen from the file, "" where it is not inside its folder."""
    if not root:
        return ""
    try:
        found = Path(root).resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        return ""
    return "" if found == "." else found


def sniff(path: Path) -> Match | None:
    """A claim on a file whose first bytes are those of the header, or on a folder with one."""
    file = path / NAME if path.is_dir() else path
    if not file.is_file():
        return None
    with file.open("rb") as stream:
        start = stream.read(16).removeprefix(files.BOM)
    return Match("native JSON lines", 1.0) if start.startswith(native_lines.MAGIC) else None


FORMAT = Format(
    name="native",
    title="prelabel's own JSON lines: everything, exactly",
    options=NativeOptions,
    holds=HOLDS,
    read=read,
    write=write,
    sniff=sniff,
)
