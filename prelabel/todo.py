"""What a job has still to do: pictures that the journal lacks, that failed, or that changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from prelabel import lookahead
from prelabel.errors import FetchError
from prelabel.fetch import Fetcher
from prelabel.journal import Journal
from prelabel.sources import Unit
from prelabel.sources.pictures import is_address

__all__ = ["done", "unfinished"]


def done(units: Sequence[Unit], journal: Journal, fetcher: Fetcher, workers: int) -> set[str]:
    """Names of pictures whose result is in the journal, and whose bytes have not changed since.

    Addresses are not fetched again to find out.
    """
    entries = journal.entries
    known = [u for u in units if u.path in entries and not entries[u.path].failed]

    def unchanged(unit: Unit) -> bool:
        if is_address(unit.address):
            return True
        try:
            data = fetcher.read(unit.address)
        except FetchError:
            return False
        return hashlib.sha256(data).hexdigest() == entries[unit.path].sha256

    checked = lookahead.ordered(unchanged, known, workers)
    return {unit.path for unit, same in checked if same is True}


def unfinished(units: Sequence[Unit], done: set[str], size: int) -> Iterator[tuple[Unit, ...]]:
    """The batches of `size` that are not done; picture i is in batch i // size, always.

    A batch that lacks one picture is done again as a whole, so that what a model sees at once does
    not depend on when a job was stopped.
    """
    for start in range(0, len(units), size):
        batch = tuple(units[start : start + size])
        if any(unit.path not in done for unit in batch):
            yield batch
