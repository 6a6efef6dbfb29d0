"""Errors of datasets and of names looked up in a table."""

from geometry.errors import PrelabelError

__all__ = ["FormatError", "PrelabelError", "UnknownName"]


class FormatError(PrelabelError, ValueError):
    """A label file, data set or option that cannot be read or written as asked."""


class UnknownName(PrelabelError, LookupError):  # noqa: N818 - reads as what it is
    """A name that is not in a table, or a class that the model or data set does not have."""
