"""What errors become over HTTP, and what is not said about them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from prelabel import clients  # noqa: F401 - its errors are errors of ours too
from prelabel import errors as ours
from prelabel.errors import PrelabelError
from server import errors
from server.errors import PathError, status, tell

PLACE = "/srv/hidden/place/model.onnx"


def descendants(kind: type[PrelabelError]) -> Iterator[type[PrelabelError]]:
    for child in kind.__subclasses__():
        yield child
        yield from descendants(child)


EVERY = sorted(
    {c for c in descendants(PrelabelError) if c is not PathError and "test" not in c.__module__},
    key=lambda c: c.__name__,
)


def request(**headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": raw, "method": "GET", "path": "/"})


@pytest.mark.parametrize("kind", EVERY, ids=lambda c: c.__name__)
def test_every_error_has_a_status_and_words(kind: type[PrelabelError]) -> None:
    error = kind("three of four", where="field", hint="look")
    told = tell(error)
    assert told.kind == kind.__name__
    assert 400 <= status(error) <= 504
    assert told.message
    if status(error) not in (500,) and not isinstance(error, (ours.JobError, ours.ModelError)):
        assert "three of four" in told.message
        assert told.hint == "look"


@pytest.mark.parametrize(
    "error",
    [
        ours.ModelError(f"run failed in {PLACE}", where=PLACE),
        ours.DownloadError(f"cannot write {PLACE}", where=PLACE),
        ours.JobError(f"cannot be written: {PLACE}", where=PLACE),
        ours.SettingsError("is wrong", where=PLACE),
        ours.FormatError(f"{PLACE} lies in the target", where=PLACE),
        ours.GeometryError(f"{PLACE}"),
        ours.UnknownName("no model 'x'", where=PLACE, hint="known: a"),
        ours.BusyError("too many", where=PLACE),
        RuntimeError(PLACE),
        OSError(2, "No such file", PLACE),
        MemoryError(PLACE),
    ],
    ids=lambda error: type(error).__name__,
)
def test_places_of_this_machine_are_not_told(error: Exception) -> None:
    told = tell(error)
    assert PLACE not in f"{told.kind} {told.message} {told.hint}"
    assert told.message


def test_places_in_the_request_are_told() -> None:
    assert tell(ours.ImageError("is empty", where="a.jpg")).message == "a.jpg: is empty"
    assert tell(ours.FetchError("no such file", where="/data/a")).message == "/data/a: no such file"
    assert tell(errors.RequestError("is 2", where="conf")).message == "conf: is 2"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ours.BusyError("x"), 503),
        (ours.DeadlineError("x"), 504),
        (ours.FetchRefused("x"), 403),
        (ours.FetchError("x"), 422),
        (ours.ImageError("x"), 422),
        (ours.UnknownName("x"), 404),
        (ours.ModelError("x"), 500),
        (PathError(HTTPException(405, headers={"Allow": "GET"})), 405),
        (ValueError("x"), 500),
    ],
    ids=lambda value: str(value),
)
def test_statuses(error: Exception, code: int) -> None:
    assert status(error) == code


def test_headers_of_errors() -> None:
    assert errors.headers(ours.BusyError("x"), request()) == [("Retry-After", "1")]
    allowed = PathError(HTTPException(405, headers={"Allow": "GET"}))
    assert errors.headers(allowed, request()) == [("Allow", "GET")]
    access = errors.AccessError("x")
    assert [value.split()[0] for _, value in errors.headers(access, request())] == [
        "Bearer",
        "Basic",
    ]
    for mode, count in (("navigate", 2), ("cors", 1), ("same-origin", 1), ("no-cors", 1)):
        assert len(errors.headers(access, request(sec_fetch_mode=mode))) == count
    assert errors.headers(ValueError("x"), request()) == []


def test_what_is_not_told_stands_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    errors.log(ours.ModelError("is cut", where=PLACE), request())
    assert f"GET '/': ModelError: {PLACE}: is cut" in caplog.text
    caplog.clear()
    try:
        raise ZeroDivisionError("by hand")
    except ZeroDivisionError as error:
        errors.log(error, request())
    assert "Traceback" in caplog.text
    caplog.clear()
    errors.log(ours.ImageError("is empty"), request())
    assert not caplog.records
