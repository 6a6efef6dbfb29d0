"""prelabel's server, asked as Label Studio would ask it."""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

import httpx

from prelabel.clients.site import Site
from prelabel.doctor.findings import Finding, fine, note, problem
from prelabel.errors import FetchRefused, SettingsError
from prelabel.fetch import guard

__all__ = ["health", "private"]

SECONDS = 1.0
"""Label Studio's time limit for /health (ML_TIMEOUT_HEALTH)."""
USER = "prelabel"


def health(
    url: str, keys: Sequence[str] = (), transport: httpx.BaseTransport | None = None
) -> Iterator[Finding]:
    """Whether ``/health`` answers in time, in JSON, and with which credentials."""
    try:
        address = Site.of(url).address
    except SettingsError as error:
        yield problem(f"{url}: {error.what}", "take the address that prelabel serve prints")
        return
    with httpx.Client(transport=transport, trust_env=False, timeout=10.0) as client:
        yield from _asked(client, address, keys)


def private(url: str) -> str:
    """Why Label Studio would refuse the address as it comes, "" where it would not.

    Names are looked up from here, which may differ from what Label Studio's machine sees.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        number = guard.literal(host)
        found = [number] if number else _addresses(host, parts.port or 80)
    except (OSError, FetchRefused):
        return ""
    return next((reason for address in found if (reason := guard.refusal(address))), "")


def _addresses(host: str, port: int) -> list[guard.Address]:
    entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in entries]


def _asked(client: httpx.Client, address: str, keys: Sequence[str]) -> Iterator[Finding]:
    health = f"{address}/health"
    begun = time.monotonic()
    try:
        answer = client.get(health)
    except httpx.HTTPError as error:
        said = " ".join(str(error).split()) or type(error).__name__
        todo = "start `prelabel serve`; with a key, or open_access, it listens beyond this machine"
        yield problem(f"the backend {address} cannot be reached from here: {said}", todo)
        return
    seconds = time.monotonic() - begun
    if answer.status_code == 401:
        yield _locked(client, health, keys)
        return
    yield _judged(address, answer)
    if seconds > SECONDS:
        what = f"{health} took {seconds:.1f} s, Label Studio waits {SECONDS:g} s"
        yield problem(what, "see what keeps the machine busy")


def _judged(address: str, answer: httpx.Response) -> Finding:
    if not answer.is_success:
        what = f"{address}/health answers {answer.status_code}, which Label Studio takes for down"
        return problem(what, "take the address of prelabel serve, without a path")
    try:
        answer.json()
    except ValueError:
        what = f"{address}/health does not answer in JSON, which Label Studio takes for down"
        return problem(what, "is this prelabel's server?")
    return fine(f"the backend {address} is healthy, without credentials")


def _locked(client: httpx.Client, health: str, keys: Sequence[str]) -> Finding:
    if not keys:
        todo = f"give Label Studio's form any user, such as {USER}, and a key as the password"
        return note(f"{health} asks for credentials", todo)
    if client.get(health, auth=(USER, keys[0])).is_success:
        return fine(f"{health} takes the key: give it to Label Studio's form as the password")
    return problem(f"{health} refuses the key of setting api_keys", "take a key of that server")
