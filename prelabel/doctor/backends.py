"""The way from Label Studio to prelabel's server: what Label Studio allows, and what it has kept.

The probes ask Label Studio to connect something and are made so that it must refuse, which is how
it tells whether it would: a form with a field missing is read as far as the address, an address
below the server's own as far as the first connection. Should one be accepted all the same, what it
made is taken back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from prelabel.clients.rest import AnswerError, Rest
from prelabel.doctor.findings import Finding, fine, note, problem

__all__ = ["BOTH", "probes", "rows"]

BOTH = "ML_BLOCK_LOCAL_IP=false and SSRF_PROTECTION_ENABLED=false"
BELOW = "/prelabel-doctor"
"""A path at which no backend is."""
LEARN = "Additional info: "
BROKEN = ("refused", "timed out", "unreachable", "Max retries", "resolve")


def rows(rest: Rest, project: int) -> Iterator[Finding]:
    """The backends that a project has, whole or half."""
    found = [r for r in _list(rest.get("api/ml", project=project)) if isinstance(r, Mapping)]
    hooks = {str(h.get("url", "")) for h in _list(rest.get("api/webhooks/", project=project))}
    if not found:
        yield note(f"project {project} has no backend", "connect one: Settings > Model")
    for row in found:
        yield _row(row, hooks)
    addresses = Counter(str(row.get("url", "")).rstrip("/") for row in found)
    for address, count in addresses.items():
        if count > 1:
            yield problem(f"{address} is connected {count} times", "delete all but one")


def probes(rest: Rest, project: int, backend: str) -> Iterator[Finding]:
    """Whether Label Studio may connect to a backend's address, and whether it gets through."""
    form = {"project": project, "url": backend, "auth_method": "BASIC_AUTH"}
    hook = {"project": project, "url": f"{backend}/webhook", "actions": ["PRELABEL_DOCTOR"]}
    model = _refused(rest, "api/ml", form)
    event = _refused(rest, "api/webhooks/", hook)
    if model or event:
        yield _forbidden(backend, model, event)
    else:  # else a server that says yes to everything would be half-created
        yield _through(rest, project, backend)


def _row(row: Mapping[str, Any], hooks: set[str]) -> Finding:
    url, number = str(row.get("url", "")), row.get("id")
    name = f"backend {number} ({url})"
    if f"{url.rstrip('/')}/webhook" not in hooks:
        todo = f"set {BOTH} for Label Studio where the address is private, delete it, connect anew"
        return problem(f"{name} is half-created: no events reach it", todo)
    if row.get("state") in ("CO", "TR", "PR"):
        return fine(f"{name} is connected, version {row.get('model_version') or 'unknown'}")
    said = " ".join(str(row.get("error_message") or row.get("readable_state")).split())[:200]
    return problem(f"{name} is {row.get('readable_state')}: {said}", "start it, or delete it")


def _forbidden(backend: str, model: str, event: str) -> Finding:
    if model and event:
        return problem(f"Label Studio refuses {backend}: {model}", f"set {BOTH} for Label Studio")
    if model:
        return problem(
            f"Label Studio refuses {backend}: {model}", "set ML_BLOCK_LOCAL_IP=false for it"
        )
    return problem(
        f"Label Studio would half-create {backend}: {event}",
        "set SSRF_PROTECTION_ENABLED=false for it, beside ML_BLOCK_LOCAL_IP=false",
    )


def _refused(rest: Rest, path: str, body: Mapping[str, Any]) -> str:
    """Why an address may not be connected to at all, "" where it may."""
    answer = _posted(rest, path, body)
    said = _detail(answer)
    if answer.status_code == 403 or (answer.status_code == 500 and "resolve" in said):
        return said
    return ""


def _through(rest: Rest, project: int, backend: str) -> Finding:
    """Whether Label Studio's own connection gets to the backend's machine."""
    answer = _posted(rest, "api/ml", {"project": project, "url": f"{backend}{BELOW}"})
    said = _detail(answer).partition(LEARN)[2] or _detail(answer)
    if any(word in said for word in BROKEN):
        todo = "see that the server runs and listens on an address that Label Studio can reach"
        return problem(f"Label Studio cannot reach {backend}: {said[:200]}", todo)
    return fine(f"Label Studio reaches {backend}")


def _posted(rest: Rest, path: str, body: Mapping[str, Any]) -> httpx.Response:
    answer = rest.raw("POST", path, json=dict(body))
    if answer.status_code == 201:
        _take_back(rest, path, answer)
    return answer


def _take_back(rest: Rest, path: str, answer: httpx.Response) -> None:
    """Delete what a probe made against all expectation."""
    number = answer.json().get("id")
    end = "/" if path.endswith("/") else ""
    rest.raw("DELETE", f"{path.rstrip('/')}/{number}{end}")


def _detail(answer: httpx.Response) -> str:
    """What Label Studio says about a refusal, in one line."""
    try:
        body = answer.json()
    except ValueError:
        return f"it answers {answer.status_code}"
    if not isinstance(body, Mapping):
        return f"it answers {answer.status_code}"
    return " ".join(str(body.get("validation_errors") or body.get("detail") or "").split())


def _list(found: Any) -> list[Any]:
    if not isinstance(found, list):
        raise AnswerError("answers in another form than Label Studio 1.23", status=200)
    return found
