"""Lines of a journal: the header and the items of a native dataset, each with its line end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from formats import native
from formats.dataset import Dataset, Item, Label, Source

__all__ = ["FAILED", "decode", "encode", "failure_of", "fingerprint_of", "header"]

FAILED = "failed"
"""`Item.status` of a picture that could not be labelled."""

JOB = "job"
"""Where the header keeps the fingerprint."""


def header(
    labels: Sequence[Label], source: Source, extra: Mapping[str, Any], job: Mapping[str, Any]
) -> bytes:
    """The first line: classes, model, what belongs to the whole dataset, fingerprint of the job."""
    return (
        native.encode_header(Dataset.of(labels, (), sources=(source,), extra={**extra, JOB: job}))
        + b"\n"
    )


def fingerprint_of(line: bytes, where: object) -> Mapping[str, Any]:
    """The fingerprint in a first line, empty where there is none."""
    found = native.decode_header(line, f"{where}:1").extra.get(JOB, {})
    return found if isinstance(found, Mapping) else {}


def encode(item: Item) -> bytes:
    """The line of an item."""
    return native.encode_item(item) + b"\n"


def decode(line: bytes, where: object) -> Item:
    """The item of a line."""
    return native.decode_item(line, str(where))


def failure_of(line: bytes, where: object) -> str:
    """Why the picture of a line could not be labelled."""
    return str(decode(line, where).extra["failure"])
