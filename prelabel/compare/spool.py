"""Chunks of a large dataset on disk, for reading them again costs less than decoding them anew."""

from __future__ import annotations

import copyreg
import pickle
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from formats.columns import nothing
from formats.dataset import Chunk

__all__ = ["Spool"]


class Spool:
    """Chunks in a temporary file that has no name; it goes with this object.

    Nobody else can write to the file, so its pickles are what was put there.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this object
        self._starts: list[int] = []
        weakref.finalize(self, self._file.close)

    def add(self, chunk: Chunk) -> None:
        """Append a chunk; OSError where the disk is full."""
        self._starts.append(self._file.tell())
        pickler = pickle.Pickler(self._file, protocol=pickle.HIGHEST_PROTOCOL)
        pickler.dispatch_table = copyreg.dispatch_table.copy()
        pickler.dispatch_table[MappingProxyType] = _reduced
        pickler.dump(chunk)

    def chunks(self) -> Iterator[Chunk]:
        """The chunks in their order, as often as they are asked for."""
        self._file.flush()
        for start in self._starts:
            self._file.seek(start)
            yield pickle.load(self._file)


def _reduced(mapping: Mapping[str, Any]) -> tuple[Any, tuple[Any, ...]]:
    """Read-only mappings, which pickle does not know."""
    return (_read_only, (dict(mapping),)) if mapping else (nothing, ())


def _read_only(values: dict[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(values)
