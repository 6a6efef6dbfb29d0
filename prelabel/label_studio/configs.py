"""`Configs`: labeling configs as Label Studio sends them, each parsed once."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace

import orjson

from formats.errors import FormatError
from formats.label_studio.config import Control, LabelConfig, parse

__all__ = ["Configs", "Parsed"]

LOG = logging.getLogger("prelabel.server")
MOST = 256
MOST_LETTERS = 16 << 20
"""Configs that are remembered, and their letters together."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A config; without controls where its text is none. `digest` of what its answers depend on."""

    config: LabelConfig
    digest: str
    letters: int


class Configs:
    """The newest configs by their text, for any number of threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, Parsed] = OrderedDict()
        self._letters = 0

    def parsed(self, text: str) -> Parsed:
        """The config of a text; one that is no XML has no controls, which is logged once."""
        key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
            found = _parsed(text)
            self._known[key] = found
            self._letters += found.letters
            self._forget()
            return found

    def all(self) -> list[Parsed]:
        """Those that are remembered, the one used last at the end."""
        with self._lock:
            return list(self._known.values())

    def _forget(self) -> None:
        while len(self._known) > MOST or (len(self._known) > 1 and self._letters > MOST_LETTERS):
            self._letters -= self._known.popitem(last=False)[1].letters


def _parsed(text: str) -> Parsed:
    try:
        config = parse(text)
    except FormatError as error:
        LOG.warning("a labeling config cannot be read, its tasks get no answer: %s", error)
        config = LabelConfig((), ())
        return Parsed(
            config, hashlib.sha256(text.encode("utf-8", "replace")).hexdigest(), len(text)
        )
    facts = [_facts(control) for control in config.controls]
    facts += [
        {"name": shown.name, "attributes": dict(shown.attributes)}
        for shown in config.objects
        if shown.kind == "video"  # the framerate numbers the answers
    ]
    digest = hashlib.sha256(orjson.dumps(facts, option=orjson.OPT_SORT_KEYS))
    return Parsed(config, digest.hexdigest(), len(text))


def _facts(control: Control) -> dict[str, object]:
    """What answers may depend on: not where in the text a control stands."""
    bare = replace(control, labels=(), line=0)
    facts: dict[str, object] = {n: getattr(bare, n) for n in Control.__dataclass_fields__}
    facts["attributes"] = dict(control.attributes)
    facts["labels"] = [[c.name, c.value, *c.predicted, dict(c.attributes)] for c in control.labels]
    return facts
