"""`Rest`: requests to one annotation server, with its token, time limits and retries.

What may be repeated is: requests that only read, any request that never left this machine, and
one that the server says it has not begun (429). Redirects are not followed, so that neither the
token nor a body goes where the user did not say; cookies are not kept, because a session beside a
token asks for more proof (CSRF).
"""

from __future__ import annotations

import http
import time
from collections.abc import Callable, Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Self

import httpx

from prelabel.clients.tokens import Tokens, poster
from prelabel.errors import FetchError

__all__ = ["AnswerError", "Rest"]

CONNECT = 10.0
"""Seconds for a connection to come about."""
HEADERS = {
    "User-Agent": "prelabel",
    "Accept": "application/json",
    "Content-Type": "application/json",
}
READ = 120.0
"""Seconds between two pieces of an answer; servers write thousands of rows before the first."""
TRIES = 4
PAUSES = (0.5, 2.0, 5.0)
"""Seconds before the second try and those after it."""
LONGEST = 30.0
"""Seconds that a server's Retry-After may ask for."""
TRANSIENT = frozenset({429, 500, 502, 503, 504})
UNBEGUN = frozenset({429})
QUOTED = 300


class AnswerError(FetchError):
    """An answer that is not the one hoped for; `status` is its number, 0 where there was none.

    `sent`: the request may have had its effect, so whoever repeats it must look first.
    """

    def __init__(
        self, what: str, where: object = "", hint: str = "", *, status: int = 0, sent: bool = True
    ) -> None:
        super().__init__(what, where, hint)
        self.status = status
        self.sent = sent


class Rest:
    """For any number of threads; the network is an argument (`transport`), so are the pauses."""

    def __init__(
        self,
        tokens: Tokens,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.tokens = tokens
        self.site = tokens.site
        self._sleep = sleep
        self._client = httpx.Client(
            transport=transport,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(READ, connect=CONNECT),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            headers=HEADERS,
        )

    @classmethod
    def at(cls, url: str, key: str, transport: httpx.BaseTransport | None = None) -> Self:
        """For the server at an address, with a token of either form; SettingsError."""
        return cls(Tokens(url, key, poster(transport)), transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close kept connections."""
        self._client.close()

    def get(self, path: str, **parameters: Any) -> Any:
        """The JSON at a path; `AnswerError`."""
        return self._json(self.answer("GET", path, params=parameters))

    def post(self, path: str, body: bytes) -> Any:
        """The JSON that answers a JSON body; `AnswerError`."""
        return self._json(self.answer("POST", path, content=body))

    def answer(self, method: str, path: str, **content: Any) -> httpx.Response:
        """A 2xx answer, read whole; `AnswerError` names address, status and what to do."""
        reads = method == "GET"
        for pause in (*PAUSES[: TRIES - 1], None):
            try:
                answer = self._authorised(method, self.site.join(path), content)
            except AnswerError as failure:
                if pause is None or (failure.sent and not reads):
                    raise
                self._sleep(pause)
                continue
            again = answer.status_code in (TRANSIENT if reads else UNBEGUN)
            if pause is None or not again:
                break
            self._sleep(_asked_pause(answer, pause))
        return self._checked(answer)

    def raw(self, method: str, path: str, **content: Any) -> httpx.Response:
        """One answer, whatever its status, not tried twice; `AnswerError` where there is none."""
        return self._authorised(method, self.site.join(path), content)

    def _authorised(self, method: str, url: str, content: Mapping[str, Any]) -> httpx.Response:
        headers = self.tokens.headers(url)
        answer = self._sent(method, url, headers, content)
        if answer.status_code != 401 or not self.tokens.refused(headers):
            return answer
        return self._sent(method, url, self.tokens.headers(url), content)

    def _sent(
        self, method: str, url: str, headers: Mapping[str, str], content: Mapping[str, Any]
    ) -> httpx.Response:
        try:
            return self._client.request(method, url, headers=headers, **content)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            hint = "is it running, and is the address right?"
            raise AnswerError(
                f"cannot be reached: {_said(error)}", url, hint, sent=False
            ) from error
        except httpx.TimeoutException as error:
            raise AnswerError(f"did not answer within {READ:g} s", url, "see its log") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise AnswerError(f"{method} broke off: {_said(error)}", url) from error

    def _checked(self, answer: httpx.Response) -> httpx.Response:
        status = answer.status_code
        if 200 <= status < 300:
            return answer
        raise AnswerError(
            f"answers {status} {_phrase(status)}".rstrip() + _detail(answer),
            where=str(answer.request.url.copy_with(query=None)),
            hint=_hint(answer),
            status=status,
        )

    def _json(self, answer: httpx.Response) -> Any:
        try:
            return answer.json()
        except ValueError as error:
            where = answer.request.url.copy_with(query=None)
            hint = "is this the address of the server itself, not of a page or a proxy?"
            status = answer.status_code
            raise AnswerError("does not answer with JSON", where, hint, status=status) from error


HINTS = {
    401: "the token is missing or not accepted: see `prelabel doctor label-studio`",
    403: "the token's user may not do this",
    404: "does it exist, and may the token's user see it?",
    413: "a proxy in front of the server limits the size of requests",
    429: "the server is busy: try again later",
}


def _hint(answer: httpx.Response) -> str:
    if answer.is_redirect:
        return f"it sends us to {answer.headers['location'][:QUOTED]}: take that address"
    if answer.status_code >= 500:
        return "see its log"
    return HINTS.get(answer.status_code, "")


def _detail(answer: httpx.Response) -> str:
    """What the server says about its refusal, in one line, where it does so in JSON."""
    try:
        body = answer.json()
    except ValueError:
        return ""
    if not isinstance(body, Mapping):
        return ""
    said = body.get("validation_errors") or body.get("detail") or ""
    return f": {' '.join(str(said).split())[:QUOTED]}" if said else ""


def _asked_pause(answer: httpx.Response, otherwise: float) -> float:
    """Seconds that the server asks us to wait (RFC 9110, 10.2.3), in its whole-number form."""
    asked = answer.headers.get("retry-after", "")
    return min(float(asked), LONGEST) if asked.isdecimal() else otherwise


def _phrase(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return ""


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:QUOTED] or type(error).__name__
