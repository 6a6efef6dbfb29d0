"""The files of a data set's pictures: there, readable, of the stated size, no two the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

from formats import pictures
from formats.dataset import Item
from formats.errors import FormatError
from formats.inspection.problems import Problems

__all__ = ["Files", "turned"]

JPEG, END = b"\xff\xd8", b"\xff\xd9"
TAIL = 1 << 10
"""Bytes at the end of a JPEG file in which its end is looked for: some cameras write behind it."""
BLOCK = 1 << 20


class Files:
    """Looks at the files of pictures, once each, in the order of the items."""

    def __init__(self, root: str, problems: Problems) -> None:
        self.finder, self.problems = pictures.Finder(root), problems
        self.found = 0
        self.missing: list[str] = []
        self._by_bytes: dict[int, list[tuple[Path, Item]]] = defaultdict(list)
        self._seen: set[tuple[int | None, str]] = set()

    def add(self, item: Item) -> None:
        """Look at the picture of an item."""
        if item.media is not None and not item.file:
            return
        found = self.finder.find(item)
        key = (item.media, found or item.path)
        if key in self._seen:
            return
        self._seen.add(key)
        file = Path(found or ".")
        if not file.is_file():
            self.missing.append(item.path)
            return
        self.found += 1
        self._by_bytes[file.stat().st_size].append((file, item))
        self._header(file, item)

    def _header(self, file: Path, item: Item) -> None:
        try:
            header = pictures.header(file)
        except FormatError as error:
            self.problems.add("picture-broken", 1, [str(error)])
            return
        if _is_cut_off(file):
            self.problems.add("picture-cut-off", 1, [str(file)])
        if item.size is None:
            self.problems.add("picture-unsized", 1, [item.path])
        elif item.size != header.size:
            name = "picture-turned" if turned(item, header) else "picture-size"
            self.problems.add(name, 1, [f"{item.path}: {_by(item.size)}, is {_by(header.size)}"])

    def finish(self) -> None:
        """Tell what only shows when all were looked at."""
        if self.found:
            self.problems.add("picture-missing", len(self.missing), self.missing)
        for first, other in self._same():
            self.problems.add("same-picture", 1, [f"{other.path} = {first.path}"])
            if first.split != other.split:
                told = f"{first.path} ({first.split}) = {other.path} ({other.split})"
                self.problems.add("two-splits", 1, [told])

    def _same(self) -> Iterator[tuple[Item, Item]]:
        """Pictures with the bytes of an earlier one, with that."""
        for entries in self._by_bytes.values():
            seen: dict[bytes, tuple[Path, Item]] = {}
            for file, item in entries if len(entries) > 1 else ():
                first, known = seen.setdefault(_digest(file), (file, item))
                if known is not item and not first.samefile(file):
                    yield known, item


def turned(item: Item, header: pictures.Header) -> bool:
    """Whether an item states the size of the pixels as they lie in a picture that is turned."""
    return item.size == header.stored and header.size != header.stored


def _is_cut_off(file: Path) -> bool:
    with file.open("rb") as stream:
        if stream.read(2) != JPEG:
            return False
        stream.seek(max(0, file.stat().st_size - TAIL))
        return END not in stream.read()


def _digest(file: Path) -> bytes:
    found = blake2b(digest_size=16)
    with file.open("rb") as stream:
        while part := stream.read(BLOCK):
            found.update(part)
    return found.digest()


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"
