"""Faults of JSON: values, keys, nesting, numbers that no reader expects."""

from __future__ import annotations

import json
from typing import Any

from numpy.random import Generator

from mutants import junk

DEEP = "a deep nest"
"""Stands in a value for a nest that Python's own writer would not write."""


def mutate(data: bytes, rng: Generator) -> bytes | None:
    """One to three faults in a document of JSON or in one line of many; None for other text."""
    try:
        return _document(json.loads(data), rng)
    except (ValueError, RecursionError):
        return _line(data, rng)


def _line(data: bytes, rng: Generator) -> bytes | None:
    lines = data.split(b"\n")
    k = int(rng.integers(len(lines)))
    try:
        lines[k] = _document(json.loads(lines[k]), rng)
    except (ValueError, RecursionError):
        return None
    return b"\n".join(lines)


def _document(value: Any, rng: Generator) -> bytes:
    whole = [value]
    for _ in range(int(rng.integers(1, 4))):
        spots = _spots(whole)
        container, key = spots[int(rng.integers(len(spots)))]
        FAULTS[rng.integers(len(FAULTS))](container, key, rng)
        if not whole:
            whole.append(None)
    text = json.dumps(whole[0], ensure_ascii=bool(rng.integers(2)))
    depth = int(rng.choice([50, 500, 5000, 100_000]))
    text = text.replace(json.dumps(DEEP), "[" * depth + "]" * depth)
    return text.encode("utf-8", "surrogatepass")


def _spots(whole: list[Any]) -> list[tuple[Any, Any]]:
    """Every (container, key) inside a value of JSON."""
    found: list[tuple[Any, Any]] = []
    left: list[Any] = [whole]
    while left:
        container = left.pop()
        pairs = container.items() if isinstance(container, dict) else enumerate(container)
        for key, child in pairs:
            found.append((container, key))
            if isinstance(child, dict | list):
                left.append(child)
    return found or [(whole, 0)]


def replace(container: Any, key: Any, rng: Generator) -> None:
    container[key] = junk.value(rng)


def remove(container: Any, key: Any, rng: Generator) -> None:
    del container[key]


def nudge(container: Any, key: Any, rng: Generator) -> None:
    """Another value of the same type."""
    value = container[key]
    if isinstance(value, bool) or value is None:
        container[key] = not value
    elif isinstance(value, int | float):
        container[key] = [-value, value + 1, value * 1000, value // 3, str(value)][rng.integers(5)]
    elif isinstance(value, str):
        container[key] = [value + "x", value[1:], value * 50, "../" + value][rng.integers(4)]
    elif isinstance(value, list):
        container[key] = [value * 2, value[:-1], value[::-1], [value], [*value, 7]][rng.integers(5)]
    else:
        container[key] = [list(pair) for pair in value.items()] if rng.integers(2) else {"x": value}


def rename(container: Any, key: Any, rng: Generator) -> None:
    if isinstance(container, dict):
        container[junk.TEXTS[rng.integers(len(junk.TEXTS))]] = container.pop(key)
    else:
        container.append(container[key])


def swap(container: Any, key: Any, rng: Generator) -> None:
    keys = list(container) if isinstance(container, dict) else range(len(container))
    other = keys[int(rng.integers(len(keys)))]
    container[key], container[other] = container[other], container[key]


def deepen(container: Any, key: Any, rng: Generator) -> None:
    container[key] = DEEP


FAULTS = (replace, replace, replace, remove, nudge, nudge, nudge, rename, swap, deepen)
