"""Where the members of long lists stand in a JSON file, found piece by piece.

What this does not understand at once (no JSON, NaN, no object) is left to `json_file`, which holds
the whole file and tells what is wrong with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import numpy as np
from msgspec import Raw
from numpy.typing import NDArray

from formats import files
from formats.json_places import Placed, Text

__all__ = ["MEMBERS", "Decoder", "Scanned", "Seen", "Unclear", "scan"]

WINDOW = 1 << 22
HEAD = 1 << 16
TRIES = 20
BLANKS = re.compile(rb"[ \t\r\n]*")
BETWEEN = re.compile(rb"[ \t\r\n,]*")
KEY = re.compile(rb'[ \t\r\n]*("(?:[^"\\]|\\.)*")[ \t\r\n]*:[ \t\r\n]*')
NEXT = re.compile(rb"\}[ \t\r\n]*,[ \t\r\n]*\{")
OPEN, CLOSE, COMMA, BLANK = b"{}, "
TRAILING = re.compile(r"trailing characters \(byte (\d+)\)")
MEMBERS = msgspec.json.Decoder(list[Raw])
Scanned = dict[str, bytes | Placed]
Decoder = msgspec.json.Decoder[Any]
Seen = Callable[[list[Any]], None]
Ints = NDArray[np.int64]


class Unclear(Exception):  # noqa: N818 - a signal to read the file in another way
    """The text is not a plain JSON object."""


def scan(text: Text, lists: Mapping[str, tuple[Decoder, Seen]]) -> Scanned:
    """The values of an object by key: those named in `lists` by places, the others as they stand.

    Every list has a decoder of lists of its members, and a function that gets them some at a time;
    it gets None for each of some where one is not of the decoder's type. Unclear for anything
    else than one object.
    """
    start = len(files.BOM) if text.piece(0, 3) == files.BOM else 0
    at = _blank(text, _expected(text, start, b"{"))
    found: Scanned = {}
    sign = text.piece(at, at + 1)
    while sign != b"}":
        key, at = _key(text, at)
        if key in found:
            raise Unclear
        if key in lists and text.piece(at, at + 1) == b"[":
            found[key], at = _list(text, at, *lists[key])
        else:
            stop = _end(text, at)
            found[key], at = text.piece(at, stop), stop
        at = _blank(text, at)
        sign, at = text.piece(at, at + 1), at + 1
        if sign not in (b",", b"}"):
            raise Unclear
    if _blank(text, at if found else at + 1) != len(text):
        raise Unclear
    return found


def _blank(text: Text, at: int) -> int:
    """The next place that is not blank."""
    while True:
        window = text.piece(at, at + HEAD)
        match = BLANKS.match(window)
        passed = match.end() if match else 0
        at += passed
        if passed < HEAD:
            return at


def _expected(text: Text, at: int, sign: bytes) -> int:
    at = _blank(text, at)
    if text.piece(at, at + 1) != sign:
        raise Unclear
    return at + 1


def _key(text: Text, at: int) -> tuple[str, int]:
    match = KEY.match(text.piece(at, at + HEAD))
    if match is None:
        raise Unclear
    try:
        return msgspec.json.decode(match[1], type=str), at + match.end()
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unclear from error


def _end(text: Text, at: int) -> int:
    """Where a value ends; each byte is one character for Python's own scanner."""
    size = HEAD
    while True:
        window = text.piece(at, at + size)
        whole = at + len(window) >= len(text)
        try:
            stop = at + json.JSONDecoder().raw_decode(window.decode("latin-1"))[1]
        except (ValueError, RecursionError) as error:
            if whole:
                raise Unclear from error
            size *= 8
            continue
        if stop < at + len(window) or whole:  # a number may go on behind the window
            return stop
        size *= 8


def _list(text: Text, at: int, decoder: Decoder, seen: Seen) -> tuple[Placed, int]:
    """The places of the members of a list, and where it ends."""
    starts, lengths = [np.empty(0, np.int64)], [np.empty(0, np.int32)]
    at, size, ended = at + 1, WINDOW, False
    while not ended:
        window = text.piece(at, at + size)
        found = _members(window, decoder)
        if found is None:
            if at + len(window) >= len(text):
                raise Unclear
            size *= 4
            continue
        members, solid, passed, ended = found
        begin, end = _places(window[:solid], len(members))
        starts.append(begin + at)
        lengths.append((end - begin).astype(np.int32))
        seen(members)
        at, size = at + passed, WINDOW
    return Placed(text, np.concatenate(starts), np.concatenate(lengths)), at


def _members(window: bytes, decoder: Decoder) -> tuple[list[Any], int, int, bool] | None:
    """The whole members at the beginning of a window; where the last of them ends, where the next
    one begins, whether the list ends there.

    None where the window is too short to tell.
    """
    cut, tries = len(window), 0
    while tries < TRIES and (cut := window.rfind(b"}", 0, cut)) >= 0:
        if match := NEXT.match(window, cut):
            tries += 1
            text = b"".join((b"[", memoryview(window)[: cut + 1], b"]"))
            members, stop = _decoded(text, decoder)
            if members is not None:
                return members, cut + 1, match.end() - 1, False
            if stop:
                break
    members, stop = _decoded(b"[%b" % window, decoder)
    if members is None and stop:
        members, _ = _decoded(b"[%b" % window[: stop - 1], decoder)
    passed = stop - 1 if stop else len(window)
    solid = window.rfind(b"]", 0, passed)
    return None if members is None else (members, solid, passed, True)


def _decoded(data: bytes, decoder: Decoder) -> tuple[list[Any] | None, int]:
    """The members of a list, None for each where one is not of its type.

    None and where the list ended if something follows it.
    """
    try:
        members = _of_type(data, decoder)
        if not data.isascii():
            str(data, "utf-8")
    except msgspec.DecodeError as error:
        match = TRAILING.search(str(error))
        return None, int(match[1]) - 1 if match else 0
    except (UnicodeDecodeError, RecursionError) as error:
        raise Unclear from error
    return members, 0


def _of_type(data: bytes, decoder: Decoder) -> list[Any]:
    try:
        return decoder.decode(data)
    except msgspec.ValidationError:
        return [None] * len(MEMBERS.decode(data))


def _places(window: bytes, count: int) -> tuple[Ints, Ints]:
    """Where each of some members begins and ends; what looks like a border may be inside one."""
    ends, starts = _borders(window)
    if len(ends) != count - 1:
        return _searched(window)
    first = BLANKS.match(window)
    return np.append(first.end() if first else 0, starts), np.append(ends, len(window.rstrip()))


def _borders(window: bytes) -> tuple[Ints, Ints]:
    """Where members may end and the next ones begin: ``},{`` or ``}, {``, else with any blanks."""
    letters = np.frombuffer(window + b"   ", np.uint8)
    ends = np.flatnonzero(letters[:-3] == CLOSE) + 1
    ends = ends[letters[ends] == COMMA]
    blank = letters[ends + 1] == BLANK
    starts = ends + 1 + blank
    opens = letters[starts] == OPEN
    if opens.any():
        return ends[opens], starts[opens]
    borders = [match.span() for match in NEXT.finditer(window)]
    spans = np.array(borders, np.int64).reshape(-1, 2)
    return spans[:, 0] + 1, spans[:, 1] - 1


def _searched(window: bytes) -> tuple[Ints, Ints]:
    """The same by what each member is."""
    raws = MEMBERS.decode(b"[%b]" % window)
    lengths = np.fromiter(map(len, raws), np.int64, len(raws))
    starts, at = np.empty(len(raws), np.int64), 0
    for k, length in enumerate(lengths.tolist()):
        between = BETWEEN.match(window, at)
        at = between.end() if between else at
        starts[k] = at
        at += length
    return starts, starts + lengths
