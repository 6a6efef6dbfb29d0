"""``?format=``: one picture's answer as a dataset of a format, instead of prelabel's JSON."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import formats
from formats.annotations import Annotations
from formats.dataset import Dataset, Item, Source
from formats.errors import FormatError, UnknownName
from formats.options import fields
from prelabel.export import FLAVOURS
from prelabel.service import Labelled
from server import archives
from server.errors import RequestError
from server.protocols.native.encoding import VERSION_DIGITS

__all__ = ["check", "written"]

File = tuple[bytes, str, str]
"""Content, content type, file name."""


def check(name: str) -> None:
    """RequestError for a format that there is not."""
    try:
        formats.get(name)
    except UnknownName as error:
        raise RequestError(error.what, where="format", hint=error.hint) from error


def written(answer: Labelled, found: Annotations, name: str, picture: str, task: str) -> File:
    """The dataset of one `picture`: its one file, or a zip where the format makes several.

    Plain ``yolo`` is the flavour of the model's `task`. RequestError where the format cannot hold
    the answer at all.
    """
    wanted = FLAVOURS.get(task, name) if name == "yolo" else name
    source = Source("model", answer.name, answer.fingerprint[:VERSION_DIGITS])
    dataset = Dataset.of(answer.labels, [Item(picture, answer.size, found)], sources=(source,))
    with tempfile.TemporaryDirectory(prefix="prelabel-") as folder:
        place = Path(folder) / wanted
        try:
            formats.write(dataset, place, wanted, _options(wanted))
        except FormatError as error:
            raise RequestError(f"cannot be written: {error.what}", where="format") from error
        content, kind, ending = archives.packed(place)
    return content, kind, f"{Path(picture).stem}-{wanted}{ending}"


def _options(name: str) -> dict[str, Any]:
    """No picture is put beside the labels: it is not here."""
    known = fields(formats.get(name).options)
    return {f.name: "none" for f in known if f.name == "images" and "none" in f.kind}
