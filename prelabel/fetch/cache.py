"""`FolderCache`: fetched pictures in a folder, at most so many bytes; it may be killed at any time.

A picture is written under a name of its own and then renamed, so that a file in the folder is
always whole. The file holds the bytes and nothing else; its name is the sha256 of the key. Its
times of change and of last use are when it was fetched and when it was used last.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path

__all__ = ["AGE", "FolderCache"]

AGE = 24 * 3600.0
"""Seconds after which a picture is fetched again: what an address stands for may change."""
PARTIAL = ".partial"


class FolderCache:
    """Pictures by key for any number of threads.

    A disk that is full or may not be written to is no error: then nothing is kept.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        """The folder is read when it is first needed, and made when something is kept."""
        self._folder = folder
        self._limit = limit
        self._lock = threading.Lock()
        self._sizes: OrderedDict[str, int] | None = None
        self._bytes = 0
        self._number = 0

    @property
    def held(self) -> int:
        """Bytes that are kept now, as far as is known."""
        return self._bytes

    def get(self, *key: str) -> bytes | None:
        """The picture, which counts as used now; None where it is not kept, or is too old."""
        name = _name(key)
        if not self._known(name):
            return None
        path = self._folder / name
        try:
            data = path.read_bytes()
            fetched = path.stat().st_mtime
            if not data or time.time() - fetched > AGE:
                raise FileNotFoundError(name)
            os.utime(path, (time.time(), fetched))
        except OSError:
            self._forget(name)
            return None
        return data

    def put(self, data: bytes, *key: str) -> None:
        """Keep a picture; those that were not used for longest make room for it."""
        name, size = _name(key), len(data)
        if not size or size > self._limit:
            return
        for old in self._reserve(size):
            with suppress(OSError):
                (self._folder / old).unlink()
        try:
            self._write(name, data)
        except OSError:
            size = 0
        self._enter(name, size, len(data))

    def _write(self, name: str, data: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._lock:
            self._number += 1
            partial = self._folder / f"{name}.{os.getpid()}.{self._number}{PARTIAL}"
        try:
            partial.write_bytes(data)
            partial.replace(self._folder / name)
        except OSError:
            partial.unlink(missing_ok=True)
            raise

    def _known(self, name: str) -> bool:
        with self._lock:
            sizes = self._index()
            if name in sizes:
                sizes.move_to_end(name)
            return name in sizes

    def _reserve(self, size: int) -> list[str]:
        """Count so many bytes; the names of those that must go for them."""
        with self._lock:
            sizes, gone = self._index(), []
            self._bytes += size
            while self._bytes > self._limit and sizes:
                old, freed = sizes.popitem(last=False)
                self._bytes -= freed
                gone.append(old)
            return gone

    def _enter(self, name: str, size: int, reserved: int) -> None:
        """What was reserved for a picture is there now, with so many bytes; 0 where it is not."""
        with self._lock:
            sizes = self._index()
            self._bytes += size - reserved - sizes.pop(name, 0)
            if size:
                sizes[name] = size

    def _forget(self, name: str) -> None:
        with self._lock:
            self._bytes -= self._index().pop(name, 0)
        with suppress(OSError):
            (self._folder / name).unlink(missing_ok=True)

    def _index(self) -> OrderedDict[str, int]:
        """Names and sizes, that used last at the end; read from the folder once."""
        if self._sizes is None:
            self._sizes = OrderedDict((name, size) for _, name, size in sorted(self._listed()))
            self._bytes = sum(self._sizes.values())
        return self._sizes

    def _listed(self) -> list[tuple[float, str, int]]:
        """(last use, name, size) of every picture; what a killed process left is removed."""
        found = []
        with suppress(OSError), os.scandir(self._folder) as entries:
            for entry in entries:
                with suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    if entry.name.endswith(PARTIAL):
                        Path(entry.path).unlink()
                    elif len(entry.name) == 64 and entry.is_file(follow_symlinks=False):
                        found.append((status.st_atime, entry.name, status.st_size))
        return found


def _name(key: tuple[str, ...]) -> str:
    return hashlib.sha256("\0".join(key).encode("utf-8", "surrogatepass")).hexdigest()
