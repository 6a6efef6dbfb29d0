"""Measured times of pictures, from a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

from formats import files
from prelabel.errors import SettingsError
from prelabel.evaluate.pairing import paired

__all__ = ["read", "times"]

Floats = NDArray[np.float64]


def times(path: Path, pictures: Sequence[str]) -> Floats:
    """(P,) measured seconds of each picture, NaN for one that the file does not have.

    Pictures are matched as everywhere: by path, then by ends of paths. SettingsError where the file
    has none of them.
    """
    told = read(path)
    found = {tuple(name.split("/")): seconds for name, seconds in told.items()}
    wanted = {tuple(name.split("/")): name for name in pictures}
    same = paired(found, wanted)
    by_name = {wanted[key]: found[other] for key, other in same.items()}
    if not by_name:
        first = next(iter(told), "")
        raise SettingsError(f"has no time of any corrected picture (first: {first!r})", where=path)
    return np.array([by_name.get(name, np.nan) for name in pictures])


def read(path: Path) -> dict[str, float]:
    """Seconds by picture: a JSON object, or lines ``picture,seconds`` (CSV, a heading may stand).

    Several times of one picture add up. SettingsError names the line that is wrong.
    """
    data = files.read(path)
    rows = _of_json(data, path) if data.lstrip()[:1] == b"{" else _of_csv(data, path)
    found: dict[str, float] = {}
    for name, seconds in rows:
        found[name] = found.get(name, 0.0) + seconds
    return found


def _of_json(data: bytes, path: Path) -> Iterator[tuple[str, float]]:
    try:
        told = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise SettingsError(f"is not JSON: {error}", where=path) from error
    return _numbers(told, path)


def _numbers(told: Mapping[str, object], path: Path) -> Iterator[tuple[str, float]]:
    for name, value in told.items():
        yield name, _seconds(value, f"{path}: {name}")


def _of_csv(data: bytes, path: Path) -> Iterator[tuple[str, float]]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SettingsError("is not UTF-8 text", where=path) from error
    for number, row in enumerate(csv.reader(io.StringIO(text)), 1):
        heading = number == 1 and len(row) > 1 and not _is_number(row[1])
        if not row or heading:
            continue
        if len(row) < 2:
            raise SettingsError("expected picture,seconds", where=f"{path}:{number}")
        yield row[0].strip(), _seconds(row[1], f"{path}:{number}")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _seconds(value: object, where: str) -> float:
    text = str(value).strip()
    number = float(text) if _is_number(text) and not isinstance(value, bool) else -1.0
    if not 0 <= number < float("inf"):
        raise SettingsError(f"is {value!r}, expected seconds of 0 or more", where=where)
    return number
