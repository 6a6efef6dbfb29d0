"""What kind of key a text is; Label Studio takes each in another form.

A personal access token is a refresh JWT: it is exchanged for an access token of 300 seconds, which
is sent as ``Bearer``. A legacy token is any other text and is sent as ``Token``.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from enum import Enum
from typing import Any

from prelabel.errors import SettingsError

__all__ = ["Form", "checked", "claims", "form", "lifetime"]


class Form(Enum):
    """The forms of a key, in the words of messages."""

    NONE = "no token"
    PERSONAL = "a personal access token"
    ACCESS = "an access token, which lives five minutes"
    CUT = "a personal access token without its last part"
    LEGACY = "a legacy token"


def checked(key: str) -> str:
    """The key without blanks around it; SettingsError where it cannot stand in a header.

    The key itself is never part of a message.
    """
    key = key.strip()
    for scheme in ("Bearer ", "Token "):
        key = key.removeprefix(scheme).strip()
    if not all("!" <= character <= "~" for character in key):
        raise SettingsError(
            "has a blank or a character that no token has",
            where="the token of Label Studio",
            hint="copy it again from Account & Settings",
        )
    return key


def form(key: str) -> Form:
    """Which form a key has, by its looks alone."""
    if not key:
        return Form.NONE
    kind = claims(key).get("token_type")
    if kind == "refresh":
        return Form.PERSONAL if key.count(".") == 2 else Form.CUT
    return Form.ACCESS if kind == "access" else Form.LEGACY


def claims(token: str) -> Mapping[str, Any]:
    """What a JWT says of itself (RFC 7519), its signature unchecked; empty for other texts."""
    parts = token.split(".")
    if len(parts) not in (2, 3):
        return {}
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        found = json.loads(base64.urlsafe_b64decode(padded))
    except (binascii.Error, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def lifetime(token: str, otherwise: float) -> float:
    """Seconds from a JWT's making to its end, by the clock of whoever made it."""
    said = claims(token)
    try:
        return float(said["exp"]) - float(said["iat"])
    except (KeyError, TypeError, ValueError):
        return otherwise
