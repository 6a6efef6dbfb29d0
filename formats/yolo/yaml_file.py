"""The text of a data.yaml.

It has no `path`, so the loader takes the lists from the folder of the file itself, wherever that
is moved to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from formats import splits
from formats.dataset import Label

__all__ = ["text"]

KEYS = ("train", "val", "test")


def text(
    task: str,
    labels: Sequence[Label],
    lists: Mapping[str, str],
    further: Mapping[str, Any],
) -> str:
    """A data.yaml for `lists` (split -> list file) with `further` keys (kpt_shape and so on)."""
    keys = _keys(lists)
    stated = {key: names[0] if len(names) == 1 else names for key, names in keys.items()}
    missing = [key for key in ("train", "val") if key not in stated]
    filled = {key: _substitute(stated, lists) for key in missing}
    document = {**{key: {**stated, **filled}[key] for key in KEYS if key in {**stated, **filled}}}
    if filled or not set(lists) <= set(KEYS):
        document["splits"] = dict(lists)
    classes = {k: label.name for k, label in enumerate(labels)}
    parts = [_dump(document), _dump({"nc": len(labels)}), _dump({"names": classes})]
    for key, value in further.items():
        parts.append(_dump({key: value}, flow=None if isinstance(value, list | dict) else False))
    return "".join([*parts, _dump({"task": task})])


def _keys(lists: Mapping[str, str]) -> dict[str, list[str]]:
    """The keys that the loader knows, and their lists."""
    keys: dict[str, list[str]] = {}
    for split, name in lists.items():
        if splits.canonical(split) in KEYS:
            keys.setdefault(splits.canonical(split), []).append(name)
    return keys


def _substitute(stated: Mapping[str, Any], lists: Mapping[str, str]) -> Any:
    """The loader wants train and val: a set that lacks one names what it has for both."""
    return next(iter(stated.values()), None) or [*lists.values()]


def _dump(part: Mapping[str, Any], flow: bool | None = False) -> str:
    return yaml.safe_dump(
        dict(part), default_flow_style=flow, allow_unicode=True, sort_keys=False, width=1 << 16
    )
