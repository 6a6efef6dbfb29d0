"""When an annotator saved a picture, where the source tells it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

__all__ = ["KEYS", "saved"]

KEYS = ("saved_at", "updated_at", "created_at", "annotated_at")
"""Keys of an item's `extra` that may tell it, the first that does. Label Studio's exports give
``saved_at``."""


def saved(extra: Mapping[str, Any]) -> float | None:
    """Seconds since 1970 (UTC); None where no key tells a time. A time without a zone is UTC."""
    return next((time for key in KEYS if (time := _seconds(extra.get(key))) is not None), None)


def _seconds(value: Any) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value)
    try:
        time = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
