"""The annotations of a COCO file: which image and category each has, the rest when it is wanted.

A file's annotations are decoded a chunk at a time. Keys that COCO does not know become fields of
the decoded type as they are met, so that a file full of them is as fast as one without.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import repeat
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import Raw, Struct
from numpy.typing import NDArray

from formats import files
from formats.coco import parsing
from formats.coco.schema import ABSENT, Object
from formats.errors import FormatError
from formats.json_file import anything
from formats.json_places import Entries
from formats.losses import Losses

__all__ = ["Annotated", "Further", "Head"]

Ints = NDArray[np.int64]
Further = list[dict[str, Any]]
BATCH = 20_000
MOST = 40
"""Unknown keys that become fields; a file with more of them is read object by object."""
UNKNOWN = re.compile(r"unknown field `(.+)`", re.DOTALL)
NOTHING, LOST = -1, -2
"""An image that is not in the file; an annotation that cannot be read at all."""


class Head(Struct, gc=False):
    """What an annotation belongs to."""

    image_id: int
    category_id: int


HEADS = msgspec.json.Decoder(list[Head])


class Annotated:
    """N annotations in the order of their file, which `key` leads to."""

    def __init__(self, path: Path, losses: Losses, key: str = "annotations") -> None:
        self.decoder, self.losses = HEADS, losses
        self._where = files.pointer(path, *key.split())
        self._parts: list[tuple[NDArray[np.signedinteger], NDArray[np.signedinteger]]] = []
        self._odd: dict[int, tuple[int, int] | None] = {}
        self._rows, self._entries = 0, _NONE
        self._known: dict[str, str] = {}
        self._objects: msgspec.json.Decoder[Any] = msgspec.json.Decoder(list[Object])

    def __len__(self) -> int:
        return self._rows

    def seen(self, heads: Sequence[Head | None]) -> None:
        """Take the next heads; those that did not fit are None, and are looked at in `of`."""
        first, self._rows = self._rows, self._rows + len(heads)
        fit = [head for head in heads if head is not None]
        try:
            images = np.array([head.image_id for head in fit], np.int64)
            classes = np.array([head.category_id for head in fit], np.int64)
        except OverflowError:
            fit = []
        if len(fit) < len(heads):
            self._odd |= dict.fromkeys(range(first, self._rows))
            images = classes = np.zeros(len(heads), np.int64)
        self._parts.append((_narrow(images), _narrow(classes)))

    def of(self, entries: Entries) -> Annotated:
        """These annotations, of which `entries` are the texts; heads that are missing are read."""
        self._entries = entries
        for start in range(self._rows, len(entries), BATCH):
            text = entries.listed(slice(start, start + BATCH))
            try:
                self.seen(HEADS.decode(text))
            except msgspec.ValidationError:
                self.seen([None] * min(BATCH, len(entries) - start))
        for k in self._odd:
            self._odd[k] = parsing.head(Raw(entries.one(k)), f"{self._where}/{k}", self.losses)
        return self

    def where(self, row: int) -> str:
        """The place of a row."""
        return f"{self._where}/{row}"

    def belonging(
        self, images: Mapping[int, int], classes: Mapping[int, int]
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """The position of each one's image and the index of its category, (N,) each.

        -1 for what is not there, -2 twice for an annotation that tells neither.
        """
        none = np.empty(0, np.int32)
        place = _looked_up(np.concatenate([none, *(ids for ids, _ in self._parts)]), images)
        label = _looked_up(np.concatenate([none, *(ids for _, ids in self._parts)]), classes)
        self._parts.clear()  # asked for once; where many annotations are, this is much
        for k, told in self._odd.items():
            image, category = told or (None, None)
            place[k] = LOST if image is None else images.get(image, NOTHING)
            label[k] = LOST if category is None else classes.get(category, NOTHING)
        return place, label

    def some(self, order: Ints, losses: Losses) -> tuple[list[Object], Further]:
        """The objects at some positions, and the unknown or unusable keys of each."""
        text = self._entries.listed(order)
        while True:
            try:
                rows = self._objects.decode(text)
            except msgspec.ValidationError as error:
                if self._learned(str(error)):
                    continue
                return self._one_by_one(order, losses)
            except msgspec.DecodeError as error:
                raise FormatError(str(error), where=self._where) from error
            return rows, self._further(rows)

    def _learned(self, error: str) -> bool:
        """Whether an error was about an unknown key, which is known from now on."""
        match = UNKNOWN.search(error)
        if match is None or match[1] in self._known or len(self._known) == MOST:
            return False
        if not match[1].isprintable() or set(match[1]) & set('\\"'):  # no name of a field
            return False
        self._known[match[1]] = f"unknown_{len(self._known)}"
        wider = msgspec.defstruct(
            "Wider",
            [(name, Raw, ABSENT) for name in self._known.values()],
            bases=(Object,),
            rename={name: key for key, name in self._known.items()},
            forbid_unknown_fields=True,
            gc=False,
        )
        self._objects = msgspec.json.Decoder(list[wider])  # type: ignore[valid-type]
        return True

    def _further(self, rows: list[Object]) -> Further:
        further: Further = [{} for _ in rows]
        for key, name in self._known.items():
            raws = [getattr(row, name) for row in rows]
            given = [k for k, raw in enumerate(raws) if raw is not ABSENT]
            values = anything(Raw(b"[%b]" % b",".join(bytes(raws[k]) for k in given)))
            for k, value in zip(given, values, strict=True):
                further[k][key] = value
        return further

    def _one_by_one(self, order: Ints, losses: Losses) -> tuple[list[Object], Further]:
        rows, further = [], []
        for k in order.tolist():
            row, extra = parsing.one(Raw(self._entries.one(k)), f"{self._where}/{k}", losses)
            rows.append(row or Object(NOTHING, NOTHING))
            further.append(extra)
        return rows, further


def _narrow(ids: Ints) -> NDArray[np.signedinteger]:
    """The same numbers in half the memory, where that holds them."""
    halved = ids.astype(np.int32)
    return halved if (halved == ids).all() else ids


def _looked_up(ids: NDArray[np.signedinteger], index: Mapping[int, int]) -> NDArray[np.int32]:
    try:
        keys = np.fromiter(index.keys(), np.int64, len(index))
    except OverflowError:  # such an id is none of `ids`, but stands among the others
        return np.fromiter(map(index.get, ids.tolist(), repeat(NOTHING)), np.int32, len(ids))
    if not len(keys):
        return np.full(len(ids), NOTHING, np.int32)
    order = np.argsort(keys)
    keys, values = keys[order], np.fromiter(index.values(), np.int32, len(index))[order]
    found = np.minimum(np.searchsorted(keys, ids), len(keys) - 1)
    return np.where(keys[found] == ids, values[found], np.int32(NOTHING))


class _None:
    """No entries yet."""

    def __len__(self) -> int:
        return 0

    def one(self, k: int) -> bytes:
        raise IndexError(k)

    def listed(self, rows: Ints | slice) -> bytes:
        return b"[]"


_NONE: Entries = _None()
