"""UI protocols: one table; what annotation tools and programs say to this server.

A member of the table is a `Protocol`; its line names where it lives. Other packages join through
the entry-point group ``server.protocols``. Guard, body limit, deadline and error handler all answer
through the protocol's `failure`, because each tool reads a refusal in its own way.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from formats.registry import Registry
from prelabel.errors import SettingsError

if TYPE_CHECKING:
    from server.state import State

__all__ = ["PROTOCOLS", "Protocol", "members", "of_path"]

PROTOCOLS = Registry(
    "protocol",
    {
        "native": "server.protocols.native:PROTOCOL",
        "label_studio": "server.protocols.label_studio:PROTOCOL",
    },
    group="server.protocols",
)


def _nobody(request: Request) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """One protocol of the server.

    `prefixes`: the paths that are its own, each with all below it. `routes`: its routes, with their
    full paths. `failure`: how it answers an error, which is a PrelabelError or a fault of ours
    (status and safe words: `server.errors`); it may read the request's body, which is bounded.

    `open`: paths that need no key; `admits`: whether a request without a valid key is let through
    all the same. `light`: paths that touch memory only, which are answered however many requests
    are in flight. In both, ``/x/*`` is all below ``/x``. `deadline` and `body_limit`: names of
    the settings with the seconds until an answer and the most bytes of a body.
    """

    name: str
    prefixes: tuple[str, ...]
    routes: Callable[[State], APIRouter]
    failure: Callable[[Exception, Request], Response | Awaitable[Response]]
    open: tuple[str, ...] = ()
    admits: Callable[[Request], bool] = _nobody
    light: tuple[str, ...] = ()
    deadline: str = "request_timeout"
    body_limit: str = "max_body"


def members(table: Mapping[str, object] = PROTOCOLS) -> tuple[Protocol, ...]:
    """The protocols of a table; SettingsError for a member that is none."""
    found = dict(table)
    for name, member in found.items():
        if not isinstance(member, Protocol):
            raise SettingsError(f"protocol {name} is a {type(member).__name__}, no Protocol")
    return tuple(member for member in found.values() if isinstance(member, Protocol))


def of_path(path: str, protocols: Iterable[Protocol]) -> Protocol | None:
    """The protocol with the longest prefix of a path."""
    fitting = [(p, member) for member in protocols for p in member.prefixes if below(path, p)]
    return max(fitting, key=lambda pair: len(pair[0]))[1] if fitting else None


def below(path: str, prefix: str) -> bool:
    """Whether `path` is `prefix` or lies below it: /api/v1 has /api/v1/jobs, and no /api/v10."""
    return path == prefix or path.startswith(prefix.rstrip("/") + "/")
