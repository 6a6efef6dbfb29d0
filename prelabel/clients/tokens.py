"""`Tokens`: the header that Label Studio wants, for any number of threads.

A personal access token is exchanged before it is needed: at first use, shortly before the access
token ends, and after a 401. One thread exchanges, the others wait for it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from prelabel.clients import keys
from prelabel.clients.keys import Form
from prelabel.clients.site import Site
from prelabel.errors import FetchError

if TYPE_CHECKING:
    import httpx

__all__ = ["REFRESH", "Post", "Tokens", "poster"]

REFRESH = "api/token/refresh/"
LIFETIME = 300.0
"""Seconds that Label Studio's access tokens live."""
MARGIN = 30.0
"""Seconds before its end from which on a token is exchanged."""
TIMEOUT = 30.0
PAUSE = 5.0
"""Seconds for which a failed exchange is not tried again: thousands of pictures may want one."""

Post = Callable[[str, Mapping[str, Any]], tuple[int, Any]]
"""Address and JSON body -> status and the answer's JSON (None where it is none); OSError."""


class Tokens:
    """The key of one Label Studio; it goes to that host and to no other."""

    def __init__(
        self,
        url: str,
        key: str,
        send: Post | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.site = Site.of(url)
        self._key = keys.checked(key)
        self.form = keys.form(self._key)
        self._send = send or poster()
        self._clock = clock
        self._lock = threading.Lock()
        self._access = ""
        self._ends = 0.0
        self._failure: FetchError | None = None
        self._again = 0.0

    def __repr__(self) -> str:
        return f"Tokens({self.site.address!r}, {self.form.value})"

    def headers(self, address: str = "") -> dict[str, str]:
        """``Authorization`` for an address of the site; nothing for other hosts, or with no key.

        FetchError where the key is not accepted.
        """
        if self.form is Form.NONE or (address and not self.site.holds(address)):
            return {}
        if self.form is Form.LEGACY:
            return {"Authorization": f"Token {self._key}"}
        return {"Authorization": f"Bearer {self._bearer()}"}

    def refused(self, headers: Mapping[str, str]) -> bool:
        """Tell that these headers were answered with 401; whether new ones are worth a try."""
        if self.form is not Form.PERSONAL or "Authorization" not in headers:
            return False
        with self._lock:
            if headers["Authorization"] == f"Bearer {self._access}":
                self._access = ""
        return True

    def _bearer(self) -> str:
        if self.form is Form.ACCESS:
            return self._key
        if self.form is Form.CUT:
            raise self._error("the token lacks its last part", COPY)
        with self._lock:
            if not self._access or self._clock() >= self._ends:
                self._renew()
            return self._access

    def _renew(self) -> None:
        if self._failure is not None and self._clock() < self._again:
            raise self._failure
        try:
            self._exchange()
            self._failure = None
        except FetchError as error:
            self._failure, self._again = error, self._clock() + PAUSE
            raise

    def _exchange(self) -> None:
        begun = self._clock()
        status, answer = self._send(self.site.join(REFRESH), {"refresh": self._key})
        access = answer.get("access") if isinstance(answer, Mapping) else None
        if status != 200 or not isinstance(access, str) or not access:
            raise self._refusal(status)
        seconds = keys.lifetime(access, LIFETIME)
        self._access = access
        self._ends = begun + max(seconds - MARGIN, seconds / 2)

    def _refusal(self, status: int) -> FetchError:
        if status == 401:
            return self._error("does not accept the personal access token (401)", RENEW)
        if status == 404:
            return self._error("knows no personal access tokens (404)", ELSEWHERE)
        return self._error(f"answers the token's exchange with {status}", "see its log")

    def _error(self, what: str, hint: str) -> FetchError:
        return FetchError(what, where=self.site.address, hint=hint)


COPY = "it has three parts with two points between them; make a new one in Account & Settings"
RENEW = "it ended, was revoked, or is another server's: make a new one in Account & Settings"
ELSEWHERE = "is this the address of a Label Studio from 1.17 on?"


def poster(transport: httpx.BaseTransport | None = None) -> Post:
    """POSTs JSON; redirects are not followed, so that a token goes nowhere else. FetchError."""
    import httpx  # the command line does without it until a token is needed

    def post(address: str, body: Mapping[str, Any]) -> tuple[int, Any]:
        client = httpx.Client(transport=transport, trust_env=False, timeout=TIMEOUT)
        try:
            answer = client.post(address, json=dict(body))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise FetchError(f"cannot be reached: {reason}", where=address) from error
        finally:
            if transport is None:  # one that was given is its giver's to close
                client.close()
        return answer.status_code, _json(answer)

    return post


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None
