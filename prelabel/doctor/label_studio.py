"""The doctor of the connection between Label Studio and prelabel's server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import httpx

from prelabel.clients.rest import Rest
from prelabel.doctor import backend, backends
from prelabel.doctor.access import access
from prelabel.doctor.findings import Finding, Mark, fine, note, problem
from prelabel.doctor.reaching import reach
from prelabel.errors import FetchError, SettingsError

__all__ = ["Case", "examine"]

LOCAL = "data/local-files/?d=prelabel-doctor"


@dataclass(frozen=True, slots=True)
class Case:
    """What is looked at. `backend`: the address of prelabel's server as Label Studio is told it;
    `project`: a project whose backends are looked at, 0 for the first there is; `keys`: of the
    server.
    """

    url: str
    key: str = ""
    backend: str = ""
    project: int = 0
    keys: Sequence[str] = ()


def examine(case: Case, transport: httpx.BaseTransport | None = None) -> Iterator[Finding]:
    """One finding after the other; those that rest on a failed one are left out."""
    reached = reach(case.url, transport)
    yield from reached.findings
    if case.backend:
        yield from backend.health(case.backend, case.keys, transport)
    if reached.site is None:
        return
    try:
        rest = Rest.at(reached.site.address, case.key, transport)
    except SettingsError as error:
        yield problem(f"{error.where} {error.what}", error.hint)
        return
    with rest:
        yield from _inside(rest, case)


def _inside(rest: Rest, case: Case) -> Iterator[Finding]:
    """What only a user of Label Studio can see."""
    known = list(access(rest))
    yield from known
    if any(finding.mark is Mark.PROBLEM for finding in known):
        yield from _guessed(case)
        return
    try:
        yield _local_files(rest)
        project = case.project or _first(rest)
        if project:
            yield from backends.rows(rest, project)
            if case.backend:
                yield from backends.probes(rest, project, case.backend.rstrip("/"))
            return
    except FetchError as error:
        yield problem(str(error), "see its log")
        return
    yield note("there is no project yet, so what Label Studio may connect to cannot be seen")
    yield from _guessed(case)


def _guessed(case: Case) -> Iterator[Finding]:
    """What Label Studio would say to the backend's address, where it cannot be asked."""
    reason = backend.private(case.backend) if case.backend else ""
    if reason:
        todo = f"set {backends.BOTH} in Label Studio's environment"
        yield note(f"{case.backend} is {reason}, which Label Studio refuses as it comes", todo)


def _local_files(rest: Rest) -> Finding:
    answer = rest.raw("GET", LOCAL)
    if "disabled" in answer.text[:200]:
        return note(
            "Label Studio serves no local files (/data/local-files/...)",
            "if tasks have such addresses: LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED=true for it",
        )
    return fine("Label Studio serves local files")


def _first(rest: Rest) -> int:
    """The project to look at where none was named; 0 where there is none."""
    found = rest.get("api/projects", page_size=1)
    results = found.get("results") if isinstance(found, dict) else None
    return int(results[0]["id"]) if results else 0
