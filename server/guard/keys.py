"""Keys: who may speak to the server."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass

from prelabel.errors import SettingsError

__all__ = ["Keys"]

FIT = re.compile(r"[!-9;-~]+")
"""What a key is made of: printable ASCII without blanks, and no colon, which Basic splits at."""


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """Digests of the keys that open the server; none of them: no key is needed."""

    digests: tuple[bytes, ...]

    @classmethod
    def of(cls, keys: Sequence[str]) -> Keys:
        """From setting `api_keys`; SettingsError, which does not show it, for an unfit one."""
        for i, key in enumerate(keys, 1):
            if not FIT.fullmatch(key):
                raise SettingsError(
                    f"key {i} has a blank, a colon or a sign that is not ASCII", where="api_keys"
                )
        return cls(tuple(_digest(key.encode()) for key in keys))

    @property
    def needed(self) -> bool:
        """Whether the server asks for a key."""
        return bool(self.digests)

    def open(self, header: bytes) -> bool:
        """Whether an ``Authorization`` header holds a key; always where none is needed.

        Taken as ``Bearer KEY``, ``Token KEY`` and Basic, with the key as user or as password. The
        time it takes does not depend on how much of a key is right.
        """
        offered = [_digest(candidate) for candidate in candidates(header)]
        same = [hmac.compare_digest(a, b) for a in offered for b in self.digests]
        return any(same) or not self.needed


def candidates(header: bytes) -> list[bytes]:
    """What may be a key in an ``Authorization`` header; nothing in one that is not understood."""
    scheme, _, rest = header.strip().partition(b" ")
    rest = rest.strip()
    if scheme.lower() in (b"bearer", b"token"):
        return [rest] if rest else []
    if scheme.lower() != b"basic":
        return []
    try:
        user, _, password = base64.b64decode(rest, validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return []
    return [part for part in (user, password) if part]


def _digest(key: bytes) -> bytes:
    """Equally long for every key, so that comparing does not tell the length."""
    return hashlib.sha256(key).digest()
