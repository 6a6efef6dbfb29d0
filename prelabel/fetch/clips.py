"""Clips by their address: as files, because they are too large to be held in memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from prelabel.fetch.pictures import Pictures
from prelabel.tickets import Ticket

__all__ = ["on_disk"]


class Reads(Protocol):
    """What turns addresses into bytes; see `prelabel.service.Reader`."""

    def read(self, address: str, task: str = "", ticket: Ticket | None = None) -> bytes: ...


@contextmanager
def on_disk(reader: Reads, address: str, task: str, ticket: Ticket) -> Iterator[Path]:
    """The file of a clip: its own where it lies in an allowed folder, else a copy for the time.

    FetchRefused and FetchError as for pictures; what comes over the network has the same limits.
    """
    own = reader.file(address, task) if isinstance(reader, Pictures) else None
    if own is not None:
        yield own
        return
    data = reader.read(address, task, ticket)
    with tempfile.NamedTemporaryFile(prefix="prelabel-clip-") as copy:
        copy.write(data)
        copy.flush()
        del data
        yield Path(copy.name)
