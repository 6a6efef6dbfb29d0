"""Tokens such as Label Studio makes, for tests."""

from __future__ import annotations

import base64
import json

__all__ = ["jwt"]


def jwt(kind: str, seconds: int, number: int = 0) -> str:
    """A JWT of a kind (``refresh`` or ``access``) that lives so long; its signature is nonsense."""
    made = 1_795_318_525
    claims = {"token_type": kind, "exp": made + seconds, "iat": made, "jti": f"{number:032x}"}
    parts = [_part({"alg": "HS256", "typ": "JWT"}), _part(claims), "signature"]
    return ".".join(parts)


def _part(value: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
