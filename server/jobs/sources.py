"""What a job may be asked to label: addresses, and what lies in the folders of the settings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from prelabel.errors import FetchRefused
from prelabel.settings import Settings
from prelabel.sources.pictures import is_address

__all__ = ["check"]


def check(sources: Sequence[str], settings: Settings) -> None:
    """FetchRefused for the first source that is no http(s) address and in none of `folders`.

    Where an address leads is the fetcher's to judge, picture by picture.
    """
    folders = [Path(folder).resolve() for folder in settings.folders]
    for source in sources:
        if not is_address(source) and not _inside(source, folders):
            raise FetchRefused(
                "is no http(s) address, and lies in no folder that may be read",
                where=source[:200],
                hint="setting folders",
            )


def _inside(source: str, folders: Sequence[Path]) -> bool:
    """Whether a path or pattern lies in one of `folders`, links followed."""
    path = Path(source)
    if ".." in path.parts or not path.is_absolute():
        return False
    try:
        real = path.resolve()
    except (OSError, ValueError, RuntimeError):
        return False
    return any(real.is_relative_to(folder) for folder in folders)
