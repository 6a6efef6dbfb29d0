"""Whether something answers at an address, and what stands in the way where nothing does."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from prelabel.clients.label_studio import release
from prelabel.clients.rest import AnswerError, Rest
from prelabel.clients.site import Site
from prelabel.doctor.findings import Finding, fine, note, problem
from prelabel.errors import SettingsError

__all__ = ["Reached", "bare", "reach", "swapped"]

TRIED = "1.23"
"""Version of Label Studio that prelabel is tested with."""
VERSION = "api/version"
PAGES = ("projects", "user", "api", "data", "organization", "docs", "admin")
"""First parts of paths that are pages of Label Studio, not places it can be installed at."""


@dataclass(frozen=True, slots=True)
class Reached:
    """The findings about an address, and the site that answers there, None for none."""

    findings: list[Finding]
    site: Site | None = None


def reach(url: str, transport: httpx.BaseTransport | None = None) -> Reached:
    """What answers at an address that is said to be Label Studio's."""
    try:
        site = Site.of(url)
    except SettingsError as error:
        return Reached([problem(f"{url}: {error.what}", _completed(url))])
    findings = []
    if page := _page(site):
        findings.append(problem(f"{url} is a page of Label Studio", f"take {page.address}"))
        site = page
    with Rest.at(site.address, "", transport) as rest:
        try:
            answer = rest.raw("GET", VERSION)
        except AnswerError as error:
            return Reached([*findings, _unreached(site, error)])
    return _judged(site, answer, findings)


def bare(address: str) -> str:
    """``scheme://host:port`` of an address."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def swapped(address: str) -> str:
    """The address with http for https, or the other way round."""
    scheme, rest = address.split("://", 1)
    return f"{'http' if scheme == 'https' else 'https'}://{rest}"


def _completed(url: str) -> str:
    host = url.strip().removeprefix("//")
    return f"take http://{host}" if host and "://" not in host else "take http://HOST:PORT"


def _page(site: Site) -> Site | None:
    """The site without the page's path, None where the path may be right."""
    parts = [part for part in site.path.split("/") if part]
    first = next((i for i, part in enumerate(parts) if part in PAGES), None)
    if first is None:
        return None
    return Site("/".join([bare(site.address), *parts[:first]]))


def _judged(site: Site, answer: httpx.Response, findings: list[Finding]) -> Reached:
    """What an answer tells about who gave it."""
    address, status = site.address, answer.status_code
    if answer.is_redirect:
        target = answer.headers["location"].partition("/api/version")[0]
        return Reached([*findings, problem(f"{address} sends us elsewhere", f"take {target}")])
    if version := release(answer):
        seen = [*findings, fine(f"{address} is Label Studio {version}")]
        if not version.startswith(f"{TRIED}."):
            seen.append(note(f"prelabel is tested with Label Studio {TRIED}"))
        return Reached(seen, site)
    if status in (502, 503, 504):
        todo = "start Label Studio, or see the proxy's log"
        return Reached([*findings, problem(f"{address}: a proxy answers {status}", todo)])
    if status == 400 and "HTTPS" in answer.text[:2000]:
        return Reached([*findings, problem(f"{address} wants https", f"take {swapped(address)}")])
    todo = f"take {bare(address)}" if site.path else "look up its address and port (8080 by itself)"
    what = f"{address} answers {status}, but it is not Label Studio"
    return Reached([*findings, problem(what, todo)])


def _unreached(site: Site, error: AnswerError) -> Finding:
    """Why there was no answer, in words, by what the system said."""
    address, said = site.address, str(error).lower()
    for words, what, todo in SAID:
        if any(word in said for word in words):
            return problem(f"{address} {what}", todo.format(swapped=swapped(address)))
    return problem(f"{address}: {error.what}", "see that it runs, and that this is its address")


SAID = (
    (
        (
            "wrong_version_number",
            "wrong version number",
            "record layer failure",
            "unknown_protocol",
        ),
        "speaks http, not https",
        "take {swapped}",
    ),
    (
        ("certificate",),
        "has a certificate that is not trusted here",
        "have it signed by an authority that this machine trusts, or take its http address",
    ),
    (
        ("name or service", "nodename", "getaddrinfo", "name resolution", "no address"),
        "has a name that is not known here",
        "see its spelling; names of containers are known to containers of the same network only",
    ),
    (
        ("refused",),
        "refuses connections: nothing listens there",
        "start Label Studio, or look up its port (8080 by itself)",
    ),
    (
        ("timed out", "did not answer", "unreachable", "no route"),
        "does not answer",
        "see that the machine is up and no firewall stands between",
    ),
    (
        ("disconnected", "malformed", "broke off"),
        "does not speak http",
        "take {swapped}, or look up its port",
    ),
)
"""Words of the system's error (OpenSSL, sockets, httpx), what they mean, and what to do."""
