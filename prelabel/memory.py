"""Main memory: what this process has, what it may have, and giving back what is free."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from pathlib import Path

__all__ = ["few_heaps", "give_back", "limit", "used"]

STATM = Path("/proc/self/statm")
CGROUP = Path("/sys/fs/cgroup/memory.max")
M_ARENA_MAX = -8
"""The number of this option in glibc's malloc.h."""
HEAPS = 2


def used() -> int:
    """Resident bytes of this process; 0 where the system does not tell."""
    try:
        return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def limit(group: Path = CGROUP) -> int:
    """Bytes that this process may have: the machine's memory, or its control group's share."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        return min(machine, int(group.read_text()))
    except (OSError, ValueError):
        return machine


def give_back() -> None:
    """Return to the system what is free.

    glibc keeps freed memory for itself: half of what a closed model had stays with the process
    (measured: yolov8n 54 of 114 MiB; after this call nothing).
    """
    with suppress(AttributeError, OSError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)


def few_heaps() -> None:
    """Have all threads share two heaps; to be called before the first of them starts.

    glibc gives up to eight heaps a core to threads, and what one thread has freed is of no use to
    another: memory of a server with many threads grows for hours (measured: 18 MiB in 4,000
    requests, with two heaps 2 MiB; requests take as long).
    """
    with suppress(AttributeError, OSError):  # another C library
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, HEAPS)
