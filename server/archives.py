"""A folder as something to send: its one file, or a zip of all; the same folder, the same bytes."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path
from typing import IO

__all__ = ["JSON_TYPE", "LINES_TYPE", "TEXT_TYPE", "ZIP_TYPE", "packed", "ready", "zipped"]

JSON_TYPE, LINES_TYPE = "application/json", "application/jsonl"
ZIP_TYPE, TEXT_TYPE = "application/zip", "text/plain"
TYPES = {".json": JSON_TYPE, ".jsonl": LINES_TYPE, ".txt": TEXT_TYPE}
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first time that a zip can state; the true one would make each archive another."""


def packed(place: Path) -> tuple[bytes, str, str]:
    """(content, content type, ending of a file name) of what lies at `place`."""
    files = _files(place)
    if len(files) == 1 and files[0].suffix in TYPES:
        return files[0].read_bytes(), TYPES[files[0].suffix], files[0].suffix
    buffer = io.BytesIO()
    zipped(place, buffer)
    return buffer.getvalue(), ZIP_TYPE, ".zip"


def ready(place: Path) -> tuple[Path, str]:
    """(file, content type): the one file of `place`, or a zip that is made once, beside it."""
    files = _files(place)
    if len(files) == 1 and files[0].suffix in TYPES:
        return files[0], TYPES[files[0].suffix]
    target = place.parent.parent / f"{place.name}.zip"
    if not target.exists():
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as stream:
            zipped(place, stream)
        Path(stream.name).replace(target)
    return target, ZIP_TYPE


def zipped(folder: Path, target: IO[bytes]) -> None:
    """Write all files of a folder as a zip; links stay out, for they lead elsewhere."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in _files(folder):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.file_size = path.stat().st_size
            with path.open("rb") as source, archive.open(entry, "w") as sink:
                while piece := source.read(1 << 20):
                    sink.write(piece)


def _files(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    return sorted(p for p in place.rglob("*") if p.is_file() and not p.is_symlink())
