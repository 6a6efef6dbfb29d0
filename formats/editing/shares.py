"""How large the parts of a data set are to be: ``train=.8,val=.2`` or ``train=rest,val=500``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from formats.errors import FormatError

__all__ = ["Share", "counts", "parse"]

Share = float | int | Literal["rest"]
"""A share of all pictures (float), so many pictures (int), or what is left."""
SURE = 1e-6
HINT = "shares such as train=.8,val=.2, or numbers of pictures and one rest: train=rest,val=500"


def parse(text: str) -> dict[str, Share]:
    """The parts by name, in their order; FormatError for what is none."""
    found: dict[str, Share] = {}
    for part in text.split(","):
        name, equals, value = (word.strip() for word in part.partition("="))
        if not (name and equals and value) or name in found:
            raise FormatError(f"{part.strip()!r} in {text!r}, expected NAME=SHARE", hint=HINT)
        found[name] = _share(value)
    return found


def _share(text: str) -> Share:
    if text == "rest":
        return "rest"
    try:
        value = float(text.removesuffix("%")) / 100 if text.endswith("%") else float(text)
    except ValueError as error:
        raise FormatError(f"{text!r} is no share", hint=HINT) from error
    is_count = text.isdecimal()
    if not (0 <= value <= 1 or (is_count and value >= 0)):
        raise FormatError(f"{text!r} is no share from 0 to 1", hint=HINT)
    return int(text) if is_count else value


def counts(parts: Mapping[str, Share], total: int) -> list[int]:
    """The pictures of every part, which sum to `total`.

    Shares are rounded so that none is off by one or more (largest remainder).
    """
    values = list(parts.values())
    if values.count("rest") > 1:
        raise FormatError("two parts are the rest", hint=HINT)
    exact = [_pictures(value, total) for value in values]
    found = [int(value + SURE) for value in exact]
    left = total - sum(found)
    if "rest" in values:
        if left < 0:
            raise FormatError(f"the parts take {sum(found)} pictures, there are {total}")
        found[values.index("rest")] = left
        return found
    if abs(sum(exact) - total) > SURE * max(total, 1):
        raise FormatError(f"the parts take {sum(exact):g} of {total} pictures", hint=HINT)
    by_remainder = sorted(range(len(exact)), key=lambda k: found[k] - exact[k])
    for k in by_remainder[:left]:
        found[k] += 1
    return found


def _pictures(value: Share, total: int) -> float:
    if isinstance(value, str):
        return 0.0
    return float(value) if isinstance(value, int) else value * total
