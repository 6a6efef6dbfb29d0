"""Lines of a journal: a header and items, as the native format writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from formats.annotations import Annotations
from formats.dataset import Item, Label

__all__ = ["encode_header", "encode_item", "decode_item", "fingerprint_of"]


def encode_header(labels: tuple[Label, ...], job: Mapping[str, Any]) -> bytes:
    """The first line: labels, and the fingerprint of the job."""
    return json.dumps({"labels": [label.name for label in labels], "job": job}).encode() + b"\n"


def fingerprint_of(header: bytes) -> Mapping[str, Any]:
    """The fingerprint in a header, empty where there is none."""
    return json.loads(header).get("job", {})


def encode_item(item: Item) -> bytes:
    """One line."""
    d: dict[str, Any] = {"path": item.path, "size": item.size, "extra": dict(item.extra)}
    if item.annotations is not None:
        a = item.annotations
        d["a"] = {n: getattr(a, n).tolist() for n in ("kinds", "boxes", "labels", "scores")}
    return json.dumps(d).encode() + b"\n"


def decode_item(line: bytes) -> Item:
    """The item of a line."""
    d = json.loads(line)
    a = d.get("a")
    table = (
        Annotations.of(len(a["labels"]), **{n: np.array(v) for n, v in a.items()}) if a else None
    )
    return Item(d["path"], d["size"] and tuple(d["size"]), table, extra=d["extra"])
