"""Whether Label Studio takes the token, and why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from prelabel.clients.keys import Form
from prelabel.clients.rest import Rest
from prelabel.doctor.findings import Finding, fine, note, problem
from prelabel.errors import FetchError

__all__ = ["access"]

WHO = "api/current-user/whoami"
KINDS = "api/jwt/settings"
OFF = "legacy token authentication has been disabled"
"""What Label Studio 1.23 says about a legacy token of an organization that has them off."""
MAKE = "make one in Account & Settings > Personal Access Token and set LABEL_STUDIO_API_KEY"


def access(rest: Rest) -> Iterator[Finding]:
    """What is wrong with the token of `rest`, or whose it is; ends with a problem or an `ok`."""
    form = rest.tokens.form
    if form is Form.NONE:
        yield problem("there is no token: neither tasks nor pictures can be had", MAKE)
        return
    if form is Form.ACCESS:
        yield note(f"the token is {form.value}", f"for more, {MAKE}")
    try:
        answer = rest.raw("GET", WHO)
    except FetchError as error:
        yield problem(f"Label Studio: {error.what}", error.hint or "try again")
        return
    if answer.status_code == 200:
        yield fine(f"the token ({form.value}) is accepted: {_mail(_body(answer))}")
        yield from _kinds(rest)
        return
    yield _refusal(form, answer.status_code, str(_body(answer).get("detail", "")))


def _refusal(form: Form, status: int, said: str) -> Finding:
    if status != 401:
        return problem(f"the token's user cannot be told: {status} {said}".rstrip(), "see its log")
    if OFF in said.lower():
        todo = f"{MAKE}, or let the organization's owner allow legacy tokens"
        return problem("legacy tokens are off in this organization", todo)
    if form is Form.PERSONAL:
        what = "personal access tokens are off in this organization, or its user is gone"
        return problem(what, "let the organization's owner allow them: Organization > API Tokens")
    if form is Form.ACCESS:
        return problem("the access token has ended, or is another server's", MAKE)
    return problem("Label Studio does not know this token", f"copy it again, or {MAKE}")


def _kinds(rest: Rest) -> Iterator[Finding]:
    """Which kinds of tokens the organization allows, where that may surprise."""
    try:
        allowed = _body(rest.raw("GET", KINDS))
    except FetchError:
        return
    if allowed.get("legacy_api_tokens_enabled") is False and rest.tokens.form is Form.PERSONAL:
        yield note(
            "legacy tokens are off: the token that Label Studio sends to its backends is refused",
            "give the server yours: LABEL_STUDIO_API_KEY",
        )


def _mail(body: Mapping[str, Any]) -> str:
    return str(body.get("email") or "its user has no address")


def _body(answer: Any) -> Mapping[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, Mapping) else {}
