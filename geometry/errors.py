"""The root of the error tree, and the error of this layer.

Every error that a user can cause is a `PrelabelError` and also the builtin that a library caller
would expect::

    PrelabelError
    +-- GeometryError   (ValueError)     geometry/errors.py
    +-- FormatError     (ValueError)     formats/errors.py
    +-- UnknownName     (LookupError)    formats/errors.py
    +-- ImageError      (ValueError)     prelabel/errors.py
    +-- FetchError      (OSError)        prelabel/errors.py
    |   +-- FetchRefused
    +-- ModelError      (RuntimeError)   prelabel/errors.py
    |   +-- DownloadError (OSError)
    +-- BusyError       (RuntimeError)   prelabel/errors.py
    +-- DeadlineError   (TimeoutError)   prelabel/errors.py
    +-- CancelledError  (RuntimeError)   prelabel/errors.py
    +-- JobError        (RuntimeError)   prelabel/errors.py
    +-- SettingsError   (ValueError)     prelabel/errors.py
"""

__all__ = ["GeometryError", "PrelabelError"]


class PrelabelError(Exception):
    """What went wrong, where, and what to do, as one line for the user.

    `what` states what was found and what was expected; `where` is a path, ``path:line``, JSON
    pointer, address or field; `hint` is a next step. The text reads ``where: what (hint)``.
    """

    def __init__(self, what: str, where: object = "", hint: str = "") -> None:
        self.what = what
        self.where = str(where)
        self.hint = hint
        super().__init__(what, self.where, hint)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        text = f"{place}{self.what}" + (f" ({self.hint})" if self.hint else "")
        return " ".join(text.splitlines())


class GeometryError(PrelabelError, ValueError):
    """Arrays of the wrong shape or values that no shape can have."""
