"""`Wanted`: a picture or clip that a model is asked about; `Answer`: what the model saw in it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import orjson

from formats.annotations import Annotations
from formats.dataset import Label, Media
from prelabel.asking import Address
from prelabel.models.query import Query

__all__ = ["Answer", "Wanted"]

TRACKS = "tracks 2"
"""Of `prelabel.video` and the tracker: raised whenever the same clip would get other tracks."""
ABSOLUTE = re.compile("[a-z][a-z0-9+.-]*:", re.IGNORECASE)
"""How an address begins that says all by itself (RFC 3986: a scheme)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture by its address, the model's name, and what is asked of it.

    `task`: number of the task that names the picture, which only fetching needs; `site`: where an
    address like ``/data/upload/...`` is relative to. `clip`: it is a clip, and its tracks are
    wanted, which are written by numbers of `rate` frames a second.
    """

    address: str
    model: str
    query: Query
    task: str = ""
    site: str = ""
    clip: bool = False
    rate: float = 0.0

    def key(self, fingerprint: str) -> str:
        """What the answer goes by: address, model file and query; 32 hexadecimal digits."""
        query = {f.name: getattr(self.query, f.name) for f in fields(self.query)}
        site = "" if ABSOLUTE.match(self.address) else self.site
        facts = [self.address, fingerprint, query, site, *([TRACKS] if self.clip else [])]
        text = orjson.dumps(facts, default=_plain, option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(text).hexdigest()[:32]

    @property
    def shown(self) -> str:
        """The address as it may be written down: without password, query, fragment and data."""
        return Address(self.address).shown


def _plain(value: Any) -> Any:
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


@dataclass(frozen=True, slots=True)
class Answer:
    """All that one model saw in one picture or clip, before any control has had its say.

    `annotations` in pixels of the displayed picture of `size` (width, height); their labels index
    `labels`. `task` of the model: detect, segment, pose, obb or classify; `fingerprint`: sha256
    of its file. Of a clip, `media` describes it and `annotations.images` is the frame.
    """

    annotations: Annotations
    size: tuple[int, int]
    labels: tuple[Label, ...]
    task: str
    fingerprint: str
    media: Media | None = None
