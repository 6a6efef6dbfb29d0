"""What lies at a path that no format claims, in words that help to see why."""

from __future__ import annotations

import itertools
import json
import os
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from formats import pictures
from formats.counting import counted
from formats.files import encoding

__all__ = ["described", "hint"]

MANY = 10_000
"""Files of a folder that are looked at."""
HEAD = 1 << 16
SHOWN = 4
WIDE = 60
_KEY = re.compile(r'"((?:[^"\\]|\\.)*)"\s*:')
_LABELS = re.compile(r"\d+(\s+-?\d*\.?\d+(e-?\d+)?){4,}\s*")


def described(path: Path) -> str:
    """What is there: ``a folder of 12 .jpg and 3 .json; a.json has the keys x, y``."""
    if path.is_file():
        return f"it is {_file(path)}"
    found = _files(path)
    if not found:
        return "it is an empty folder"
    endings = Counter(file.suffix.lower() or "other" for file in found)
    told = ", ".join(f"{count:,} {ending}" for ending, count in endings.most_common(SHOWN))
    more = "more than " * (len(found) == MANY)
    first = _telling(found)
    example = f"; {first.relative_to(path)} is {_file(first)}" if first else ""
    return f"it is a folder of {more}{len(found):,} files ({told}){example}"


def hint(path: Path) -> str:
    """What to do about it."""
    names = "`prelabel formats` lists the formats, --from names one"
    files = [path] if path.is_file() else _files(path)
    if files and all(map(pictures.is_picture, files)):
        return "pictures alone: `prelabel label` labels them"
    if files and (first := _telling(files)) and _encoding(first):
        return f"save it as UTF-8: iconv -f {_encoding(first)} -t UTF-8"
    texts = [file for file in files if file.suffix.lower() == ".txt"]
    told = any(file.suffix.lower() in (".yaml", ".yml") for file in files)
    if not told and any(_LABELS.fullmatch(_line(file)) for file in texts[:SHOWN]):
        return f"label lines of YOLO want a list of classes: --from yolo -o names=FILE; {names}"
    if path.is_dir() and any(file.suffix.lower() == ".zip" for file in files):
        return f"a .zip is read where it is named itself; {names}"
    if any(file.suffix.lower() in (".tar", ".gz", ".7z") for file in files):
        return f"unpack it first; {names}"
    return names


def _files(folder: Path) -> list[Path]:
    """The first files of a folder and its folders, by name."""
    return list(itertools.islice(_walked(folder), MANY))


def _walked(folder: Path) -> Iterator[Path]:
    for base, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(base, name) for name in sorted(names))


def _telling(files: list[Path]) -> Path | None:
    """The file that says most about the folder: one that may hold labels."""
    for ending in (".json", ".jsonl", ".ndjson", ".xml", ".csv", ".yaml", ".yml", ".txt"):
        found = next((file for file in files if file.suffix.lower() == ending), None)
        if found:
            return found
    return None


def _file(path: Path) -> str:
    """A file in a few words, by its ending and its first bytes."""
    ending = path.suffix.lower()
    if pictures.is_picture(path):
        return "a picture"
    if other := _encoding(path):
        return f"{other} text, where UTF-8 is expected"
    if zipfile.is_zipfile(path):
        return f"a .zip of {_members(path)}"
    text = _text(path)
    if not text.strip():
        return "an empty file" if not text else "a file of blanks"
    if text.lstrip()[0] in "[{" and ending not in (".ini", ".cfg", ".toml"):
        return _json(text.lstrip())
    if "\0" in text:
        return f"a {ending or 'binary'} file"
    return f"a {ending or 'text'} file that begins with {_short(text.lstrip())!r}"


def _members(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if not name.endswith("/")]
    except (OSError, zipfile.BadZipFile):
        return "unknown contents"
    return counted(len(names), "file") + (f", such as {names[0]}" if names else "")


def _json(text: str) -> str:
    kind = "a JSON list" if text[0] == "[" else "a JSON object"
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        keys = list(dict.fromkeys(_KEY.findall(text)))
        return f"{kind} that speaks of {_listed(keys)}" if keys else kind
    first = value[0] if isinstance(value, list) and value else value
    if isinstance(first, dict):
        return f"{kind} with the keys {_listed([str(key) for key in first])}"
    return kind


def _listed(names: list[str]) -> str:
    told = ", ".join(_short(name) for name in names[: 2 * SHOWN])
    return (told + ", ..." * (len(names) > 2 * SHOWN)) or "(none)"


def _short(text: str) -> str:
    line = text.splitlines()[0] if text else ""
    return line[:WIDE] + "..." * (len(line) > WIDE)


def _line(path: Path) -> str:
    return next(iter(_text(path).splitlines()), "")


def _encoding(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return encoding(stream.read(4))
    except OSError:
        return ""


def _text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return stream.read(HEAD).removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    except OSError:
        return ""
