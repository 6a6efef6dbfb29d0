"""List files as sources: one picture per line, a path or an address."""

from __future__ import annotations

from pathlib import Path

from prelabel.errors import JobError
from prelabel.sources.files import units_of
from prelabel.sources.pictures import Group, Unit, is_address, name_of

__all__ = ["group"]


def group(path: Path) -> Group:
    """The pictures of a list file, in its order; relative paths start at the list's folder."""
    lines = _lines(path)
    if not lines:
        raise JobError("the list is empty, expected one path or address per line", where=path)
    below = [line for line in lines if _below(line)]
    units = {line: Unit(name_of(Path(line), Path()), str(path.parent / line)) for line in below}
    rest = [line for line in lines if line not in units]
    places = [line if is_address(line) else str(path.parent / line) for line in rest]
    units.update(zip(rest, units_of(places), strict=True))
    return Group(path.stem, tuple(units[line] for line in lines))


def _lines(path: Path) -> list[str]:
    """The lines without blank ones and repetitions."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise JobError(f"cannot be read as a list of pictures: {reason}", where=path) from error
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def _below(line: str) -> bool:
    """Whether a line names a file below the list's own folder."""
    path = Path(line)
    return not is_address(line) and not path.is_absolute() and ".." not in path.parts
