"""Single files and addresses as sources."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from prelabel.sources.pictures import Group, Unit, is_address, name_of

__all__ = ["groups", "identity", "units_of"]


def groups(sources: Sequence[str]) -> dict[str, Group]:
    """The group of each file or address that was named on its own."""
    return {u.address: Group(_folder(u.address).name or "files", (u,)) for u in units_of(sources)}


def units_of(addresses: Sequence[str]) -> tuple[Unit, ...]:
    """Units of files and addresses: the file name, or more of the path where names collide."""
    distinct = list(dict.fromkeys(addresses))
    local = [a for a in distinct if not is_address(a)]
    remote = [a for a in distinct if is_address(a)]
    names = {**_names(local, [_absolute(a) for a in local])}
    names.update(_names(remote, [_path_of(a) for a in remote]))
    return tuple(Unit(names[a], a) for a in distinct)


def _names(addresses: Sequence[str], paths: Sequence[Path]) -> dict[str, str]:
    """Bare file names where they differ, else paths below the common folder."""
    parents = [path.parent for path in paths]
    if len({path.name for path in paths}) < len(set(paths)):
        common = Path(os.path.commonpath(parents))
        parents = [common] * len(paths)
    names = [name_of(path, parent) for path, parent in zip(paths, parents, strict=True)]
    return dict(zip(addresses, names, strict=True))


def identity(address: str) -> str:
    """What two mentions of one picture have in common; a link is a picture of its own."""
    return address if is_address(address) else str(_absolute(address))


def _absolute(address: str) -> Path:
    return Path(os.path.normpath(Path(address).absolute()))


def _path_of(address: str) -> Path:
    """An address as a path: host and folders; a query is told apart by a hash of the address."""
    parts = urlsplit(address)
    pure = PurePosixPath("/", unquote(parts.path).lstrip("/").replace("\\", "/"))
    safe = [part for part in pure.parts[1:] if part not in ("..", ".")] or ["picture"]
    path = PurePosixPath("/", parts.hostname or "host", *safe)
    if not parts.query:
        return Path(path)
    mark = hashlib.sha256(address.encode()).hexdigest()[:8]
    return Path(path.with_name(f"{path.stem}-{mark}{path.suffix}"))


def _folder(address: str) -> Path:
    return Path() if is_address(address) else _absolute(address).parent
